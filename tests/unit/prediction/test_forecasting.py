"""The forecasts after a close, and the chain they form."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import cast

import pytest

from contracts.events.arrivals import Due
from contracts.events.prediction import DirectionPredictedV1
from services.prediction.chaining import FIRST, Link, Told, record_hash
from services.prediction.forecasting import Forecaster, predict_direction
from services.prediction.observed import Bar, Mood
from services.prediction.releasing import Release
from services.prediction.sessions import closes_at, trades_on
from tests.builders import NOON, Said, enveloped
from tests.unit.prediction.markets import bars_of, random_walk, weekdays
from tests.unit.prediction.models import EDGE, NO_EDGE, a_text

SESSIONS = weekdays(80, date(2020, 10, 12))
"""Until Friday 29 January 2021."""
FRIDAY = SESSIONS[-1]


def tick(day: date) -> Due:
    return Due(schedule="closes", due_at=closes_at(day) + timedelta(hours=2, minutes=30))


@dataclass
class Heard:
    """Stands in for the features table."""

    bars: Mapping[str, list[Bar]]

    def last_session(self, day: date) -> date | None:
        return max((bar.day for bars in self.bars.values() for bar in bars if bar.day <= day), default=None)

    def is_over(self, session: date) -> bool:
        return any(bar.day > session for bars in self.bars.values() for bar in bars)

    def tickers_of(self, session: date) -> list[str]:
        return [ticker for ticker, bars in self.bars.items() if any(bar.day == session for bar in bars)]

    def history(self, ticker: str, first: date, last: date) -> tuple[list[Bar], list[Mood]]:
        return [bar for bar in self.bars[ticker] if first <= bar.day <= last], []


@dataclass
class Chains:
    """Stands in for the forecasts table."""

    kept: list[Told] = field(default_factory=list)

    def links(self, ticker: str, day: date, horizons: Sequence[int]) -> dict[int, Link]:
        return {n: self._link(ticker, day, n) for n in horizons}

    def _link(self, ticker: str, day: date, n: int) -> Link:
        chain = [t for t in self.kept if (t.record.ticker, t.record.horizon) == (ticker, n)]
        told = next((t for t in chain if t.record.date == day), None)
        return Link(chain[-1].record.record_hash if chain else FIRST, told)

    def append(self, told: Sequence[Told]) -> None:
        self.kept += told


@dataclass
class Models:
    texts: Mapping[date, str]
    """by the day their training was due, at noon"""

    def text(self, key: str) -> str:
        return self.texts[date.fromisoformat(key)]

    def releases(self) -> tuple[list[Release], str | None]:
        return [Release(datetime.combine(day, NOON.timetz()), str(day)) for day in sorted(self.texts)], None


@dataclass
class Log:
    lines: list[tuple[object, Mapping[str, object]]] = field(default_factory=list)

    def info(self, msg: object, /, *, extra: Mapping[str, object]) -> None:
        self.lines.append((msg, extra))

    warning = info


def a_market(seed: int = 1) -> list[Bar]:
    moved = zip(random_walk(seed, len(SESSIONS)), SESSIONS, strict=True)
    return [replace(bar, day=day) for bar, day in moved]


GME_AND_AMC = Heard({"GME": a_market(1), "AMC": a_market(2)})
ONE_MODEL = Models({date(2021, 1, 16): a_text(date(2021, 1, 16), h1=EDGE, h10=NO_EDGE)})


def predict(
    due: Due,
    chains: Chains,
    *,
    heard: Heard = GME_AND_AMC,
    models: Models = ONE_MODEL,
    log: Log | None = None,
) -> list[DirectionPredictedV1]:
    said = Said(enveloped(due))
    predict_direction(due, said, observations=heard, forecasts=chains, models=models, log=log or Log())
    return [event for event in said.events if isinstance(event, DirectionPredictedV1)]


def test_every_ticker_of_the_session_gets_a_forecast_a_horizon() -> None:
    told = predict(tick(FRIDAY), Chains())

    assert {(r.ticker, r.horizon, r.date) for r in told} == {
        (ticker, days, FRIDAY) for ticker in ("GME", "AMC") for days in (1, 10)
    }


def test_a_forecast_says_what_it_is_worth_and_what_it_is_measured_from() -> None:
    told = {r.horizon: r for r in predict(tick(FRIDAY), Chains()) if r.ticker == "GME"}

    assert told[1].reference_close == GME_AND_AMC.bars["GME"][-1].close
    assert (told[1].accuracy, told[1].accuracy_low, told[1].baseline) == (
        Decimal("0.6000"),
        Decimal("0.5700"),
        Decimal("0.5200"),
    )
    assert (told[1].edge, told[1].samples) == (True, 900)
    assert told[1].model_version.startswith("2021-01-16-")


def test_a_direction_is_told_only_with_an_edge() -> None:
    rising = Heard({"UP": bars_of([1.01] * 80, first=SESSIONS[0])})
    falling = Heard({"DOWN": bars_of([0.99] * 80, first=SESSIONS[0])})

    assert [r.direction for r in predict(tick(FRIDAY), Chains(), heard=rising)] == ["up", "no_edge"]
    assert [r.direction for r in predict(tick(FRIDAY), Chains(), heard=falling)] == ["down", "no_edge"]


def test_a_repeat_announces_the_stored_records_unchanged() -> None:
    chains = Chains()
    first = predict(tick(FRIDAY), chains)
    kept = list(chains.kept)
    corrected = Heard({ticker: a_market(9) for ticker in ("GME", "AMC")})
    newer = Models({**ONE_MODEL.texts, date(2021, 1, 23): a_text(date(2021, 1, 23), momentum=9.0, h1=EDGE)})

    assert predict(tick(FRIDAY), chains, heard=corrected, models=ONE_MODEL) == first
    assert predict(tick(FRIDAY), chains, models=newer) == first
    assert chains.kept == kept


def test_a_holiday_brings_no_second_forecast() -> None:
    chains = Chains()
    predict(tick(FRIDAY), chains)

    assert predict(tick(FRIDAY + timedelta(days=3)), chains) == []
    assert len(chains.kept) == 4


def test_before_the_close_the_day_is_not_known() -> None:
    morning = Due(schedule="closes", due_at=datetime(2021, 1, 29, 15, 0, tzinfo=UTC))

    assert {r.date for r in predict(morning, Chains())} == {date(2021, 1, 28)}


def test_a_ticker_without_a_bar_of_the_session_is_left_out() -> None:
    halted = Heard({"GME": a_market(1), "AMC": a_market(2)[:-1]})

    assert {r.ticker for r in predict(tick(FRIDAY), Chains(), heard=halted)} == {"GME"}


def test_too_short_a_history_is_left_out() -> None:
    young = Heard({"GME": a_market(1), "NEW": a_market(2)[-30:]})

    assert {r.ticker for r in predict(tick(FRIDAY), Chains(), heard=young)} == {"GME"}


@pytest.mark.parametrize("models", [Models({}), Models({date(2021, 2, 6): a_text()})])
def test_without_a_model_of_its_time_nothing_is_said_but_why(models: Models) -> None:
    log = Log()

    assert predict(tick(FRIDAY), Chains(), models=models, log=log) == []
    assert log.lines == [("forecasts.made", {"session": "2021-01-29", "no_model": 2})]


def test_without_a_session_nothing_is_said_but_why() -> None:
    log = Log()

    assert predict(tick(FRIDAY), Chains(), heard=Heard({}), log=log) == []
    assert [(line, extra["reason"]) for line, extra in log.lines] == [
        ("forecast.skipped", "no session is known")
    ]


def test_a_model_nobody_can_read_is_told_once_and_nothing_is_forecast_with_it() -> None:
    log = Log()

    damaged = Models({date(2021, 1, 16): a_text()[:-9]})
    assert predict(tick(FRIDAY), Chains(), models=damaged, log=log) == []
    assert [line for line, _ in log.lines] == ["model.unreadable", "forecasts.made"]


def test_before_the_first_model_no_table_is_asked() -> None:
    """A ticker's first evening brings hundreds of bars."""
    forecaster = Forecaster(cast(Heard, None), cast(Chains, None), Models({}), Log())
    due = tick(FRIDAY)

    assert forecaster.tell("GME", FRIDAY, Said(enveloped(due, at=due.due_at))) == "no_model"


