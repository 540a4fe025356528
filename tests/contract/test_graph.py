"""The graph: every event is made by and for somebody, none goes round, rules take their own and no more."""

import json
from collections.abc import Iterator, Mapping
from datetime import datetime
from itertools import pairwise, product
from pathlib import Path
from typing import Any

import boto3
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from moto import mock_aws
from types_boto3_events.type_defs import PutEventsRequestEntryTypeDef

from contracts.events.catalogue import EVENTS
from tools.contracts.announcing import announced
from tools.contracts.drawing import svg
from tools.contracts.for_others import FOR_OTHERS, RETIRED
from tools.contracts.graph import Lambda, cycles, graph, mermaid
from tools.contracts.layout import Box, place
from tools.contracts.shelf import OURS, ROOT
from tools.contracts.wiring import inboxes, rule_for

GRAPH = graph(ROOT)
INBOXES = inboxes(ROOT)


def test_no_event_is_without_somebody_who_makes_it() -> None:
    unmade = {event.detail_type for event in GRAPH.events if event.by != "app" and not event.makers}
    assert unmade == {name for name in RETIRED if EVENTS[name].source != "tickertape.app"}


def test_an_event_nobody_here_hears_says_whom_it_is_meant_for_and_no_other_does() -> None:
    unheard = {event.detail_type for event in GRAPH.events if not event.heard_by}
    assert unheard == {*FOR_OTHERS, *RETIRED}


def test_no_event_leads_back_to_itself() -> None:
    assert cycles(GRAPH.lambdas) == []


def test_a_planted_ring_is_found_once_by_its_shortest_way() -> None:
    answer = Lambda("market_data", "answer_alerts", ("AlertFired.v1",), ("PriceUpdated.v1",))
    assert cycles([*GRAPH.lambdas, answer]) == [["PriceUpdated.v1", "AlertFired.v1"]]


def test_every_inbox_is_emptied_by_a_lambda() -> None:
    assert [inbox for inbox in INBOXES if not inbox.function] == []


