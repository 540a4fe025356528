"""Valid things to begin a test with; say only what matters: `a_score(polarity="0.8")`."""

from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from contracts.events.app import ContactChangedV1, TickerFollowedV1
from contracts.events.envelope import Envelope, Event, announce
from contracts.events.ingestion import PostIngestedV1
from contracts.events.market_data import (
    CollectionAnomalyDetectedV1,
    DailyBarClosedV1,
    DrawdownsRankedV1,
    PriceUpdatedV1,
    QuoteCorrectedV1,
)
from contracts.events.notifications import AlertFiredV1
from contracts.events.prediction import DirectionPredictedV1, PredictionResolvedV1
from contracts.events.sentiment import RescoreCompletedV1, SentimentScoredV1, TickerSentimentShiftedV1
from contracts.events.summaries import BriefingPreparedV1, DailySummaryPublishedV1

NOON = datetime(2021, 1, 27, 17, 0, tzinfo=UTC)
"""Noon in New York on 27 January 2021, a regular session."""


def enveloped(event: Event, *, at: datetime = NOON, key: str = "") -> Envelope:
    """*event* as it stands on the bus; the same event and key give the same id."""
    return announce(event, key=key or f"test/{event.detail_type}/{event.subject}", at=at)


@dataclass
class Said:
    """Stands in for `Publish`: keeps what a use-case announced."""

    cause: Envelope
    envelopes: list[Envelope] = field(default_factory=list)
    events: list[Event] = field(default_factory=list)

    def __call__(self, event: Event, *, at: datetime | None = None) -> Envelope:
        envelope = announce(event, cause=self.cause, at=at or self.cause.time)
        self.envelopes.append(envelope)
        self.events.append(event)
        return envelope


def a_post(**changes: Any) -> PostIngestedV1:
    found = {"ticker": "GME", "confidence": "0.9", "start": 0, "end": 3, "how": "symbol"}
    given = {
        "post_id": "reddit:t3_l6q0aa",
        "source_name": "reddit",
        "community": "wallstreetbets",
        "kind": "submission",
        "author": "a1b2c3",
        "created_at": NOON,
        "title": "GME is flying",
        "text": "Bought more this morning and I am very happy.",
        "tickers": [found],
        "score": 120,
        "comments": 14,
        "cluster": "c0ffee",
    }
    return PostIngestedV1.model_validate(given | changes)


def a_score(**changes: Any) -> SentimentScoredV1:
    given = {
        "post_id": "reddit:t3_l6q0aa",
        "ticker": "GME",
        "posted_at": NOON,
        "polarity": "0.700",
        "negative": "0.1",
        "neutral": "0.1",
        "positive": "0.8",
        "confidence": "0.8",
        "label": "positive",
        "method": "model",
        "model": "minilm-l6",
        "model_version": "1",
    }
    return SentimentScoredV1.model_validate(given | changes)


def a_shift(**changes: Any) -> TickerSentimentShiftedV1:
    given = {
        "ticker": "GME",
        "window": "PT1H",
        "window_end": NOON,
        "mean": "0.520",
        "previous": "0.100",
        "mentions": 42,
        "usual_mentions": "8.5",
        "velocity": "3.53",
        "unique_authors": 38,
        "near_duplicate_share": "0.12",
        "fallback_share": "0",
        "because": ["sentiment", "mentions"],
        "evidence": ["score-1", "score-2"],
    }
    return TickerSentimentShiftedV1.model_validate(given | changes)


def a_quote(**changes: Any) -> PriceUpdatedV1:
    given = {
        "ticker": "GME",
        "as_of": NOON,
        "price": "347.51",
        "previous_close": "147.98",
        "change_pct": "134.84",
        "session": "regular",
        "provider": "recorded",
        "confirmed": True,
    }
    return PriceUpdatedV1.model_validate(given | changes)


def a_bar(**changes: Any) -> DailyBarClosedV1:
    given = {
        "ticker": "GME",
        "date": "2021-01-27",
        "open": "354.83",
        "high": "380.00",
        "low": "249.00",
        "close": "347.51",
        "adjusted_close": "347.51",
        "volume": 93396700,
        "previous_close": "147.98",
        "change_pct": "134.84",
        "provider": "recorded",
    }
    return DailyBarClosedV1.model_validate(given | changes)


def a_follow(**changes: Any) -> TickerFollowedV1:
    given = {
        "user_id": "alice",
        "ticker": "GME",
        "rules": [{"kind": "price_move", "threshold": "10"}],
        "followed_at": datetime(2021, 1, 20, 12, 0, tzinfo=UTC),
    }
    return TickerFollowedV1.model_validate(given | changes)


def a_contact(**changes: Any) -> ContactChangedV1:
    given = {
        "user_id": "alice",
        "channels": [
            {"kind": "inbox", "verified": True},
            {"kind": "email", "address": "alice@example.com", "verified": True},
        ],
        "time_zone": "America/New_York",
        "changed_at": datetime(2021, 1, 20, 11, 0, tzinfo=UTC),
    }
    return ContactChangedV1.model_validate(given | changes)


