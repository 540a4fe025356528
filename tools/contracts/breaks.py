"""What a published contract promises, rule by rule: who is hurt when it is broken, and the way out.

Within one version everything must hold in both directions, against every revision ever published: whoever
reads with yesterday's schema reads tomorrow's events, and today's classes read every event kept since the
first. So a limit may neither tighten (an event in the archive would no longer be read) nor loosen (a reader
that validates would refuse what we write). Only what every reader ignores may come and go: an optional
field, one more value of an open list, an example. Words may be put better, by somebody who says that they
mean the same.
"""

from dataclasses import dataclass

_READERS = "readers with an earlier schema refuse the new events"
_ARCHIVE = "events kept from before can no longer be read, replayed or redriven"
_BOTH = f"{_READERS}, and {_ARCHIVE}"
_BESIDE = "announce {next} beside {this} until nobody lists {this}"


@dataclass(frozen=True)
class Rule:
    """A promise, in the words of its breach."""

    name: str
    promise: str
    hurt: str
    way_out: str = _BESIDE


FIELD_STAYS = Rule("field-removed", "a required field stays", _READERS, f"keep it, or {_BESIDE}")
NEW_IS_OPTIONAL = Rule(
    "required-added", "a new field is optional", _ARCHIVE, f"give it a default, or {_BESIDE}"
)
REQUIRED_STAYS = Rule("required-dropped", "a required field stays required", _READERS)
TYPE_STAYS = Rule("type-changed", "a type neither narrows nor widens", _BOTH)
NULL_COMES = Rule("null-added", "what was never null stays so", _READERS)
NULL_GOES = Rule("null-removed", "what could be null still can", _ARCHIVE)
LIST_STAYS_OPEN = Rule("enum-closed", "an open list stays open", _BOTH, f"keep it an OpenEnum, or {_BESIDE}")
VALUE_STAYS = Rule(
    "value-removed", "a known value stays known", _ARCHIVE, "keep it among the known; stop writing it"
)
TIGHTENED = Rule(
    "limit-tightened",
    "a limit does not tighten",
    _ARCHIVE,
    f"check it in the rule that needs it, or {_BESIDE}",
)
LOOSENED = Rule("limit-loosened", "a limit does not loosen", _READERS)
PATTERN_STAYS = Rule("pattern-changed", "a pattern or format stays", _BOTH)
DEFAULT_STAYS = Rule(
    "default-changed", "a default stays", "an event without the field would come to mean something else"
)
UNIT_STAYS = Rule(
    "meaning-moved",
    "a description may be improved, its unit words may not",
    "a figure would be read in a unit it is not in",
    "keep the unit words, or add a field with the new unit beside it",
)
REWORDED = Rule(
    "reworded",
    "a published description means what it meant",
    "whoever read the old words computes what the new ones no longer say",
    "when it means the same, `tape contracts freeze --same-meaning {place}`; else {beside}",
)
IDENTITY_STAYS = Rule(
    "identity-changed",
    "source, subject and kind of list stay",
    "rules filter on the source, and ids are made from the subject",
)
KEYWORD_STAYS = Rule("keyword-changed", "what no rule knows stays as it is", _BOTH)
DETAIL_TYPE_STAYS = Rule(
    "detail-type-gone",
    "a published detail-type stays",
    "every rule that lists it falls silent, and its events can no longer be read",
    "put the class back under this detail-type; stop announcing it where no template lists it",
)
SCHEMA_IS_FROZEN = Rule(
    "schema-edited",
    "a published schema is never edited",
    "what others hold a copy of would no longer be what was published",
    "put the file back; a compatible change is published by `tape contracts freeze`",
)
SAMPLE_IS_FROZEN = Rule(
    "sample-edited",
    "a published sample is never edited",
    "it stands for the events kept in archives, which nobody can edit either",
    "put it back, and add a sample of its own beside it (….v1-2.json)",
)
ENTRY_IS_FROZEN = Rule(
    "entry-edited",
    "an entry of frozen.json is never edited or taken out",
    "a published revision could be rewritten without anybody noticing",
    "put the entry back; `tape contracts freeze` only adds",
)
NEED_IS_MET = Rule(
    "need-broken",
    "what a consumer declared it reads stays",
    "this consumer fails or misreads",
    "talk to the team: their declared need goes first, then the field",
)


@dataclass(frozen=True)
class Break:
    """A broken promise: of which contract, at which field path, and what changed."""

    contract: str
    path: str
    rule: Rule
    what: str

    def __str__(self) -> str:
        where = f"{self.contract} {self.path}".rstrip()
        return f"{where}: {self.what} [{self.rule.name}]"

    @property
    def way_out(self) -> str:
        named = {"this": self.contract, "next": _next_version(self.contract)}
        return self.rule.way_out.format(**named, place=self.place, beside=_BESIDE.format(**named))

    @property
    def place(self) -> str:
        """`PostIngested.v1:tickers[].start`, or the event alone."""
        return f"{self.contract}:{self.path}".rstrip(":")


def _next_version(contract: str) -> str:
    name, _, number = contract.rpartition(".v")
    return f"{name}.v{int(number) + 1}" if number.isdigit() else f"a new version of {contract}"
