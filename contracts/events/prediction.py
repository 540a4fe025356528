"""Events the prediction service announces: forecasts with what they were worth so far."""

from datetime import date
from decimal import Decimal
from typing import Annotated

from pydantic import Field, StringConstraints

from contracts.events.envelope import Event, Name, OpenEnum, Share, Ticker

SOURCE = "tickertape.prediction"

Day = date
"""A calendar day; a field of that name may not say its own type."""

Hash = Annotated[str, StringConstraints(pattern=r"^[0-9a-f]{64}$")]


class DirectionPredictedV1(
    Event, source=SOURCE, detail_type="DirectionPredicted.v1", about=("ticker", "date", "horizon")
):
    """A forecast of a ticker's direction, made at the close of *date*, for *horizon* sessions ahead."""

    ticker: Ticker
    date: date
    horizon: int = Field(ge=1, le=63, description="sessions")
    direction: Annotated[str, OpenEnum("up", "down", "no_edge")]
    probability_up: Share
    baseline: Share = Field(description="walk-forward accuracy of the better of majority class and always-up")
    accuracy: Share | None = Field(
        default=None, description="walk-forward accuracy; none before there is any"
    )
    accuracy_low: Share | None = Field(default=None, description="lower end of its 95 % Wilson interval")
    accuracy_high: Share | None = None
    samples: int = Field(ge=0, description="out-of-sample forecasts behind the accuracy")
    edge: bool = Field(description="accuracy_low is above the baseline")
    model: Name
    model_version: Name
    record_hash: Hash = Field(description="SHA-256 over this record and previous_hash")
    previous_hash: Hash
    reference_close: Decimal = Field(gt=0, max_digits=16, description="close the outcome is measured from")


class PredictionResolvedV1(
    Event, source=SOURCE, detail_type="PredictionResolved.v1", about=("ticker", "date", "horizon")
):
    """The close a forecast was about is known; this is what the forecast was worth."""

    ticker: Ticker
    resolved_on: Day = Field(description="the session whose close decided")
    date: Day = Field(description="the session at whose close it was forecast")
    horizon: int = Field(ge=1, le=63, description="sessions")
    direction: Annotated[str, OpenEnum("up", "down", "no_edge")] = Field(description="what was forecast")
    probability_up: Share
    outcome: Annotated[str, OpenEnum("up", "down")] = Field(
        description="up: the close is above the reference"
    )
    correct: bool | None = Field(default=None, description="none where no direction was forecast")
    reference_close: Decimal = Field(gt=0, max_digits=16)
    close: Decimal = Field(gt=0, max_digits=16)
    brier: Share = Field(description="(probability up − outcome)², outcome 1 for up; Brier (1950)")
    resolved: int = Field(
        ge=1, description="forecasts of this ticker and horizon resolved so far, this one included"
    )
    brier_mean: Share = Field(description="mean over them")
    brier_baseline: Share = Field(description="the same for a forecast of ½ every time: 0.25")
    record_hash: Hash = Field(description="the record of the forecast")
