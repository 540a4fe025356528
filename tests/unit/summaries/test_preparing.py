"""A reader's briefing: prepared once a day, whatever is repeated or fails on the way."""

from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from datetime import date

import pytest

from contracts.events.envelope import Envelope
from contracts.events.summaries import BriefingPreparedV1
from services.summaries.preparing import (
    NOTHING_WATCHED,
    BriefingDue,
    Outcome,
    Reader,
    SummaryMissing,
    give_turns,
    prepare_briefing,
    turn,
)
from tests.builders import Said, a_summary, enveloped
from tests.unit.summaries.fakes import DAY, Kept

SUMMARY = enveloped(a_summary())
ALICE = Reader(
    "alice", "America/New_York", frozenset({"GME", "NOK"}), "2021-01-20T11:00:00.000000Z#0#contact-1"
)


@dataclass
class Watchers:
    """Stands in for the watchers table."""

    known: dict[str, Reader] = field(default_factory=dict)
    outcomes: dict[tuple[str, date], Outcome] = field(default_factory=dict)
    left: bool = False

    def readers(self) -> Iterable[str]:
        return list(self.known)

    def reader(self, user_id: str) -> Reader | None:
        return self.known.get(user_id)

    def outcome(self, user_id: str, day: date) -> Outcome | None:
        return self.outcomes.get((user_id, day))

    def keep_outcome(self, reader: Reader, day: date, outcome: Outcome) -> None:
        assert (reader.user_id, day) not in self.outcomes
        self.outcomes[reader.user_id, day] = outcome

    def has_left(self, reader: Reader) -> bool:
        return self.left


@dataclass
class Shelf:
    """Stands in for the briefings bucket."""

    parts: dict[tuple[str, date], tuple[str, str]] = field(default_factory=dict)

    def addresses(self, user_id: str, day: date) -> tuple[str, str]:
        return f"s3://shelf/{user_id}/{day}.txt", f"s3://shelf/{user_id}/{day}.html"

    def put(self, user_id: str, day: date, *, text: str, html: str) -> None:
        self.parts[user_id, day] = text, html

    def remove(self, user_id: str, day: date) -> None:
        self.parts.pop((user_id, day), None)


@dataclass
class Turns:
    taken: list[Envelope] = field(default_factory=list)

    def put(self, turns: Iterable[Envelope]) -> None:
        self.taken += turns


def prepare(
    watchers: Watchers, shelf: Shelf, *, cause: Envelope = SUMMARY, user_id: str = "alice"
) -> list[Envelope]:
    said = Said(turn(cause, user_id, DAY))
    kept = Kept({DAY: a_summary()})
    due = BriefingDue(user_id=user_id, date=DAY)
    prepare_briefing(due, said, watchers=watchers, summaries=kept, briefings=shelf)
    return said.envelopes


def test_every_reader_gets_a_turn_of_their_own() -> None:
    watchers, turns = Watchers({name: replace(ALICE, user_id=name) for name in ("alice", "bob")}), Turns()
    give_turns(a_summary(), Said(SUMMARY), watchers=watchers, turns=turns)

    assert [BriefingDue.read(each.data).user_id for each in turns.taken] == ["alice", "bob"]
    assert {(each.id, each.type, each.source) for each in turns.taken} == {
        (SUMMARY.id, "BriefingDue", "tickertape.summaries")
    }


def test_a_briefing_tells_what_is_watched_and_where_it_lies() -> None:
    shelf = Shelf()
    (said,) = prepare(Watchers({"alice": ALICE}), shelf)
    told = BriefingPreparedV1.model_validate(said.data)

    assert (told.user_id, told.cadence, told.date, told.tickers) == ("alice", "daily", DAY, ("GME",))
    assert told.text_part == "s3://shelf/alice/2021-01-27.txt"
    text, html = shelf.parts["alice", DAY]
    assert "GME" in text
    assert html.startswith("<!doctype html>")


def test_a_briefing_is_caused_by_the_summary_itself() -> None:
    (said,) = prepare(Watchers({"alice": ALICE}), Shelf())
    assert (said.causationid, said.correlationid) == (SUMMARY.id, SUMMARY.correlationid)


def test_a_repeat_tells_the_same_whatever_is_watched_by_then() -> None:
    watchers, shelf = Watchers({"alice": ALICE}), Shelf()
    first, parts = prepare(watchers, shelf), dict(shelf.parts)
    watchers.known["alice"] = replace(ALICE, watched=frozenset(), time_zone="Asia/Tokyo")
    shelf.parts.clear()

    assert prepare(watchers, shelf) == first
    assert shelf.parts == parts


def test_another_summary_of_the_day_prepares_nothing_anew() -> None:
    watchers, shelf = Watchers({"alice": ALICE}), Shelf()
    prepare(watchers, shelf)
    assert prepare(watchers, shelf, cause=enveloped(a_summary(), key="by hand")) == []


def test_who_watches_nothing_of_the_summary_gets_no_mail_and_the_reason_is_kept() -> None:
    watchers, shelf = Watchers({"alice": replace(ALICE, watched=frozenset({"NOK"}))}), Shelf()

    assert prepare(watchers, shelf) == []
    assert shelf.parts == {}
    assert watchers.outcomes["alice", DAY].skipped == NOTHING_WATCHED


def test_who_cannot_be_mailed_any_more_is_passed_over() -> None:
    watchers = Watchers()
    assert prepare(watchers, Shelf()) == []
    assert watchers.outcomes == {}


def test_who_left_while_it_was_written_leaves_nothing_behind() -> None:
    shelf = Shelf()
    assert prepare(Watchers({"alice": ALICE}, left=True), shelf) == []
    assert shelf.parts == {}


def test_a_day_whose_summary_is_not_kept_fails_aloud() -> None:
    with pytest.raises(SummaryMissing, match="2021-01-27"):
        prepare_briefing(
            BriefingDue(user_id="alice", date=DAY),
            Said(SUMMARY),
            watchers=Watchers({"alice": ALICE}),
            summaries=Kept(),
            briefings=Shelf(),
        )
