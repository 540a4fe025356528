"""What forecasts were worth, once their closes are known."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from decimal import Decimal
from itertools import permutations

import pytest

from contracts.events.arrivals import Due
from contracts.events.prediction import DirectionPredictedV1, PredictionResolvedV1
from services.prediction.chaining import FIRST, Chain, Written, chained
from services.prediction.observed import Bar
from services.prediction.resolving import resolution, resolve_predictions
from services.prediction.serving import canonical
from services.prediction.sessions import closes_at, session_after
from tests.builders import Said, a_forecast, enveloped

WEDNESDAY, THURSDAY, FRIDAY, MONDAY = (
    date(2021, 1, 27),
    date(2021, 1, 28),
    date(2021, 1, 29),
    date(2021, 2, 1),
)
CLOSES = {WEDNESDAY: "347.51", THURSDAY: "193.60", FRIDAY: "325.00", MONDAY: "225.00"}


def evening(day: date) -> Due:
    return Due(schedule="evenings", due_at=closes_at(day) + timedelta(hours=3))


@dataclass
class Heard:
    """Stands in for the features table."""

    held: Sequence[Bar]

    def tickers(self) -> Sequence[str]:
        return ["AMC", "GME"]

    def bars(self, ticker: str, first: date, last: date) -> list[Bar]:
        return [bar for bar in self.held if ticker == "GME" and first <= bar.day <= last]


@dataclass
class Chains:
    """Stands in for the forecasts table: one ticker's records, by day."""

    written: dict[tuple[int, str], Written] = field(default_factory=dict)

    def add(self, record: DirectionPredictedV1) -> None:
        text = canonical(chained(record, FIRST).model_dump(mode="json"))
        self.written[record.horizon, str(record.date)] = Written(str(record.date), text)

    def chain(self, ticker: str, horizon: int) -> Chain:
        found = [w for (days, _), w in sorted(self.written.items()) if (ticker, days) == ("GME", horizon)]
        return Chain("GME", None, found)

    def resolve(self, resolutions: Sequence[PredictionResolvedV1], tick: str) -> None:
        for one in resolutions:
            place = one.horizon, str(one.date)
            self.written[place] = replace(self.written[place], worth=one, resolved_by=tick)


@dataclass
class Log:
    lines: list[Mapping[str, object]] = field(default_factory=list)

    def info(self, msg: object, /, *, extra: Mapping[str, object]) -> None:
        self.lines.append(extra)

    warning = info


def bars_on(*days: date) -> list[Bar]:
    """The closes of the real days; each opened where the one before had closed."""
    before = {THURSDAY: WEDNESDAY, FRIDAY: THURSDAY, MONDAY: FRIDAY}
    found = []
    for day in days:
        close, previous = Decimal(CLOSES[day]), Decimal(CLOSES[before.get(day, day)])
        found.append(Bar(day, previous, close, previous, 1000))
    return found


def forecasts_of(*days: date, **changes: object) -> Chains:
    chains = Chains()
    for day in days:
        chains.add(a_forecast(date=day, reference_close=CLOSES[day], **changes))
    return chains


def resolve(
    day: date, chains: Chains, bars: Sequence[Bar], log: Log | None = None
) -> list[PredictionResolvedV1]:
    said = Said(enveloped(evening(day)))
    resolve_predictions(evening(day), said, observations=Heard(bars), forecasts=chains, log=log or Log())
    return [event for event in said.events if isinstance(event, PredictionResolvedV1)]


def test_a_forecast_is_scored_on_the_close_of_its_horizon() -> None:
    (told,) = resolve(THURSDAY, forecasts_of(WEDNESDAY), bars_on(WEDNESDAY, THURSDAY))

    assert (told.date, told.resolved_on, told.outcome) == (WEDNESDAY, THURSDAY, "down")
    assert (told.reference_close, told.close) == (Decimal("347.51"), Decimal("193.60"))
    assert (told.brier, told.resolved, told.correct) == (Decimal("0.2601"), 1, None)


@pytest.mark.parametrize(("direction", "correct"), [("up", False), ("down", True), ("no_edge", None)])
def test_only_a_direction_that_was_told_can_be_right_or_wrong(direction: str, correct: bool | None) -> None:
    (told,) = resolve(THURSDAY, forecasts_of(WEDNESDAY, direction=direction), bars_on(THURSDAY))
    assert told.correct is correct