def a_forecast(**changes: Any) -> DirectionPredictedV1:
    given = {
        "ticker": "GME",
        "date": "2021-01-27",
        "horizon": 1,
        "direction": "no_edge",
        "probability_up": "0.51",
        "baseline": "0.52",
        "accuracy": "0.53",
        "accuracy_low": "0.49",
        "accuracy_high": "0.57",
        "samples": 600,
        "edge": False,
        "model": "logistic",
        "model_version": "1",
        "record_hash": "0" * 64,
        "previous_hash": "1" * 64,
        "reference_close": "347.51",
    }
    return DirectionPredictedV1.model_validate(given | changes)


def a_summary(**changes: Any) -> DailySummaryPublishedV1:
    day = {
        "ticker": "GME",
        "mentions": 120,
        "unique_authors": 98,
        "engagement": "510.25",
        "scored": 118,
        "polarity_mean": "0.410",
        "polarity_stddev": "0.3",
        "polarity_min": "-0.900",
        "polarity_max": "0.950",
        "mood": "bullish",
        "close": "347.51",
        "change_pct": "134.84",
        "text": "GME was the talk of the day.",
        "sources": ["reddit:t3_l6q0aa"],
    }
    given = {
        "date": "2021-01-27",
        "window_start": datetime(2021, 1, 27, 12, 0, tzinfo=UTC),
        "window_end": datetime(2021, 1, 28, 0, 0, tzinfo=UTC),
        "posts": 270,
        "headline": "GME led the talk on 27 January 2021.",
        "tickers": [day],
        "written_by": "template",
    }
    return DailySummaryPublishedV1.model_validate(given | changes)


def an_alert(**changes: Any) -> AlertFiredV1:
    given = {
        "notification_id": "n-1",
        "user_id": "alice",
        "ticker": "GME",
        "rule": "price_move",
        "channels": ["inbox", "email"],
        "title": "GME +134.8 %",
        "body": "GME stands at $347.51.",
        "reason": "moved 134.84 %, the line was 10 %",
        "occurred_at": NOON,
        "evidence": ["follow-1", "price-1"],
    }
    return AlertFiredV1.model_validate(given | changes)


def a_rescore(**changes: Any) -> RescoreCompletedV1:
    given = {
        "run": "2021-01-28-minilm-2",
        "since": datetime(2021, 1, 27, 0, 0, tzinfo=UTC),
        "until": datetime(2021, 1, 28, 0, 0, tzinfo=UTC),
        "model": "minilm-l6-int8-money",
        "model_version": "2",
        "completed_at": datetime(2021, 1, 28, 1, 0, tzinfo=UTC),
        "posts": 386,
        "rescored": 380,
        "withheld": 6,
        "changed": 21,
        "mean_shift": "0.013",
        "report": "s3://tickertape-sentiment-000000000000/rescored/2021-01-28-minilm-2/report.json",
    }
    return RescoreCompletedV1.model_validate(given | changes)


def a_correction(**changes: Any) -> QuoteCorrectedV1:
    given = {
        "ticker": "GME",
        "as_of": NOON,
        "was": "347.51",
        "corrected": "151.20",
        "previous_close": "147.98",
        "was_change_pct": "134.84",
        "change_pct": "2.18",
        "why": "the bar of the session says otherwise",
        "provider": "recorded",
        "corrected_at": datetime(2021, 1, 27, 23, 0, tzinfo=UTC),
    }
    return QuoteCorrectedV1.model_validate(given | changes)


def a_ranking(**changes: Any) -> DrawdownsRankedV1:
    fallen = {
        "rank": 1,
        "ticker": "GME",
        "close": "53.50",
        "peak": "347.51",
        "peak_date": "2021-01-27",
        "drawdown_pct": "-84.60",
        "sessions_since_peak": 6,
    }
    given = {
        "universe": "tracked",
        "date": "2021-02-04",
        "sessions": 180,
        "peak_of": "close",
        "ranked": 1,
        "set_aside": [{"ticker": "BRK.B", "why": "too_few_bars"}],
        "top": [fallen],
        "table": "s3://tickertape-market-data-000000000000/drawdowns/universe=tracked/dt=2021-02-04/20210204T233000Z.parquet",
    }
    return DrawdownsRankedV1.model_validate(given | changes)


def an_anomaly(**changes: Any) -> CollectionAnomalyDetectedV1:
    given = {"series": "quotes", "minute": NOON, "expected": "12", "seen": 0, "why": "silent"}
    return CollectionAnomalyDetectedV1.model_validate(given | changes)


def a_resolution(**changes: Any) -> PredictionResolvedV1:
    given = {
        "ticker": "GME",
        "date": "2021-01-27",
        "horizon": 1,
        "resolved_on": "2021-01-28",
        "direction": "no_edge",
        "probability_up": "0.51",
        "outcome": "down",
        "reference_close": "347.51",
        "close": "193.60",
        "brier": "0.2601",
        "resolved": 1,
        "brier_mean": "0.2601",
        "brier_baseline": "0.25",
        "record_hash": "0" * 64,
    }
    return PredictionResolvedV1.model_validate(given | changes)


def a_briefing(**changes: Any) -> BriefingPreparedV1:
    place = "s3://tickertape-summaries-000000000000/briefings/dt=2021-01-27/daily/alice"
    given = {
        "user_id": "alice",
        "cadence": "daily",
        "date": "2021-01-27",
        "subject_line": "27 January 2021: GME +134.8 %",
        "tickers": ["GME"],
        "text_part": f"{place}.txt",
        "html_part": f"{place}.html",
    }
    return BriefingPreparedV1.model_validate(given | changes)
