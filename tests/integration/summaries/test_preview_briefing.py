"""PreviewBriefing's real handler, as API Gateway calls it."""

import json
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import pytest

from services.summaries.summaries import SummariesTable
from services.summaries.watchers import WatchersTable
from tests.bench import Bench
from tests.builders import a_summary

BEFORE = datetime(2021, 1, 20, tzinfo=UTC)


@pytest.fixture(scope="module")
def shared() -> Iterator[Bench]:
    with Bench("summaries", "preview_briefing") as bench:
        yield bench


@pytest.fixture
def bench(shared: Bench) -> Bench:
    shared.empty()
    SummariesTable(shared.table("Summaries")).keep(a_summary())
    watchers = WatchersTable(shared.table("Watchers"))
    watchers.set_contact("alice", "Europe/Berlin", "contact-1", by_mail=True, at=BEFORE)
    watchers.watch("alice", "FOLLOW", "GME", "follow-1", at=BEFORE)
    return shared


def asked(bench: Bench, body: Any, status: int = 200) -> Any:
    answer = bench.call(
        {"body": body if isinstance(body, str) else json.dumps(body), "requestContext": {"requestId": "r-1"}}
    )
    assert answer["statusCode"] == status, answer["body"]
    return json.loads(answer["body"])


def test_a_readers_briefing_is_shown_and_nothing_is_mailed(bench: Bench) -> None:
    told = asked(bench, {"user_id": "alice", "date": "2021-01-27"})
    assert told["subject_line"] == "27 January 2021: GME +134.84%"
    assert told["tickers"] == ["GME"]
    assert "in Europe/Berlin" in told["text"]
    assert "<html" in told["html"]
    assert told["sent"] is None
    assert (bench.announced(), list(bench.bucket().objects.all())) == ([], [])


@pytest.mark.parametrize("cadence", ["daily", "weekly"])
def test_tickers_alone_are_enough_to_look(bench: Bench, cadence: str) -> None:
    told = asked(bench, {"tickers": ["GME"], "date": "2021-01-27", "cadence": cadence, "variant": "b"})
    assert "GME" in told["text"]


def test_on_demand_it_is_announced_once_an_act_and_lies_ready(bench: Bench) -> None:
    body = {"user_id": "alice", "date": "2021-01-27", "send": True}
    first, again = asked(bench, body), asked(bench, body)
    assert first["sent"] == again["sent"]
    told = [event for event in bench.announced() if event.id == first["sent"]]
    assert {event.data["cadence"] for event in told} == {"preview"}
    assert told[0].data["subject_line"].startswith("Preview: 27 January 2021")
    assert f"Receipt: {first['sent']}" in first["text"]
    assert len(list(bench.bucket().objects.all())) == 2


@pytest.mark.parametrize(
    ("body", "status", "field"),
    [
        ("{", 400, "body"),
        ({}, 400, "user_id"),
        ({"user_id": "no name"}, 400, "user_id"),
        ({"user_id": "nobody"}, 404, "user_id"),
        ({"user_id": "alice", "date": "2021-02-30"}, 400, "date"),
        ({"user_id": "alice", "date": "2020-01-01"}, 404, "date"),
        ({"user_id": "alice"}, 404, "date"),
        ({"tickers": ["TSLA"], "date": "2021-01-27"}, 404, "tickers"),
        ({"tickers": ["gme"], "date": "2021-01-27"}, 400, "tickers.0"),
        ({"tickers": ["GME"], "date": "2021-01-27", "send": True}, 400, "user_id"),
        ({"tickers": ["GME"], "time_zone": "Mars"}, 400, "time_zone"),
        ({"tickers": ["GME"], "cadence": "hourly"}, 400, "cadence"),
        ({"tickers": ["GME"], "to": "x@example.com"}, 400, "to"),
    ],
)
def test_bad_input_names_its_field(bench: Bench, body: Any, status: int, field: str) -> None:
    assert asked(bench, body, status)["field"] == field
