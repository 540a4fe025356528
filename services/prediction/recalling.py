"""Answers GET /track-record: what the forecasts of a ticker were worth, beside who knows nothing."""

from collections.abc import Mapping, Sequence
from http import HTTPStatus
from math import log
from typing import Any, Protocol

from contracts.events.prediction import PredictionResolvedV1
from services.prediction.asking import QuestionRefused, asked_ticker
from services.prediction.chaining import Chain, check_chain
from services.prediction.replying import refuse, reply
from services.prediction.resolving import BRIER_OF_HALF
from services.prediction.serving import HORIZONS

_LEAST_CHANCE = 0.00005
"""Half of the last place a probability is told with: 0 and 1 would lose without bound."""


class NothingRecorded(QuestionRefused):
    """The question is sound; there is no forecast it could be about."""


class Forecasts(Protocol):
    def chain(self, ticker: str, horizon: int) -> Chain: ...


def answer_track_record(
    request: dict[str, Any], context: object = None, *, forecasts: Forecasts
) -> dict[str, Any]:
    """Answers an API Gateway proxy request. A refusal is a problem (RFC 9457) naming field and remedy."""
    asked = request.get("queryStringParameters") or {}
    try:
        ticker = asked_ticker({"ticker": asked.get("ticker")})
        chains = {days: forecasts.chain(ticker, days) for days in _horizons(asked)}
        if not any(chain.records for chain in chains.values()):
            raise NothingRecorded("ticker", f"no forecast of {ticker} is recorded here; ask for another")
    except NothingRecorded as nothing:
        return refuse(request, HTTPStatus.NOT_FOUND, nothing)
    except QuestionRefused as refused:
        return refuse(request, HTTPStatus.BAD_REQUEST, refused)
    return reply({"ticker": ticker, "horizons": [_told(days, chain) for days, chain in chains.items()]})


def _horizons(asked: Mapping[str, Any]) -> Sequence[int]:
    if (stated := asked.get("horizon")) is None:
        return HORIZONS
    found = [days for days in HORIZONS if str(days) == stated]
    if not found:
        raise QuestionRefused("horizon", f"send one of {', '.join(map(str, HORIZONS))}, or leave it out")
    return found


def _told(days: int, chain: Chain) -> dict[str, Any]:
    broken = check_chain(chain)
    verdict = {"intact": False, "broken": broken.day, "why": broken.why} if broken else {"intact": True}
    worths = [each.worth for each in chain.records if each.worth]
    return {"days": days, "recorded": len(chain.records), **track_record(worths), "chain": verdict}


def track_record(worths: Sequence[PredictionResolvedV1]) -> dict[str, Any]:
    """Figures over resolved forecasts, None where there are none. Of both scores, lower is better.

    Hits are of forecasts that told a direction. Their baseline is the better of "always up" and "always down"
    over the same forecasts, known only afterwards: the hardest one without a model.
    """
    told = [one for one in worths if one.correct is not None]
    up = _mean([one.outcome == "up" for one in told])
    return {
        "resolved": len(worths),
        "last_resolved_on": str(max(one.resolved_on for one in worths)) if worths else None,
        "directions_told": len(told),
        "hit_rate": _mean([bool(one.correct) for one in told]),
        "hit_rate_baseline": None if up is None else max(up, round(1 - up, 6)),
        "brier": _mean([one.brier for one in worths]),
        "brier_baseline": float(BRIER_OF_HALF),
        "log_loss": _mean([_log_loss(one) for one in worths]),
        "log_loss_baseline": round(log(2), 6),
    }


def _log_loss(one: PredictionResolvedV1) -> float:
    """−ln of the chance that was given to what happened."""
    chance = float(one.probability_up if one.outcome == "up" else 1 - one.probability_up)
    return -log(max(chance, _LEAST_CHANCE))


def _mean(values: Sequence[Any]) -> float | None:
    return round(float(sum(values) / len(values)), 6) if values else None
