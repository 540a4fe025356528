"""What a call gives: of our own functions by their annotation, of the few built-ins that pass things on."""

from tools.contracts.kinds import NOTHING, Callable_, Kinds, Many, Row, Thing, elements, united

_SAME = {"sorted", "list", "tuple", "set", "frozenset", "iter", "reversed", "deque"}
_ONE = {"min", "max", "next"}
BUILTINS = _SAME | _ONE | {"zip", "enumerate"}


def given_by(kind: object) -> Kinds:
    if isinstance(kind, Callable_):
        return kind.gives
    return frozenset({Thing(kind.place)}) if isinstance(kind, Thing) and kind.itself else NOTHING


def builtin(called: str, given: list[Kinds]) -> Kinds:
    inner = [elements(kinds) for kinds in given]
    if called == "zip":
        return frozenset({Many(frozenset({Row(tuple(inner))}))})
    if called == "enumerate":
        return frozenset({Many(frozenset({Row((NOTHING, *inner[:1]))}))})
    return united(inner) if called in _ONE else frozenset({Many(united(inner[:1]))})


def of_mapping(called: str, owner: Kinds) -> Kinds:
    for kind in owner:
        if isinstance(kind, Many) and kind.keys is not None:
            if called == "items":
                return frozenset({Many(frozenset({Row((kind.keys, kind.of))}))})
            if called in ("values", "get", "setdefault", "pop"):
                return frozenset({Many(kind.of)}) if called == "values" else kind.of
    return NOTHING
