"""PrepareBriefings through its real handler: turns over its own queue, parts in the bucket."""

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import boto3
import pytest

from contracts.events.arrivals import Due
from contracts.events.envelope import Envelope
from contracts.events.summaries import BriefingPreparedV1
from services.summaries.summaries import SummariesTable
from services.summaries.watchers import WatchersTable
from tests.bench import ACCOUNT, REGION, Bench, BusDown
from tests.builders import a_summary, enveloped

BEFORE = datetime(2021, 1, 20, tzinfo=UTC)
SUMMARY = enveloped(a_summary())
QUEUE = f"https://sqs.{REGION}.amazonaws.com/{ACCOUNT}/turns"


class Mornings:
    """A bench with the turns queue and a summary that is kept."""

    def __init__(self, bench: Bench) -> None:
        self.bench = bench
        self.turns: Any = boto3.resource("sqs").create_queue(QueueName="turns")
        assert self.turns.url == QUEUE
        self.flag("0")
        SummariesTable(bench.table("Summaries")).keep(a_summary())
        self.watchers = WatchersTable(bench.table("Watchers"))

    def reader(self, user_id: str, *tickers: str) -> None:
        self.watchers.set_contact(user_id, "America/New_York", "contact-1", by_mail=True, at=BEFORE)
        for ticker in tickers:
            self.watchers.watch(user_id, "FOLLOW", ticker, "follow-1", at=BEFORE)

    def flag(self, percent: str) -> None:
        name = "/tickertape/summaries/briefing-b-percent"
        boto3.client("ssm").put_parameter(Name=name, Value=percent, Type="String", Overwrite=True)

    def waiting(self) -> list[str]:
        """Takes every turn that waits."""
        bodies = []
        while messages := self.turns.receive_messages(MaxNumberOfMessages=10):
            bodies += [message.body for message in messages]
            for message in messages:
                message.delete()
        return sorted(bodies)

    def told(self) -> dict[str, BriefingPreparedV1]:
        return {e.data["user_id"]: BriefingPreparedV1.model_validate(e.data) for e in self.bench.announced()}

    def objects(self) -> dict[str, bytes]:
        return {each.key: each.get()["Body"].read() for each in self.bench.bucket().objects.all()}


@pytest.fixture
def mornings() -> Iterator[Mornings]:
    with Bench("summaries", "prepare_briefings", TURNS_QUEUE=QUEUE) as bench:
        yield Mornings(bench)


def test_each_reader_gets_a_text_and_an_html_part(mornings: Mornings) -> None:
    mornings.reader("alice", "GME", "NOK")
    mornings.reader("bob", "GME")
    assert mornings.bench.deliver(SUMMARY) == []
    assert mornings.bench.announced() == []
    assert mornings.bench.deliver(*mornings.waiting()) == []

    told = mornings.told()
    assert set(told) == {"alice", "bob"}
    assert told["alice"].tickers == ("GME",)
    objects = mornings.objects()
    bucket = mornings.bench.bucket().name
    places = {part for each in told.values() for part in (each.text_part, each.html_part)}
    assert places == {f"s3://{bucket}/{key}" for key in objects}
    assert all(key.startswith("briefings/dt=2021-01-27/daily/") for key in objects)
    kinds = {mornings.bench.bucket().Object(key).content_type for key in objects}
    assert kinds == {"text/plain; charset=utf-8", "text/html; charset=utf-8"}


def test_a_receipt_leads_from_the_briefing_to_the_summary(mornings: Mornings) -> None:
    mornings.reader("alice", "GME")
    mornings.bench.deliver(SUMMARY)
    mornings.bench.deliver(*mornings.waiting())
    (said,) = mornings.bench.announced()
    assert (said.causationid, said.correlationid) == (SUMMARY.id, SUMMARY.correlationid)


def test_repeats_of_the_summary_and_of_turns_tell_the_same(mornings: Mornings) -> None:
    mornings.reader("alice", "GME")
    mornings.bench.deliver(SUMMARY)
    turns = mornings.waiting()
    mornings.bench.deliver(*turns)
    first, objects, kept = mornings.bench.announced(), mornings.objects(), mornings.bench.dump()

    mornings.watchers.unwatch("alice", "FOLLOW", "GME", "unfollow-1", at=BEFORE)
    mornings.bench.deliver(SUMMARY)
    assert mornings.waiting() == turns
    for _ in range(2):
        assert mornings.bench.deliver(*turns) == []
    assert mornings.bench.announced() == first * 3
    assert mornings.objects() == objects
    assert "BRIEFING#daily#2021-01-27" in kept


def test_a_crash_after_the_write_loses_no_announcement(mornings: Mornings) -> None:
    mornings.reader("alice", "GME")
    mornings.bench.deliver(SUMMARY)
    turns = mornings.waiting()
    with mornings.bench.refuse_announcements(), pytest.raises(BusDown):
        mornings.bench.deliver(*turns)
    objects = mornings.objects()

    assert mornings.bench.announced() == []
    assert mornings.bench.deliver(*turns) == []
    assert set(mornings.told()) == {"alice"}
    assert mornings.objects() == objects


def test_a_crash_between_the_row_and_the_parts_is_made_good(mornings: Mornings) -> None:
    mornings.reader("alice", "GME")
    mornings.bench.deliver(SUMMARY)
    turns = mornings.waiting()
    with mornings.bench.refuse("PutObject"):
        assert mornings.bench.deliver(*turns) == [0]
    assert (mornings.objects(), mornings.bench.announced()) == ({}, [])

    assert mornings.bench.deliver(*turns) == []
    assert len(mornings.objects()) == 2
    assert set(mornings.told()) == {"alice"}


