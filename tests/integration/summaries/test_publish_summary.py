"""PublishSummary's real handler beside its tables."""

from collections.abc import Iterator
from datetime import UTC, datetime
from itertools import pairwise

import pytest

from contracts.events.arrivals import Due
from contracts.events.envelope import Event, Publish
from services.summaries.daystats import DayStatsTable
from services.summaries.gathering import gather_bar, gather_post, gather_score
from services.summaries.summaries import SummariesTable
from tests.bench import Bench, BusDown
from tests.builders import Said, a_bar, a_post, a_score, a_summary, enveloped
from tests.integration.summaries.machine_stand_in import Machine, machine_stand_in
from tests.unit.summaries.fakes import DAY
from tests.unit.summaries.test_gathering import found

MORNING = Due(schedule="mornings", due_at=datetime(2021, 1, 28, 13, tzinfo=UTC))
NEXT = Due(schedule="mornings", due_at=datetime(2021, 1, 29, 13, tzinfo=UTC))


@pytest.fixture(scope="module")
def machine() -> Iterator[Machine]:
    with machine_stand_in() as found:
        yield found


@pytest.fixture
def bench(machine: Machine) -> Iterator[Bench]:
    machine.begin_anew()
    with publishing(machine) as bench:
        yield bench


def publishing(machine: Machine, **settings: str) -> Bench:
    return Bench("summaries", "publish_summary", **machine.address | settings)


def gather(bench: Bench, posts: int, *tickers: str) -> None:
    stats = DayStatsTable(bench.table("DayStats"))

    def cause(event: Event) -> Publish:
        return Said(enveloped(event))

    for number in range(posts):
        named = found(*tickers or ("GME",))
        post = a_post(post_id=f"reddit:t3_{number}", author=f"a{number}", cluster=None, tickers=named)
        score = a_score(post_id=post.post_id)
        gather_post(post, cause(post), stats=stats)
        gather_score(score, cause(score), stats=stats)
    gather_bar(a_bar(), cause(a_bar()), stats=stats)


def test_the_day_before_is_announced_and_kept(bench: Bench) -> None:
    gather(bench, 12)
    assert bench.deliver(MORNING) == []
    (summary,) = bench.announced()
    assert (summary.type, summary.subject) == ("DailySummaryPublished.v1", "2021-01-27")
    (gme,) = summary.data["tickers"]
    assert (gme["ticker"], gme["mentions"], gme["close"], gme["mood"]) == ("GME", 12, "347.51", "moon")
    assert summary.data["posts"] == 12
    assert len(bench.table("Summaries").scan()["Items"]) == 1


def test_a_repeat_announces_the_same_bytes_under_the_same_id(bench: Bench) -> None:
    gather(bench, 12)
    bench.deliver(MORNING)
    kept = bench.dump()
    assert bench.deliver(MORNING) == []
    assert bench.deliver(MORNING, MORNING) == []
    assert bench.dump() == kept
    first, *repeats = (envelope.model_dump_json() for envelope in bench.announced())
    assert repeats == [first, first]


def test_the_table_keeps_a_days_first_summary(bench: Bench) -> None:
    table = SummariesTable(bench.table("Summaries"))
    assert table.get(DAY) is None
    assert table.keep(a_summary())
    assert not table.keep(a_summary(posts=999))
    assert table.get(DAY) == a_summary()


def test_posts_that_come_after_the_summary_do_not_change_it(bench: Bench) -> None:
    gather(bench, 12)
    bench.deliver(MORNING)
    gather(bench, 20)
    bench.deliver(MORNING)
    assert [envelope.data["posts"] for envelope in bench.announced()] == [12, 12]


def test_days_may_be_told_in_any_order(machine: Machine) -> None:
    said = []
    for mornings in ((MORNING, NEXT), (NEXT, MORNING)):
        with publishing(machine) as bench:
            gather(bench, 12)
            for morning in mornings:
                assert bench.deliver(morning) == []
            told = sorted(bench.announced(), key=lambda envelope: envelope.subject)
            said.append((bench.dump(), [envelope.model_dump_json() for envelope in told]))
    assert all(a == b for a, b in pairwise(said))


def test_a_poisonous_tick_fails_alone(bench: Bench) -> None:
    gather(bench, 12)
    assert bench.deliver('{"schedule": "mornings", "due_at": "soon"}', MORNING) == [0]
    assert len(bench.announced()) == 1


def test_a_crash_after_the_write_is_announced_by_the_retry(bench: Bench) -> None:
    gather(bench, 12)
    with bench.refuse_announcements(), pytest.raises(BusDown):
        bench.deliver(MORNING)
    assert bench.announced() == []
    kept = bench.dump()
    assert '"summary"' in kept
    gather(bench, 20)
    assert bench.deliver(MORNING) == []
    (summary,) = bench.announced()
    assert summary.data["posts"] == 12


def test_a_thin_day_is_announced_with_no_tickers(bench: Bench) -> None:
    gather(bench, 9)
    bench.deliver(MORNING)
    (summary,) = bench.announced()
    assert summary.data["tickers"] == []
    assert "no sign of a calm day" in summary.data["headline"]


def test_the_threshold_is_a_setting(machine: Machine) -> None:
    with publishing(machine, MIN_VOICES="9") as bench:
        gather(bench, 9)
        bench.deliver(MORNING)
        assert len(bench.announced()[0].data["tickers"]) == 1


def test_a_ticker_whose_branch_fails_is_the_templates_and_voids_no_other(
    bench: Bench, machine: Machine
) -> None:
    gather(bench, 12, "GME", "AMC", "BB")
    machine.begin_anew(failing="AMC", says="{} was heard.")
    assert bench.deliver(MORNING) == []
    told = {row["ticker"]: row for row in bench.announced()[0].data["tickers"]}
    assert {ticker: row["written_by"] for ticker, row in told.items()} == {
        "GME": "model",
        "AMC": "template",
        "BB": "model",
    }
    assert (told["BB"]["text"], told["AMC"]["written_why"]) == ("BB was heard.", "nobody wrote it")
    assert machine.tried["AMC"] == 3


@pytest.mark.parametrize("status", ["FAILED", "TIMED_OUT"])
def test_a_machine_that_breaks_down_leaves_the_day_to_the_template(
    bench: Bench, machine: Machine, status: str
) -> None:
    gather(bench, 12)
    machine.begin_anew(status=status)
    assert bench.deliver(MORNING) == []
    (row,) = bench.announced()[0].data["tickers"]
    assert (row["written_by"], row["written_why"]) == ("template", "nobody wrote it")
