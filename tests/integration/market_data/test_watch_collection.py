"""WatchCollection through its real handler, over runs that the real collectors leave behind."""

import json
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from samtranslator.yaml_helper import yaml_parse

from contracts.events.arrivals import Due
from services.market_data.reporting import Part
from services.market_data.runs import RunsTable
from tests.bench import ROOT, Bench, BusDown
from tests.builders import NOON
from tests.integration.market_data.tape import BARS, handler_of

EVENING_BEFORE = datetime(2021, 1, 26, 23, 0, tzinfo=UTC)


def due(at: datetime = NOON) -> Due:
    return Due(schedule="tickertape-market_data-watch-due", due_at=at)


def after(minutes: int) -> datetime:
    return NOON + timedelta(minutes=minutes)


def ready(bench: Bench, *successes: datetime) -> None:
    """The bars of the evening before, and quotes at those moments."""
    runs = RunsTable(bench.table("CollectionRuns"))
    for series, at in (("bars", EVENING_BEFORE), *(("quotes", at) for at in successes)):
        collect(runs, series, at, 2, 2)


def collect(runs: RunsTable, series: str, at: datetime, asked: int, got: int) -> None:
    names = [f"T{n}" for n in range(asked)]
    runs.begin(series, at, asked)
    runs.add(Part(series, at, tuple(names[:got]), dict.fromkeys(names[got:], "no_data"), Decimal("1.5")))


def anomalies(bench: Bench) -> list[tuple[Any, ...]]:
    found = [e for e in bench.announced() if e.type == "CollectionAnomalyDetected.v1"]
    return [(e.data["series"], e.data["minute"], e.data["why"]) for e in found]


SILENT = ("quotes", "2021-01-27T17:00:00Z", "silent")


def test_an_outage_of_the_provider_is_told_once_and_the_next_one_anew() -> None:
    with Bench("market_data", "watch_collection", PROVIDERS="recorded") as bench:
        watch, quotes, bars = bench.handler, handler_of("collect_quotes"), handler_of("collect_bars")

        def tick(handler: Any, at: datetime, *, provider_up: bool = True) -> None:
            body = BARS if provider_up else BARS.splitlines()[0]
            bench.bucket().put_object(Key="recorded/bars.csv", Body=body)
            bench.handler = handler
            assert bench.deliver(due(at)) == []

        tick(bars, EVENING_BEFORE)
        tick(quotes, NOON)
        for minutes in range(5, 60, 5):
            if minutes % 15 == 0:
                tick(quotes, after(minutes), provider_up=False)
            tick(watch, after(minutes))
        assert anomalies(bench) == [("quotes", "2021-01-27T17:20:00Z", "silent")]
        tick(quotes, after(60))
        for minutes in range(60, 90, 5):
            tick(watch, after(minutes))
        assert anomalies(bench)[1:] == [("quotes", "2021-01-27T18:20:00Z", "silent")]


def test_a_repeat_announces_the_same_and_keeps_one_record() -> None:
    with Bench("market_data", "watch_collection") as bench:
        ready(bench)
        bench.deliver(due())
        kept = bench.dump()
        assert bench.deliver(due(after(5)), due()) == []
        assert bench.dump() == kept
        assert anomalies(bench) == [SILENT] * 2
        assert len({e.id for e in bench.announced()}) == 1


def test_ticks_in_another_order_tell_an_outage_once() -> None:
    with Bench("market_data", "watch_collection") as bench:
        ready(bench, after(-60))
        assert bench.deliver(due(after(5)), due()) == []
        assert anomalies(bench) == [("quotes", "2021-01-27T17:05:00Z", "silent")]


def test_a_crash_after_the_write_announces_on_the_second_try() -> None:
    with Bench("market_data", "watch_collection") as bench:
        ready(bench)
        with bench.refuse_announcements(), pytest.raises(BusDown):
            bench.deliver(due())
        assert bench.deliver(due(after(5))) == []
        assert anomalies(bench) == []
        assert bench.deliver(due()) == []
        assert anomalies(bench) == [SILENT]


def test_a_poison_message_hurts_only_itself() -> None:
    with Bench("market_data", "watch_collection") as bench:
        ready(bench)
        assert bench.deliver("{", due(), "7") == [0, 2]
        assert anomalies(bench) == [SILENT]


def test_a_run_of_unusual_size_is_told_with_its_z_score() -> None:
    with Bench("market_data", "watch_collection") as bench:
        ready(bench, NOON)
        runs = RunsTable(bench.table("CollectionRuns"))
        for weeks, got in enumerate([40, 41, 40, 39, 40, 40], 1):
            collect(runs, "quotes", NOON - timedelta(weeks=weeks), 42, got)
        bench.deliver(due(after(5)))
        (event,) = bench.announced()
        assert (event.data["why"], event.data["seen"], event.data["expected"]) == ("unusual", 2, "40.00")
        assert event.data["z_score"] == "-60.08"


def test_a_holiday_is_not_watched() -> None:
    with Bench("market_data", "watch_collection") as bench:
        assert bench.deliver(due(datetime(2021, 1, 18, 17, tzinfo=UTC))) == []
        assert (bench.announced(), bench.table("CollectionRuns").scan()["Items"]) == ([], [])


def test_collections_and_anomalies_are_counted_where_the_alarm_looks(
    capsys: pytest.CaptureFixture[str],
) -> None:
    with Bench("market_data", "watch_collection", PROVIDERS="recorded") as bench:
        bench.bucket().put_object(Key="recorded/bars.csv", Body=BARS)
        watch, bench.handler = bench.handler, handler_of("collect_quotes")
        bench.deliver(due(), due(after(15)))
        bench.handler = watch
        bench.deliver(due(after(60)))
    lines = [json.loads(line) for line in capsys.readouterr().out.splitlines() if "_aws" in line]
    collected, again, silent = lines[:3]
    (told,) = collected["_aws"]["CloudWatchMetrics"]
    assert (told["Namespace"], told["Dimensions"]) == ("tickertape", [["series", "service"]])
    assert [m["Name"] for m in told["Metrics"]] == ["success_count", "failed_count", "duration_seconds"]
    assert (collected["service"], collected["series"]) == ("market_data", "quotes")
    assert (collected["success_count"], collected["failed_count"]) == ([1.0], [0.0])
    assert again["success_count"] == [1.0]
    assert silent["_aws"]["CloudWatchMetrics"][0]["Dimensions"] == [["service"]]
    assert silent["anomaly_count"] == [1.0]


def test_the_alarm_counts_what_the_handler_writes() -> None:
    template = yaml_parse((ROOT / "services" / "market_data" / "template.yaml").read_text("utf-8"))
    alarm = template["Resources"]["CollectionAnomalous"]["Properties"]
    assert (alarm["Namespace"], alarm["MetricName"]) == ("tickertape", "anomaly_count")
    assert alarm["Dimensions"] == [{"Name": "service", "Value": "market_data"}]
    assert alarm["TreatMissingData"] == "notBreaching"
