"""What was heard is kept with the envelope that said it, whatever the forecast does."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import cast

from contracts.events.envelope import Envelope, Publish
from contracts.events.market_data import DailyBarClosedV1
from contracts.events.sentiment import TickerSentimentShiftedV1
from services.prediction.forecasting import Forecaster, Outcome
from services.prediction.hearing import hear_bars, hear_moods
from tests.builders import Said, a_bar, a_shift, enveloped
from tests.unit.prediction.test_forecasting import Log


@dataclass
class Kept:
    bars: list[tuple[DailyBarClosedV1, Envelope]] = field(default_factory=list)
    moods: list[tuple[TickerSentimentShiftedV1, Envelope]] = field(default_factory=list)

    def keep_bars(self, heard: Sequence[tuple[DailyBarClosedV1, Envelope]]) -> None:
        self.bars += heard

    def keep_moods(self, heard: Sequence[tuple[TickerSentimentShiftedV1, Envelope]]) -> None:
        self.moods += heard


@dataclass
class Asked:
    """Stands in for the forecaster: AMC's chain is damaged."""

    kept: Kept
    log: Log = field(default_factory=Log)
    closes: list[tuple[str, date, int]] = field(default_factory=list)

    def __call__(self) -> Forecaster:
        return cast("Forecaster", self)

    def tell(self, ticker: str, session: date, publish: Publish) -> Outcome:
        self.closes.append((ticker, session, len(self.kept.bars) + len(self.kept.moods)))
        if ticker == "AMC":
            raise ValueError("damaged")
        return "told"


def test_bars_are_kept_before_any_is_forecast_and_filled_gaps_are_neither() -> None:
    friday, saturday, empty = a_bar(date="2021-01-29"), a_bar(date="2021-01-30"), a_bar(volume=0)
    amc = a_bar(ticker="AMC", date="2021-01-29")
    asked = Asked(kept := Kept())
    heard = [(bar, Said(enveloped(bar))) for bar in (saturday, amc, empty, friday)]

    assert hear_bars(heard, observations=kept, forecaster=asked) == {1}
    assert kept.bars == [(amc, enveloped(amc)), (friday, enveloped(friday))]
    assert asked.closes == [("AMC", friday.date, 2), ("GME", friday.date, 2)]
    assert [line for line, _ in asked.log.lines] == ["forecast.failed", "forecasts.made"]


def test_a_shift_is_kept_and_asks_for_the_last_close_before_it() -> None:
    shift = a_shift()  # within Wednesday's session
    asked = Asked(kept := Kept())

    assert hear_moods([(shift, Said(enveloped(shift)))], observations=kept, forecaster=asked) == set()
    assert kept.moods == [(shift, enveloped(shift))]
    assert asked.closes == [("GME", date(2021, 1, 26), 1)]


def test_what_a_word_list_alone_has_read_is_not_kept() -> None:
    shift, rough = a_shift(fallback_share="0.9"), a_shift(fallback_share="1")
    kept = Kept()
    heard = [(one, Said(enveloped(one))) for one in (rough, shift)]
    hear_moods(heard, observations=kept, forecaster=Asked(kept))

    assert kept.moods == [(shift, enveloped(shift))]
