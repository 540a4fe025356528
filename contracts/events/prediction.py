"""Events the prediction service announces: forecasts with what they were worth so far."""

from typing import Annotated

from pydantic import Field, StringConstraints

from contracts.events.envelope import Day, Event, Money, Name, Share, Ticker, Total
from contracts.events.open_lists import OpenEnum

SOURCE = "tickertape.prediction"

Hash = Annotated[
    str,
    StringConstraints(pattern=r"^[0-9a-f]{64}$"),
    Field(description="SHA-256 in hexadecimal", examples=["0f" * 32]),
]
Direction = Annotated[str, OpenEnum("up", "down", "no_edge"), Field(description="what is forecast")]


class DirectionPredictedV1(
    Event, source=SOURCE, detail_type="DirectionPredicted.v1", about=("ticker", "date", "horizon")
):
    """A forecast of a ticker's direction, made at the close of *date*, for *horizon* sessions ahead."""

    ticker: Ticker
    date: Day = Field(description="the session at whose close it is forecast")
    horizon: int = Field(ge=1, le=63, description="sessions", examples=[1])
    direction: Direction
    probability_up: Share = Field(description="probability that the close is above the reference, 0…1")
    baseline: Share = Field(description="walk-forward accuracy of the better of majority class and always-up")
    accuracy: Share | None = Field(
        default=None, description="walk-forward accuracy; none before there is any"
    )
    accuracy_low: Share | None = Field(default=None, description="lower end of its 95 % Wilson interval")
    accuracy_high: Share | None = Field(default=None, description="upper end of the same interval")
    samples: Total = Field(description="out-of-sample forecasts behind the accuracy")
    edge: bool = Field(description="accuracy_low is above the baseline", examples=[False])
    model: Name = Field(description="which kind of model", examples=["logistic"])
    model_version: Name = Field(description="which version of it", examples=["1"])
    record_hash: Hash = Field(description="SHA-256 over this record and previous_hash")
    previous_hash: Hash = Field(description="the record before it; SHA-256 as well")
    reference_close: Money = Field(description="close the outcome is measured from")


class PredictionResolvedV1(
    Event, source=SOURCE, detail_type="PredictionResolved.v1", about=("ticker", "date", "horizon")
):
    """The close a forecast was about is known; this is what the forecast was worth."""

    ticker: Ticker
    resolved_on: Day = Field(description="the session whose close decided")
    date: Day = Field(description="the session at whose close it was forecast")
    horizon: int = Field(ge=1, le=63, description="sessions", examples=[1])
    direction: Direction = Field(description="what was forecast")
    probability_up: Share = Field(description="probability that the close is above the reference, 0…1")
    outcome: Annotated[str, OpenEnum("up", "down")] = Field(
        description="up: the close is above the reference"
    )
    correct: bool | None = Field(
        default=None, description="none where no direction was forecast", examples=[True]
    )
    reference_close: Money = Field(description="close the outcome is measured from, US dollars")
    close: Money = Field(description="close that decided, US dollars")
    brier: Share = Field(description="(probability up − outcome)², outcome 1 for up; Brier (1950)")
    resolved: int = Field(
        ge=1,
        description="forecasts of this ticker and horizon resolved so far, this one included",
        examples=[12],
    )
    brier_mean: Share = Field(description="mean over them")
    brier_baseline: Share = Field(description="the same for a forecast of ½ every time: 0.25")
    record_hash: Hash = Field(description="the record of the forecast")
