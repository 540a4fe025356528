"""What an annotation says a value is, as far as reading events needs it: classes, collections, functions."""

import ast
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from tools.contracts.source import Module, Place


@dataclass(frozen=True)
class Thing:
    """An instance of a class, or with *itself* the class."""

    place: Place
    itself: bool = False


@dataclass(frozen=True)
class Many:
    """Something to go through; with *keys*, a mapping."""

    of: "Kinds"
    keys: "Kinds | None" = None


@dataclass(frozen=True)
class Row:
    """A tuple of known length."""

    of: "tuple[Kinds, ...]"


@dataclass(frozen=True)
class Callable_:
    """Something to call, and what it gives."""

    gives: "Kinds"


Kind = Thing | Many | Row | Callable_
Kinds = frozenset[Kind]
NOTHING: Kinds = frozenset()

_MAPPINGS = {"dict", "Mapping", "MutableMapping", "defaultdict"}


class Reader:
    """Reads annotations in the light of all modules."""

    def __init__(self, known: Mapping[str, Module]) -> None:
        self.known = known

    def definition(self, place: Place | None) -> tuple[Module, ast.stmt] | None:
        """The statement that defines a place, with its module."""
        module = self.known.get(place[0]) if place else None
        if module is None or place is None:
            return None
        if place[1] in module.definitions:
            return module, module.definitions[place[1]]
        return self.definition(module.imported.get(place[1]))

    def annotated(self, node: ast.expr | None, module: Module) -> Kinds:
        """The kinds an annotation allows; nothing where it says nothing of events."""
        match node:
            case ast.Constant(value=str(text)):
                return self.annotated(ast.parse(text, mode="eval").body, module)
            case ast.BinOp(op=ast.BitOr()):
                return self.annotated(node.left, module) | self.annotated(node.right, module)
            case ast.Subscript():
                return self._generic(node, module)
            case ast.Name() | ast.Attribute():
                return self.named(module.meaning(node))
        return NOTHING

    def named(self, place: Place | None) -> Kinds:
        match self.definition(place):
            case (Module() as module, ast.ClassDef() as found):
                return frozenset({Thing((module.name, found.name))})
            case (Module() as module, ast.Assign() as found):
                return self.annotated(found.value, module)
        return NOTHING

    def _generic(self, node: ast.Subscript, module: Module) -> Kinds:
        base = node.value.attr if isinstance(node.value, ast.Attribute) else getattr(node.value, "id", "")
        inner = node.slice.elts if isinstance(node.slice, ast.Tuple) else [node.slice]
        if base in ("Literal", "type", "ClassVar"):
            return NOTHING
        if base == "Annotated":
            return self.annotated(inner[0], module)
        if base == "Callable":
            return frozenset({Callable_(self.annotated(inner[-1], module))})
        if base in _MAPPINGS:
            return frozenset({Many(self.annotated(inner[1], module), self.annotated(inner[0], module))})
        if base == "tuple" and not isinstance(inner[-1], ast.Constant):
            return frozenset({Row(tuple(self.annotated(item, module) for item in inner))})
        return frozenset({Many(self.annotated(inner[0], module))})

    def member(self, thing: Thing, name: str) -> Kinds:
        """What an attribute of a class of ours is."""
        match self.definition(thing.place):
            case (Module() as module, ast.ClassDef() as found):
                for node in found.body:
                    match node:
                        case ast.AnnAssign(target=ast.Name(id=target)) if target == name:
                            return self.annotated(node.annotation, module)
                        case ast.FunctionDef() if node.name == name:
                            gives = self.annotated(node.returns, module)
                            return gives if _is_property(node) else frozenset({Callable_(gives)})
                bases = [self.named(module.meaning(base)) for base in found.bases]
                return united(self.member(b, name) for kinds in bases for b in kinds if isinstance(b, Thing))
        return NOTHING


def united(several: Iterable[Kinds]) -> Kinds:
    return frozenset().union(*several)


def elements(kinds: Kinds) -> Kinds:
    """What going through a value gives: of a mapping its keys, of a tuple any of its places."""
    return united(_elements(kind) for kind in kinds)


def _elements(kind: Kind) -> Kinds:
    if isinstance(kind, Many):
        return kind.of if kind.keys is None else kind.keys
    return united(kind.of) if isinstance(kind, Row) else NOTHING


def places(kinds: Kinds, number: int) -> Iterator[Kinds]:
    """What unpacking into *number* names gives each of them."""
    for at in range(number):
        yield united(
            kind.of[at] if isinstance(kind, Row) and at < len(kind.of) else _elements(kind) for kind in kinds
        )


def _is_property(node: ast.FunctionDef) -> bool:
    return any(
        getattr(d, "id", getattr(d, "attr", "")) in ("property", "cached_property")
        for d in node.decorator_list
    )
