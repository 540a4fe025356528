"""Chains of forecasts: whether what is kept is what was written, one record after the other."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from hashlib import sha256
from typing import Any

from contracts.events.prediction import DirectionPredictedV1, PredictionResolvedV1
from services.prediction.serving import canonical

FIRST = "0" * 64
"""The previous hash of a chain's first record."""


@dataclass(frozen=True)
class Told:
    """A record, and the id of the event that led to it."""

    record: DirectionPredictedV1
    cause: str


@dataclass(frozen=True)
class Link:
    """Where a ticker's chain of a horizon stands: its newest hash, and what it holds for the day asked."""

    head: str = FIRST
    told: Told | None = None


@dataclass(frozen=True)
class Written:
    """A record as it is kept: the day it is filed under, its JSON, and beside it what became of it."""

    day: str
    text: str
    worth: PredictionResolvedV1 | None = None
    resolved_by: str | None = None
    """event id of the tick that resolved it; there is one without a worth where that was changed since"""


@dataclass(frozen=True)
class Chain:
    """The records of a ticker and horizon, by day; *head* is the hash of the newest written."""

    name: str
    head: str | None
    records: Sequence[Written]


@dataclass(frozen=True)
class Broken:
    """The first record that is not as it was written, by its day, and what is wrong."""

    day: str
    why: str


def chained(draft: DirectionPredictedV1, previous: str) -> DirectionPredictedV1:
    linked = draft.model_copy(update={"previous_hash": previous})
    return linked.model_copy(update={"record_hash": record_hash(linked)})


def record_hash(record: DirectionPredictedV1) -> str:
    """SHA-256 of the record's canonical JSON, previous_hash in and record_hash left out."""
    return sha256(canonical(record.model_dump(mode="json", exclude={"record_hash"})).encode()).hexdigest()


def check_chain(chain: Chain) -> Broken | None:
    """None where every record gives its hash and each leads to the next, up to the head."""
    if faults := [Broken(r.day, why) for r in chain.records if (why := fault(r) or _fault_of_worth(r))]:
        return faults[0]
    links = {json.loads(record.text)["previous_hash"]: record for record in reversed(chain.records)}
    at, last, reached = FIRST, "", set[str]()
    while (record := links.pop(at, None)) is not None:
        at, last = json.loads(record.text)["record_hash"], record.day
        reached.add(last)
    for record in chain.records:
        if record.day not in reached:
            return Broken(record.day, "no record leads to it: one before it is missing or was put in")
    if chain.head != (at if chain.records else None):
        return Broken(last or "HEAD", "the chain's head names another record as the newest")
    return None


def fault(record: Written) -> str | None:
    """What shows that a record was changed, none when nothing does."""
    try:
        content: Any = json.loads(record.text)
        stated = content.pop("record_hash")
        rest = {**content, "record_hash": stated}
        if canonical(rest) != record.text:
            return "its JSON is not written as records are"
        if sha256(canonical(content).encode()).hexdigest() != stated:
            return "its content does not give its hash"
        return None if content["date"] == record.day else f"it is of {content['date']}"
    except (ValueError, KeyError, TypeError, AttributeError):
        return "it is no JSON of a record"


def _fault_of_worth(record: Written) -> str | None:
    if record.resolved_by and not record.worth:
        return "what it was worth is not as it was written"
    if record.worth and record.worth.record_hash != json.loads(record.text)["record_hash"]:
        return "what it was worth is of another record"
    return None