def test_a_fan_out_that_dies_midway_reaches_everybody_and_nobody_twice(mornings: Mornings) -> None:
    for number in range(25):
        mornings.reader(f"reader-{number}", "GME")
    with mornings.bench.refuse("SendMessageBatch"):
        assert mornings.bench.deliver(SUMMARY) == [0]
    mornings.bench.deliver(SUMMARY)
    half = mornings.waiting()[:12]
    mornings.bench.deliver(*half)
    mornings.bench.deliver(SUMMARY)
    mornings.bench.deliver(*mornings.waiting())

    assert len(mornings.told()) == 25
    assert len({said.id for said in mornings.bench.announced()}) == 25
    assert len(mornings.objects()) == 50


def test_one_readers_failure_stops_no_other(mornings: Mornings) -> None:
    mornings.reader("alice", "GME")
    mornings.reader("bob", "GME")
    mornings.bench.deliver(SUMMARY)
    alice, bob = mornings.waiting()
    poisoned = alice.replace('"user_id": "alice"', '"user_id": "no name"')
    assert poisoned != alice

    assert mornings.bench.deliver(poisoned, bob) == [0]
    assert set(mornings.told()) == {"bob"}


def test_who_watches_nothing_of_the_day_is_skipped_and_the_row_says_why(mornings: Mornings) -> None:
    mornings.reader("alice", "NOK")
    mornings.reader("bob")
    mornings.bench.deliver(SUMMARY)
    assert mornings.bench.deliver(*mornings.waiting()) == []

    assert (mornings.objects(), mornings.bench.announced()) == ({}, [])
    rows = mornings.bench.table("Watchers").scan()["Items"]
    skipped = {row["pk"]: row["skipped"] for row in rows if "skipped" in row}
    assert set(skipped) == {"USER#alice", "USER#bob"}
    assert set(skipped.values()) == {"none of the tickers they watch is in the summary"}


def test_who_left_before_their_turn_gets_nothing(mornings: Mornings) -> None:
    mornings.reader("alice", "GME")
    mornings.bench.deliver(SUMMARY)
    turns = mornings.waiting()
    mornings.watchers.leave("alice", at=datetime(2021, 1, 28, tzinfo=UTC))
    mornings.watchers.erase("alice", before=datetime(2021, 1, 28, tzinfo=UTC))

    assert mornings.bench.deliver(*turns) == []
    assert (mornings.objects(), mornings.bench.announced()) == ({}, [])


@pytest.mark.parametrize("user_id", ["a@b.example", "auth0:7+x", "..", "Ünïcødé" * 18, "a" * 128])
def test_any_name_makes_a_safe_key(mornings: Mornings, user_id: str) -> None:
    mornings.reader(user_id, "GME")
    mornings.bench.deliver(SUMMARY)
    assert mornings.bench.deliver(*mornings.waiting()) == []

    told = mornings.told()[user_id]
    names = {key.removeprefix("briefings/dt=2021-01-27/daily/") for key in mornings.objects()}
    assert all(name.replace(".", "").isalnum() and name.isascii() and len(name) < 80 for name in names)
    assert {told.text_part.rpartition("/")[2], told.html_part.rpartition("/")[2]} == names


def test_a_summary_that_is_not_kept_fails_its_turns_alone(mornings: Mornings) -> None:
    mornings.reader("alice", "GME")
    other: Envelope = enveloped(a_summary(date="2021-01-28"))
    mornings.bench.deliver(SUMMARY)
    first = mornings.waiting()
    mornings.bench.deliver(other)

    assert mornings.bench.deliver(*mornings.waiting(), *first) == [0]
    assert {each.date.isoformat() for each in mornings.told().values()} == {"2021-01-27"}


def test_the_flag_in_the_parameter_store_turns_the_variant(mornings: Mornings) -> None:
    mornings.flag("100")
    mornings.reader("alice", "GME")
    mornings.bench.deliver(SUMMARY)
    mornings.bench.deliver(*mornings.waiting())
    assert mornings.told()["alice"].variant == "b"


def test_a_flag_that_is_no_share_fails_aloud_and_loses_nobody(mornings: Mornings) -> None:
    mornings.flag("most")
    mornings.reader("alice", "GME")
    mornings.bench.deliver(SUMMARY)
    turns = mornings.waiting()
    assert mornings.bench.deliver(*turns) == [0]
    mornings.flag("0")
    assert mornings.bench.deliver(*turns) == []
    assert set(mornings.told()) == {"alice"}


def test_a_sunday_tick_tells_the_week_once_to_those_who_want_it(mornings: Mornings) -> None:
    sunday = Due(schedule="sundays", due_at=datetime(2021, 1, 31, 14, tzinfo=UTC))
    mornings.reader("alice", "GME")
    mornings.watchers.set_contact("bob", "UTC", "contact-1", by_mail=True, at=BEFORE, cadence="weekly")
    mornings.watchers.watch("bob", "FOLLOW", "GME", "follow-1", at=BEFORE)
    for _ in range(2):
        assert mornings.bench.deliver(sunday) == []
        assert mornings.bench.deliver(*mornings.waiting()) == []
    told = mornings.bench.announced()
    assert {(e.id, e.subject) for e in told} == {(told[0].id, "bob/weekly/2021-01-30")}
    assert all("/weekly/" in key for key in mornings.objects())
