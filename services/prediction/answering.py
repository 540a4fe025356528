"""Answers /predict: in the strings old clients read, and beside them in fields with one meaning."""

import json
import re
from base64 import b64decode
from collections.abc import Mapping
from http import HTTPStatus
from typing import Any, Protocol

from contracts.events.prediction import DirectionPredictedV1
from services.prediction.asking import QuestionRefused, asked_figures, asked_ticker, has_figures
from services.prediction.guessing import Guess, guesses
from services.prediction.replying import refuse, reply
from services.prediction.serving import HORIZONS

LARGEST_BODY = 1024 * 1024
"""Bytes."""
_ROW_NAMES = dict(zip(HORIZONS, ("next", "week", "month"), strict=True))
_SESSION_NAMES = dict(zip(HORIZONS, ("nextDay", "twoWeek", "oneMonth"), strict=True))


class Forecasts(Protocol):
    def latest(self, ticker: str, horizon: int) -> DirectionPredictedV1 | None: ...


def answer_predict(
    request: dict[str, Any], context: object = None, *, forecasts: Forecasts
) -> dict[str, Any]:
    """Answers an API Gateway proxy request. A refusal is a problem (RFC 9457) naming field and remedy."""
    try:
        body = _query(request) if request.get("httpMethod") == "GET" else _body(request)
        answer = _from_figures(body) if has_figures(body) else _from_forecasts(body, forecasts)
    except QuestionRefused as refused:
        return refuse(request, HTTPStatus.BAD_REQUEST, refused)
    return reply(answer)


def _from_figures(body: Mapping[str, Any]) -> dict[str, Any]:
    """`next`, `week` and `month` read "<validated accuracy> <1 for up>", 0.0 where there is no accuracy.

    1 says: higher, so many rows after the newest. It never speaks of the past.
    """
    figures = asked_figures(body)
    told = guesses(figures, HORIZONS)
    strings = {_ROW_NAMES[guess.days]: _string(guess) for guess in told}
    return {
        **strings,
        "ticker": figures.ticker,
        "order": figures.order,
        "horizons": [_guess(g) for g in told],
    }


def _string(guess: Guess) -> str:
    return f"{round(guess.worth.accuracy or 0.0, 4)} {int(guess.probability_up >= 0.5)}"


def _guess(guess: Guess) -> dict[str, Any]:
    worth = guess.worth
    accuracy = None if worth.accuracy is None else round(worth.accuracy, 4)
    return {
        "days": guess.days,
        "direction": guess.direction,
        "probability": round(guess.probability_up, 4),
        "validated_accuracy": accuracy,
        "baseline": round(worth.baseline, 4),
        "n": worth.n,
        "edge": worth.edge,
    }


def _from_forecasts(body: Mapping[str, Any], forecasts: Forecasts) -> dict[str, Any]:
    """The ticker's latest recorded forecasts. `predictions` lacks a horizon without an edge."""
    ticker = asked_ticker(body)
    told = [record for days in HORIZONS if (record := forecasts.latest(ticker, days))]
    if not told:
        raise QuestionRefused(
            "ticker", f"Insufficient history of {ticker} for a forecast; send the arrays close, volume, …"
        )
    predictions = {
        _SESSION_NAMES[record.horizon]: {
            "direction": record.direction,
            "probability": float(record.probability_up),
        }
        for record in told
        if record.edge
    }
    return {"ticker": ticker, "predictions": predictions, "horizons": [_record(record) for record in told]}


def _record(record: DirectionPredictedV1) -> dict[str, Any]:
    return {
        "days": record.horizon,
        "direction": record.direction,
        "probability": float(record.probability_up),
        "validated_accuracy": None if record.accuracy is None else float(record.accuracy),
        "baseline": float(record.baseline),
        "n": record.samples,
        "edge": record.edge,
        "date": str(record.date),
        "record_hash": record.record_hash,
    }


def _query(request: Mapping[str, Any]) -> dict[str, Any]:
    """A ticker asked for in the address, where a number comes as text."""
    asked = dict(request.get("queryStringParameters") or {})
    if re.fullmatch(r"\d{1,9}", asked.get("days", ""), re.ASCII):
        asked["days"] = int(asked["days"])
    return asked


def _body(request: Mapping[str, Any]) -> dict[str, Any]:
    raw = request.get("body") or ""
    try:
        data = b64decode(raw, validate=True) if request.get("isBase64Encoded") else str(raw).encode()
        if len(data) > LARGEST_BODY:
            raise QuestionRefused("body", f"is {len(data):,} bytes; send at most {LARGEST_BODY:,}")
        body = json.loads(data)
    except (ValueError, RecursionError) as error:
        raise QuestionRefused("body", "is not JSON; send a JSON object in UTF-8") from error
    if not isinstance(body, dict):
        raise QuestionRefused("body", "is no JSON object; send one")
    return body