def test_an_unchanged_close_is_not_up() -> None:
    record = a_forecast(reference_close="347.51")
    assert resolution(record, THURSDAY, Decimal("347.51"), []).outcome == "down"
    assert resolution(record, THURSDAY, Decimal("347.52"), []).outcome == "up"


def test_before_its_session_has_closed_a_forecast_waits() -> None:
    chains = forecasts_of(WEDNESDAY, horizon=10)
    assert resolve(MONDAY, chains, bars_on(WEDNESDAY, THURSDAY, FRIDAY, MONDAY)) == []
    assert session_after(WEDNESDAY, 10) == date(2021, 2, 10)


def test_what_lacks_its_bar_waits_openly_and_is_resolved_by_a_later_tick() -> None:
    chains, log = forecasts_of(WEDNESDAY, THURSDAY), Log()
    first = resolve(FRIDAY, chains, bars_on(WEDNESDAY, FRIDAY), log)
    later = resolve(MONDAY, chains, bars_on(WEDNESDAY, THURSDAY, FRIDAY, MONDAY))

    assert [one.date for one in first] == [THURSDAY]
    assert log.lines == [{"due": "2021-01-29", "resolved": 1, "waiting": 1, "changed": 0}]
    assert [(one.date, one.resolved_on) for one in later] == [(WEDNESDAY, THURSDAY)]


def test_means_count_what_was_resolved_on_this_session_or_before() -> None:
    days = (WEDNESDAY, THURSDAY, FRIDAY)
    told = resolve(MONDAY, forecasts_of(*days, probability_up="0.6"), bars_on(*days, MONDAY))

    assert [(one.date, one.outcome, one.brier) for one in told] == [
        (WEDNESDAY, "down", Decimal("0.36")),
        (THURSDAY, "up", Decimal("0.16")),
        (FRIDAY, "down", Decimal("0.36")),
    ]
    assert [one.resolved for one in told] == [1, 2, 3]
    assert [str(one.brier_mean) for one in told] == ["0.360000", "0.260000", "0.293333"]


def test_one_that_comes_late_is_counted_without_those_of_later_sessions() -> None:
    chains = forecasts_of(WEDNESDAY, THURSDAY)
    resolve(FRIDAY, chains, bars_on(FRIDAY))
    (late,) = resolve(MONDAY, chains, bars_on(THURSDAY, FRIDAY))

    assert (late.resolved_on, late.resolved) == (THURSDAY, 1)


def test_the_order_of_bars_and_records_changes_no_byte() -> None:
    days = (WEDNESDAY, THURSDAY, FRIDAY)
    outcomes = set()
    for order in permutations(days):
        chains = forecasts_of(*order)
        told = resolve(MONDAY, chains, bars_on(MONDAY, *order))
        outcomes.add("".join(one.model_dump_json() for one in told))

    assert len(outcomes) == 1


def test_a_repeat_tells_the_same_and_another_tick_nothing() -> None:
    chains, bars = forecasts_of(WEDNESDAY), bars_on(WEDNESDAY, THURSDAY)
    first = resolve(THURSDAY, chains, bars)
    corrected = [replace(bar, close=Decimal("400")) for bar in bars]

    assert resolve(THURSDAY, chains, corrected) == first
    assert resolve(FRIDAY, chains, corrected) == []


def test_a_split_on_the_way_is_no_fall() -> None:
    split = Bar(THURSDAY, Decimal("87"), Decimal("90"), Decimal("86.8775"), 1000)
    (told,) = resolve(THURSDAY, forecasts_of(WEDNESDAY), [split])

    assert (told.close, told.outcome) == (Decimal("360.000000"), "up")


def test_what_was_resolved_and_changed_since_is_not_resolved_anew() -> None:
    chains = forecasts_of(WEDNESDAY)
    chains.written[1, "2021-01-27"] = replace(chains.written[1, "2021-01-27"], resolved_by="a tick")

    assert resolve(THURSDAY, chains, bars_on(THURSDAY)) == []


def test_a_record_that_was_changed_is_not_scored_and_stops_no_other() -> None:
    chains, log = forecasts_of(WEDNESDAY, THURSDAY), Log()
    kept = chains.written[1, "2021-01-27"]
    chains.written[1, "2021-01-27"] = replace(kept, text=kept.text.replace('"0.51"', '"0.49"'))

    assert [one.date for one in resolve(FRIDAY, chains, bars_on(THURSDAY, FRIDAY), log)] == [THURSDAY]
    assert log.lines[0]["changed"] == 1
