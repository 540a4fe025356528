from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest

from contracts.events.market_data import CollectionAnomalyDetectedV1
from services.market_data.reporting import Part
from services.market_data.watching import hours_alike, is_unusual, watch_collection, z_score
from tests.builders import NOON, Said
from tests.unit.market_data.doubles import Notes, RunsInMemory, a_due, said_by

EVENING_BEFORE = datetime(2021, 1, 26, 23, 0, tzinfo=UTC)
FIVE = timedelta(minutes=5)


def collect(runs: RunsInMemory, at: datetime, got: int = 12, series: str = "quotes", asked: int = 12) -> None:
    names = [f"T{n}" for n in range(max(12, got))]
    runs.begin(series, at, asked)
    runs.add(Part(series, at, tuple(names[:got]), dict.fromkeys(names[got:], "unreachable"), Decimal(3)))


def collected(*moments: datetime, got: int = 12) -> RunsInMemory:
    """Quotes taken at those moments, and the bars of the evening before."""
    runs = RunsInMemory()
    collect(runs, EVENING_BEFORE, series="bars")
    for at in moments:
        collect(runs, at, got)
    return runs


def tick(runs: RunsInMemory, at: datetime = NOON) -> tuple[Said, list[str]]:
    said, alarms = said_by(a_due(at)), list[str]()
    watch_collection(
        a_due(at),
        said,
        runs=runs,
        wanted=dict.fromkeys(("quotes", "bars"), lambda _: ["AMC", "GME"]),
        alarm=lambda: alarms.append("rung"),
        note=Notes(),
    )
    return said, alarms


def told(said: Said) -> list[CollectionAnomalyDetectedV1]:
    return [event for event in said.events if isinstance(event, CollectionAnomalyDetectedV1)]


def test_while_quotes_come_in_nothing_is_said() -> None:
    said, alarms = tick(collected(NOON - timedelta(minutes=15)))
    assert (said.events, alarms) == ([], [])


def test_five_minutes_after_a_tick_without_a_quote_are_silence() -> None:
    runs = collected(NOON - timedelta(minutes=15))
    assert tick(runs)[0].events == []
    said, alarms = tick(runs, NOON + FIVE)
    (event,) = told(said)
    assert (event.series, event.minute, event.why) == ("quotes", NOON + FIVE, "silent")
    assert (event.expected, event.seen, event.z_score) == (Decimal(3), 0, None)
    assert alarms == ["rung"]


def test_a_run_that_is_still_going_on_is_not_counted() -> None:
    runs = usual(12, 11, 12, 13, 12, 12, so_far=True)
    assert tick(runs, NOON + FIVE)[0].events == []


def test_runs_that_got_nothing_are_silence_too() -> None:
    runs = collected(NOON - timedelta(minutes=30))
    collect(runs, NOON - timedelta(minutes=15), got=0)
    collect(runs, NOON, got=0)
    assert [event.why for event in told(tick(runs)[0])] == ["silent"]


def test_an_outage_is_told_once_and_a_repeat_tells_it_again() -> None:
    runs = collected(NOON - timedelta(hours=1))
    first, _ = tick(runs)
    following, _ = tick(runs, NOON + FIVE)
    again, _ = tick(runs)
    assert len(told(first)) == 1
    assert following.events == []
    assert again.envelopes == first.envelopes


def test_ticks_in_another_order_tell_an_outage_once() -> None:
    runs = collected(NOON - timedelta(hours=1))
    late, _ = tick(runs, NOON + FIVE)
    early, _ = tick(runs)
    assert (len(told(late)), early.events) == (1, [])


def test_a_new_outage_is_told_anew() -> None:
    runs = collected(NOON - timedelta(hours=1))
    tick(runs)
    collect(runs, NOON + FIVE)
    assert tick(runs, NOON + 2 * FIVE)[0].events == []
    again, _ = tick(runs, NOON + timedelta(minutes=30))
    assert [event.minute for event in told(again)] == [NOON + timedelta(minutes=30)]


def test_where_nothing_was_ever_collected_that_is_told_once_a_series() -> None:
    runs = RunsInMemory()
    assert [event.series for event in told(tick(runs)[0])] == ["quotes", "bars"]
    assert tick(runs, NOON + FIVE)[0].events == []


def test_bars_are_silent_when_the_last_sessions_are_not_there_by_the_next() -> None:
    runs = collected(NOON)
    del runs.asked_for["bars", EVENING_BEFORE], runs.got["bars", EVENING_BEFORE]
    collect(runs, EVENING_BEFORE - timedelta(days=1), series="bars")
    assert [event.series for event in told(tick(runs)[0])] == ["bars"]


@pytest.mark.parametrize(
    "at",
    [
        datetime(2021, 1, 18, 17, tzinfo=UTC),  # a holiday
        datetime(2021, 1, 23, 17, tzinfo=UTC),  # a Saturday
        datetime(2021, 1, 27, 14, 25, tzinfo=UTC),  # before the bell
        datetime(2021, 1, 27, 21, 5, tzinfo=UTC),
        datetime(2020, 11, 27, 18, 5, tzinfo=UTC),  # after an early close
    ],
)
def test_a_closed_market_is_not_watched(at: datetime) -> None:
    runs = RunsInMemory()
    said, alarms = tick(runs, at)
    assert (said.events, alarms, runs.asked) == ([], [], 0)


def usual(*counts: int, so_far: bool = False) -> RunsInMemory:
    """Quotes at noon of so many Wednesdays before, and of 3 at noon today; *so_far* if others are to come."""
    runs = collected(*())
    for weeks, got in enumerate(counts, 1):
        collect(runs, NOON - timedelta(weeks=weeks), got)
    collect(runs, NOON, got=3, asked=40 if so_far else 12)
    return runs


def test_far_fewer_than_at_such_an_hour_is_unusual_and_told_once() -> None:
    runs = usual(12, 11, 12, 13, 12, 12)
    said, alarms = tick(runs)
    (event,) = told(said)
    assert (event.why, event.seen, event.expected) == ("unusual", 3, Decimal("12.00"))
    assert (event.z_score, event.minute, alarms) == (Decimal("-14.23"), NOON, ["rung"])
    assert tick(runs, NOON + FIVE)[0].events == []
    assert tick(runs)[0].envelopes == said.envelopes


def test_a_few_weeks_say_nothing_about_what_is_usual() -> None:
    assert tick(usual(12, 11, 12, 13, 12))[0].events == []


@pytest.mark.parametrize(
    ("seen", "before", "unusual"),
    [
        (12, [12] * 6, False),
        (11, [12] * 6, False),  # under a tenth
        (10, [12] * 6, True),
        (20, [12, 11, 12, 13, 12, 12], True),
        (10, [4, 20, 12, 3, 15, 9], False),
        (0, [0] * 6, False),
    ],
)
def test_unusual_is_three_deviations_and_a_tenth(seen: int, before: list[int], unusual: bool) -> None:
    assert is_unusual(seen, before) is unusual


def test_counts_that_never_differed_have_no_z_score() -> None:
    assert z_score(10, [12] * 6) is None
    assert z_score(20, [12, 11, 12, 13, 12, 12]) == Decimal("12.65")


def test_the_same_hour_is_new_yorks_across_the_change_of_clocks() -> None:
    begins = [
        begin.astimezone(UTC).hour for begin, _ in hours_alike(datetime(2021, 3, 17, 14, 30, tzinfo=UTC))
    ]
    assert begins == [15] * 8  # ten in New York was 15 UTC in winter, and is 14 in summer