@pytest.fixture
def aws(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.setenv(name, "test")
    monkeypatch.setenv("AWS_DEFAULT_REGION", "us-east-1")
    monkeypatch.delenv("AWS_ENDPOINT_URL", raising=False)
    with mock_aws():
        yield


def _matched(patterns: Mapping[str, Mapping[str, Any]], source: str | None = None) -> dict[str, set[str]]:
    """Puts every sample on a bus with these rules, under its own source or *source*; what each rule took.

    The matcher is moto's, written after EventBridge's: it vouches for our patterns, which only list sources
    and detail-types, and not for a pattern with operators.
    """
    events, sqs = boto3.client("events"), boto3.client("sqs")
    events.create_event_bus(Name="bus")
    queues = {}
    for number, (name, pattern) in enumerate(patterns.items()):
        queues[name] = sqs.create_queue(QueueName=f"queue-{number}")["QueueUrl"]
        events.put_rule(Name=f"rule-{number}", EventBusName="bus", EventPattern=json.dumps(pattern))
        arn = f"arn:aws:sqs:us-east-1:123456789012:queue-{number}"
        events.put_targets(Rule=f"rule-{number}", EventBusName="bus", Targets=[{"Id": "queue", "Arn": arn}])
    for detail_type in EVENTS:
        detail = OURS.sample(detail_type)
        entry: PutEventsRequestEntryTypeDef = {
            "EventBusName": "bus",
            "Source": source or detail["source"],
            "DetailType": detail_type,
            "Time": datetime.fromisoformat(detail["time"]),
            "Detail": json.dumps(detail),
        }
        assert events.put_events(Entries=[entry])["FailedEntryCount"] == 0
    return {name: _taken(sqs, url) for name, url in queues.items()}


def _taken(sqs: Any, url: str) -> set[str]:
    found = set()
    while messages := sqs.receive_message(QueueUrl=url, MaxNumberOfMessages=10).get("Messages"):
        found |= {json.loads(message["Body"])["detail-type"] for message in messages}
    return found


@pytest.mark.usefixtures("aws")
def test_every_inbox_takes_the_events_it_lists_and_no_others() -> None:
    taken = _matched({f"{inbox.service}.{inbox.name}": inbox.rule for inbox in INBOXES})
    for inbox in INBOXES:
        wanted = set(EVENTS) if inbox.takes_everything else set(inbox.detail_types)
        assert taken[f"{inbox.service}.{inbox.name}"] == wanted


@pytest.mark.usefixtures("aws")
def test_the_rule_of_the_catalogue_takes_its_event_and_no_other() -> None:
    assert _matched({name: rule_for(name) for name in EVENTS}) == {name: {name} for name in EVENTS}


@pytest.mark.usefixtures("aws")
def test_no_inbox_takes_an_event_from_a_source_that_is_not_ours() -> None:
    taken = _matched(
        {f"{inbox.service}.{inbox.name}": inbox.rule for inbox in INBOXES}, source="somebody.else"
    )
    assert set().union(*taken.values()) == set()


def test_a_lambda_announces_what_its_code_reaches_and_makes_not_what_it_reads(tmp_path: Path) -> None:
    service = tmp_path / "services" / "sentiment"
    (service / "handlers").mkdir(parents=True)
    (service / "handlers" / "score.py").write_text(
        "from services.sentiment import scoring\nhandler = consume({PostIngestedV1: scoring.score})\n",
        "utf-8",
    )
    (service / "scoring.py").write_text(
        "from contracts.events.sentiment import SentimentScoredV1, TickerSentimentShiftedV1\n"
        "from contracts.events.sentiment import SentimentWithheldV1\n"
        "def score(post): return told(post)\n"
        "def told(post): return SentimentScoredV1(post_id=post.post_id)\n"
        "def read(text): return TickerSentimentShiftedV1.read(text)\n"
        "def withhold(post): return SentimentWithheldV1()\n",
        "utf-8",
    )
    assert announced("sentiment", "score", tmp_path) == ["SentimentScored.v1"]


def test_every_service_and_event_is_drawn() -> None:
    drawn, text = svg(GRAPH), mermaid(GRAPH)
    for name in [*GRAPH.services, *EVENTS]:
        assert name in drawn
        assert name in text
    assert GRAPH.as_json()["services"] == GRAPH.services


EDGES = st.lists(
    st.tuples(st.sampled_from("abcdefgh"), st.sampled_from("abcdefgh")), max_size=16, unique=True
)


@settings(max_examples=150, deadline=None, derandomize=True)
@given(EDGES, st.lists(st.floats(20, 200), min_size=8, max_size=8))
def test_boxes_never_overlap_and_arrows_run_down(edges: list[tuple[str, str]], widths: list[float]) -> None:
    boxes = {name: Box(width, 30) for name, width in zip("abcdefgh", widths, strict=True)}
    downward = [(a, b) for a, b in edges if a < b]
    placed = place(boxes, downward, gap=10, drop=40, margin=5)

    named = sorted(placed.centres[name] + (boxes[name].width,) for name in boxes)
    for row in {y for _, y, _ in named}:
        for (x0, _, w0), (x1, _, w1) in pairwise(n for n in named if n[1] == row):
            assert x1 - x0 >= (w0 + w1) / 2 + 10 - 1e-6
    for way in placed.ways.values():
        assert all(y0 < y1 for (_, y0), (_, y1) in pairwise(way))
    assert all(0 < x < placed.width and 0 < y < placed.height for x, y, _ in named)


@settings(max_examples=150, deadline=None, derandomize=True)
@given(EDGES, st.lists(st.floats(20, 90), min_size=8, max_size=8))
def test_an_arrow_keeps_clear_of_every_box_it_passes(
    edges: list[tuple[str, str]], heights: list[float]
) -> None:
    boxes = {name: Box(60, height) for name, height in zip("abcdefgh", heights, strict=True)}
    placed = place(boxes, [(a, b) for a, b in edges if a < b], gap=10, drop=40, margin=5)
    for way in placed.ways.values():
        for ((x0, y0), (x1, y1)), name in product(pairwise(way), boxes):
            (x, y), half = placed.centres[name], boxes[name].height / 2
            if y0 < y + half - 1e-6 and y1 > y - half + 1e-6:
                assert x0 == x1
                assert abs(x - x0) >= 30 + 10 - 1e-6


@settings(max_examples=100, deadline=None, derandomize=True)
@given(EDGES)
def test_a_graph_with_rings_is_drawn_all_the_same(edges: list[tuple[str, str]]) -> None:
    boxes = {name: Box(50, 30) for name in "abcdefgh"}
    rings = [(a, b) for a, b in edges if a != b]
    placed = place(boxes, rings, gap=10, drop=40, margin=5)
    assert set(placed.ways) == set(rings)
    assert len({placed.centres[name] for name in boxes}) == len(boxes)
