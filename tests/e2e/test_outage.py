"""Nobody has prices for a while: what is told of it on the real queues."""

from datetime import UTC, datetime, timedelta

from tools.tape.platform import Platform

NOON = datetime(2022, 6, 1, 16, tzinfo=UTC)
"""A session that no recorded file reaches."""


def test_five_minutes_after_a_tick_that_brought_nothing_an_outage_is_told_once(platform: Platform) -> None:
    platform.tick("market_data-quotes-due", NOON)
    platform.settle()
    for minutes in (5, 10):
        platform.tick("market_data-watch-due", NOON + timedelta(minutes=minutes))
        platform.settle()
    told = [
        (e.data["minute"], e.data["why"], e.data["seen"])
        for e in platform.journal()
        if e.type == "CollectionAnomalyDetected.v1"
        and e.data["series"] == "quotes"
        and e.data["minute"].startswith("2022-06-01")
    ]
    assert told == [("2022-06-01T16:05:00Z", "silent", 0)]
