"""GET /track-record: what forecasts were worth, and what is refused."""

import json
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import pytest

from services.prediction.chaining import Chain, Written
from services.prediction.recalling import answer_track_record, track_record
from tests.builders import a_resolution
from tests.unit.prediction.test_chaining import WHOLE


class Chains:
    """Stands in for the forecasts table: GME at one session."""

    def __init__(self, chain: Chain) -> None:
        self._chain = chain

    def chain(self, ticker: str, horizon: int) -> Chain:
        return self._chain if (ticker, horizon) == ("GME", 1) else Chain("none", None, [])


def with_worths(*worths: Any) -> Chain:
    records: Sequence[Written] = WHOLE.records
    beside = []
    for record, worth in zip(records, worths, strict=False):
        own = worth.model_copy(update={"record_hash": json.loads(record.text)["record_hash"]})
        beside.append(replace(record, worth=own, resolved_by="a tick"))
    return replace(WHOLE, records=[*beside, *records[len(beside) :]])


def ask(asked: dict[str, str] | None, chain: Chain = WHOLE) -> tuple[int, dict[str, Any]]:
    request = {"queryStringParameters": asked, "requestContext": {"requestId": "request-1"}}
    answer = answer_track_record(request, forecasts=Chains(chain))
    kind = "application/json" if answer["statusCode"] == 200 else "application/problem+json"
    assert answer["headers"]["Content-Type"] == kind
    return answer["statusCode"], json.loads(answer["body"])


def test_scores_stand_beside_their_baselines() -> None:
    right = a_resolution(direction="down", correct=True)
    wrong = a_resolution(direction="up", correct=False, probability_up="0.7", brier="0.49")
    unsaid = a_resolution(outcome="up", brier="0.2401")
    status, answer = ask({"ticker": "GME", "horizon": "1"}, with_worths(right, wrong, unsaid))

    assert status == 200
    assert answer["horizons"] == [
        {
            "days": 1,
            "recorded": 4,
            "resolved": 3,
            "last_resolved_on": "2021-01-28",
            "directions_told": 2,
            "hit_rate": 0.5,
            "hit_rate_baseline": 1.0,
            "brier": 0.330067,
            "brier_baseline": 0.25,
            "log_loss": 0.863556,
            "log_loss_baseline": 0.693147,
            "chain": {"intact": True},
        }
    ]


def test_nothing_resolved_yet_is_told_as_not_known() -> None:
    _, answer = ask({"ticker": "gme"})
    assert [told["days"] for told in answer["horizons"]] == [1, 10, 21]
    first = answer["horizons"][0]
    assert (first["recorded"], first["resolved"]) == (4, 0)
    assert first["hit_rate"] is first["hit_rate_baseline"] is first["brier"] is first["log_loss"] is None


def test_a_chance_of_nothing_that_came_true_costs_much_but_no_infinity() -> None:
    told = track_record([a_resolution(probability_up="0.0000", outcome="up", brier="1")])
    assert told["log_loss"] == 9.903488


def test_a_broken_chain_is_said() -> None:
    changed = replace(WHOLE.records[2], text=WHOLE.records[2].text.replace('"0.51"', '"0.61"'))
    _, answer = ask(
        {"ticker": "GME"}, replace(WHOLE, records=[*WHOLE.records[:2], changed, WHOLE.records[3]])
    )
    assert answer["horizons"][0]["chain"] == {
        "intact": False,
        "broken": "2021-01-27",
        "why": "its content does not give its hash",
    }


@pytest.mark.parametrize(
    ("asked", "status", "field"),
    [
        (None, 400, "ticker"),
        ({}, 400, "ticker"),
        ({"ticker": ""}, 400, "ticker"),
        ({"ticker": "not a symbol"}, 400, "ticker"),
        ({"ticker": "G" * 10_000}, 400, "ticker"),
        ({"ticker": "GME", "horizon": "2"}, 400, "horizon"),
        ({"ticker": "GME", "horizon": "one"}, 400, "horizon"),
        ({"ticker": "GME", "horizon": ""}, 400, "horizon"),
        ({"ticker": "AMC"}, 404, "ticker"),
        ({"ticker": "GME", "horizon": "10"}, 404, "ticker"),
    ],
)
def test_what_cannot_be_answered_names_its_field(asked: Any, status: int, field: str) -> None:
    answered, problem = ask(asked)
    assert (answered, problem["field"], problem["instance"]) == (status, field, "request-1")
