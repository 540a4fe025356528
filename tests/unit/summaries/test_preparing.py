"""A reader's briefing: prepared once a day, whatever is repeated or fails on the way."""

from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from datetime import date

import pytest

from contracts.events.envelope import Envelope
from contracts.events.summaries import BriefingPreparedV1
from services.summaries.briefing_pages import variant_of
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
    outcomes: dict[tuple[str, date, str], Outcome] = field(default_factory=dict)
    left: bool = False

    def readers(self) -> Iterable[str]:
        return list(self.known)

    def reader(self, user_id: str) -> Reader | None:
        return self.known.get(user_id)

    def outcome(self, user_id: str, day: date, cadence: str) -> Outcome | None:
        return self.outcomes.get((user_id, day, cadence))

    def keep_outcome(self, reader: Reader, day: date, cadence: str, outcome: Outcome) -> None:
        assert (reader.user_id, day, cadence) not in self.outcomes
        self.outcomes[reader.user_id, day, cadence] = outcome

    def has_left(self, reader: Reader) -> bool:
        return self.left


@dataclass
class Shelf:
    """Stands in for the briefings bucket."""

    parts: dict[tuple[str, date, str], tuple[str, str]] = field(default_factory=dict)

    def addresses(self, user_id: str, day: date, cadence: str) -> tuple[str, str]:
        place = f"s3://shelf/{user_id}/{cadence}/{day}"
        return f"{place}.txt", f"{place}.html"

    def put(self, user_id: str, day: date, cadence: str, *, text: str, html: str) -> None:
        self.parts[user_id, day, cadence] = text, html

    def remove(self, user_id: str, day: date, cadence: str) -> None:
        self.parts.pop((user_id, day, cadence), None)


@dataclass
class Turns:
    taken: list[Envelope] = field(default_factory=list)

    def put(self, turns: Iterable[Envelope]) -> None:
        self.taken += turns


def prepare(
    watchers: Watchers,
    shelf: Shelf,
    *,
    cause: Envelope = SUMMARY,
    user_id: str = "alice",
    cadence: str = "daily",
    percent_b: int = 0,
) -> list[Envelope]:
    said = Said(turn(cause, user_id, DAY, cadence))
    prepare_briefing(
        BriefingDue(user_id=user_id, date=DAY, cadence=cadence),
        said,
        watchers=watchers,
        summaries=Kept({DAY: a_summary()}),
        briefings=shelf,
        percent_b=lambda: percent_b,
    )
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
    assert told.text_part == "s3://shelf/alice/daily/2021-01-27.txt"
    text, html = shelf.parts["alice", DAY, "daily"]
    assert "GME" in text
    assert html.lower().startswith("<!doctype html>")


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
    assert watchers.outcomes["alice", DAY, "daily"].skipped == NOTHING_WATCHED


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
            percent_b=lambda: 0,
        )


def test_the_mail_carries_the_id_it_is_announced_under() -> None:
    shelf = Shelf()
    (said,) = prepare(Watchers({"alice": ALICE}), shelf)
    for part in shelf.parts["alice", DAY, "daily"]:
        assert f"Receipt: {said.id}" in part


@pytest.mark.parametrize(
    ("wanted", "prepared"),
    [("daily", {"daily"}), ("weekly", {"weekly"}), ("both", {"daily", "weekly"})],
)
def test_a_reader_gets_the_mails_they_want(wanted: str, prepared: set[str]) -> None:
    watchers, shelf = Watchers({"alice": replace(ALICE, cadence=wanted)}), Shelf()
    for cadence in ("daily", "weekly"):
        prepare(watchers, shelf, cadence=cadence)
    assert {cadence for _, _, cadence in shelf.parts} == prepared
    reasons = {cadence: outcome.skipped for (_, _, cadence), outcome in watchers.outcomes.items()}
    assert {cadence for cadence, reason in reasons.items() if reason is None} == prepared


def test_a_week_is_told_of_the_seven_days_to_its_last() -> None:
    shelf = Shelf()
    watchers = Watchers({"alice": replace(ALICE, cadence="weekly")})
    (said,) = prepare(watchers, shelf, cadence="weekly")
    assert (said.data["cadence"], said.data["date"]) == ("weekly", "2021-01-27")
    text, _ = shelf.parts["alice", DAY, "weekly"]
    assert text.startswith("Your week to 27 January 2021\n")
    assert "Of 6 of the seven days there is no summary" in text


def test_the_variant_stays_what_it_was_when_the_flag_changes() -> None:
    watchers, shelf = Watchers({"alice": ALICE}), Shelf()
    (first,) = prepare(watchers, shelf, percent_b=100)
    parts = dict(shelf.parts)
    assert first.data["variant"] == "b"
    assert prepare(watchers, shelf, percent_b=0) == [first]
    assert shelf.parts == parts


def test_the_share_of_variant_b_follows_the_flag_and_a_reader_never_wavers() -> None:
    names = [f"user-{number}" for number in range(500)]
    share = sum(variant_of(name, 30) == "b" for name in names) / len(names)
    assert 0.24 < share < 0.36
    assert all(variant_of(name, 31) == "b" for name in names if variant_of(name, 30) == "b")
    assert {variant_of(name, 0) for name in names} == {"a"}