def test_a_history_with_a_gap_is_left_for_the_last_call() -> None:
    """The missing bar may be on its way; by the evening it is not."""
    days = [day for day in weekdays(80, date(2020, 10, 5)) if trades_on(day)]
    whole = [replace(bar, day=day) for bar, day in zip(random_walk(1, len(days)), days, strict=True)]
    gap = [*whole[:-20], *whole[-19:]]

    def outcome(bars: list[Bar], *, last_call: bool) -> str:
        forecaster = Forecaster(Heard({"GME": bars}), Chains(), ONE_MODEL, Log())
        due = tick(days[-1])
        return forecaster.tell("GME", days[-1], Said(enveloped(due, at=due.due_at)), last_call=last_call)

    assert outcome(whole, last_call=False) == "told"
    assert outcome(gap, last_call=False) == "too_little_history"
    assert outcome(gap, last_call=True) == "told"


def test_records_form_one_chain_a_ticker_and_horizon() -> None:
    chains = Chains()
    for day in SESSIONS[-5:]:
        predict(tick(day), chains)

    for ticker in ("GME", "AMC"):
        for horizon in (1, 10):
            chain = [
                t.record for t in chains.kept if (t.record.ticker, t.record.horizon) == (ticker, horizon)
            ]
            hashes = [FIRST, *(record.record_hash for record in chain)]
            assert [record.previous_hash for record in chain] == hashes[:-1]
            assert [record_hash(record) for record in chain] == hashes[1:]
            assert len(chain) == 5


def test_a_changed_record_breaks_its_hash() -> None:
    record = predict(tick(FRIDAY), Chains())[0]

    assert record_hash(record.model_copy(update={"probability_up": Decimal("0.9")})) != record.record_hash
    assert record_hash(record.model_copy(update={"previous_hash": "1" * 64})) != record.record_hash


def test_a_late_session_is_appended_and_no_link_is_changed() -> None:
    chains = Chains()
    predict(tick(FRIDAY), chains)
    before = list(chains.kept)
    late = predict(tick(SESSIONS[-2]), chains)

    assert chains.kept[: len(before)] == before
    assert {r.date for r in late} == {SESSIONS[-2]}
    heads = {(t.record.ticker, t.record.horizon): t.record.record_hash for t in before}
    assert all(r.previous_hash == heads[(r.ticker, r.horizon)] for r in late)


def test_the_same_history_gives_the_same_records() -> None:
    shuffled = Heard({ticker: bars[::-1] for ticker, bars in sorted(GME_AND_AMC.bars.items())})

    told = {r.record_hash for r in predict(tick(FRIDAY), Chains())}
    assert {r.record_hash for r in predict(tick(FRIDAY), Chains(), heard=shuffled)} == told
