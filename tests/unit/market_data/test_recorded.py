from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from pathlib import Path

import pytest

from services.market_data.asking import Bar, Quote, Unavailable, bar_fault
from services.market_data.consulting import always
from services.market_data.hours import session_of, sessions_back
from services.market_data.recorded import RecordedBars

HEADER = "symbol,date,open,high,low,close,adjusted_close,volume"
TAPE = Path(__file__).parents[3] / "tools" / "tape" / "recorded" / "bars.csv"
GME = (
    "GME,2021-01-25,96.73,159.18,61.13,76.79,76.79,177874000",
    "GME,2021-01-26,88.56,150.00,80.20,147.98,147.98,178588000",
    "GME,2021-01-27,354.83,380.00,249.00,347.51,347.51,93396700",
)


@dataclass
class Tape:
    """A recorded file in memory; counts how often it is read."""

    rows: tuple[str, ...] | None = GME
    read: int = 0

    def version(self) -> str | None:
        return None if self.rows is None else str(hash(self.rows))

    def lines(self) -> Iterator[str]:
        self.read += 1
        yield from (HEADER, *(self.rows or ()))


def new_york(hour: int, minute: int = 0, day: int = 27) -> datetime:
    """A winter's hour in New York as an instant."""
    return datetime(2021, 1, day, 5, tzinfo=UTC) + timedelta(hours=hour, minutes=minute)


def quoted(at: datetime, tape: Tape | None = None) -> Quote:
    answer = RecordedBars(tape or Tape()).quote("GME", at)
    assert isinstance(answer, Quote)
    return answer


@pytest.mark.parametrize("at", [new_york(9, 30), new_york(12), new_york(15, 59)])
def test_during_the_session_only_its_open_is_known(at: datetime) -> None:
    quote = quoted(at)
    assert (quote.price, quote.previous_close) == (Decimal("354.83"), Decimal("147.98"))
    assert quote.as_of == new_york(9, 30)


@pytest.mark.parametrize("at", [new_york(16), new_york(16, 45)])
def test_from_the_bell_on_the_close_is_known(at: datetime) -> None:
    quote = quoted(at)
    assert (quote.price, quote.previous_close) == (Decimal("347.51"), Decimal("147.98"))
    assert quote.as_of == new_york(16)


def test_before_the_open_the_close_before_is_the_last_price() -> None:
    quote = quoted(new_york(9))
    assert (quote.price, quote.previous_close) == (Decimal("147.98"), Decimal("76.79"))
    assert quote.as_of == new_york(16, day=26)


def test_a_closed_market_is_told_apart_from_missing_data() -> None:
    recorded = RecordedBars(Tape())
    weekend = recorded.quote("GME", new_york(12, day=23))
    unknown = recorded.quote("AMC", new_york(12))
    assert isinstance(weekend, Unavailable)
    assert isinstance(unknown, Unavailable)
    assert (weekend.reason, unknown.reason) == ("closed", "no_data")


def test_without_the_session_before_there_is_no_previous_close_and_no_quote() -> None:
    answer = RecordedBars(Tape((GME[0], GME[2]))).quote("GME", new_york(12))
    assert isinstance(answer, Unavailable)
    assert answer.reason == "no_data"


def test_bars_are_those_between_the_sessions_asked_for() -> None:
    answer = RecordedBars(Tape()).bars(["GME"], date(2021, 1, 26), date(2021, 1, 27), always)["GME"]
    assert isinstance(answer, list)
    assert [(bar.day, bar.volume) for bar in answer] == [
        (date(2021, 1, 26), 178588000),
        (date(2021, 1, 27), 93396700),
    ]


def test_the_file_is_read_once_and_again_when_it_changed() -> None:
    tape = Tape()
    recorded = RecordedBars(tape)
    recorded.quote("GME", new_york(10))
    recorded.quote("GME", new_york(11))
    assert tape.read == 1
    tape.rows = (*GME, "AMC,2021-01-26,4.6,5.2,4.5,4.96,4.96,1", "AMC,2021-01-27,20.34,20.36,11,19.9,19.9,1")
    assert isinstance(recorded.quote("AMC", new_york(12)), Quote)
    assert tape.read == 2


def test_a_file_that_is_not_there_yet_is_no_data_until_it_is() -> None:
    tape = Tape(None)
    recorded = RecordedBars(tape)
    assert isinstance(recorded.quote("GME", new_york(10)), Unavailable)
    tape.rows = GME
    assert isinstance(recorded.quote("GME", new_york(10)), Quote)


@pytest.mark.parametrize("cell", ["", "n/a", "NaN", "0", "1e999999"])
def test_an_unreadable_cell_spoils_its_own_bar_alone(cell: str) -> None:
    tape = Tape((*GME[:2], f"GME,2021-01-27,354.83,380.00,249.00,{cell},347.51,93396700"))
    bars = RecordedBars(tape).bars(["GME"], date(2021, 1, 25), date(2021, 1, 27), always)["GME"]
    assert isinstance(bars, list)
    assert [bar_fault(bar) is None for bar in bars] == [True, True, False]


def tape_of_the_demo() -> dict[str, list[Bar]]:
    with TAPE.open() as file:
        rows = tuple(line.rstrip("\n") for line in file)[1:]
    recorded = RecordedBars(Tape(rows))
    symbols = {row.partition(",")[0] for row in rows}
    found = recorded.bars(sorted(symbols), date(2019, 1, 1), date(2027, 12, 31), always)
    return {symbol: bars for symbol, bars in found.items() if isinstance(bars, list)}


def test_the_bars_of_the_demo_are_sound_and_on_sessions_without_gaps() -> None:
    for symbol, bars in tape_of_the_demo().items():
        days = [bar.day for bar in bars]
        assert [s.day for s in sessions_back(days[-1], len(days))] == days, symbol
        assert [bar for bar in bars if bar_fault(bar) or not session_of(bar.day)] == [], symbol


def test_the_demo_has_the_day_it_tells_of() -> None:
    bars = tape_of_the_demo()
    for symbol in ("GME", "AMC", "BB", "NOK", "SPY"):
        assert any(bar.day == date(2021, 1, 27) for bar in bars[symbol]), symbol
