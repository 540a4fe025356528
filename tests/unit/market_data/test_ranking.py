from collections.abc import Sequence
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

import pytest

from contracts.events.market_data import DrawdownsRankedV1
from services.market_data import parquet
from services.market_data.closing import Day
from services.market_data.hours import sessions_back
from services.market_data.ranking import METHODS, BarsNotYet, rank_drawdowns, universes
from services.market_data.standings import Standing
from tests.builders import Said
from tests.unit.market_data.doubles import Notes, RankingsInMemory, a_due, said_by

EVENING = datetime(2021, 2, 4, 23, 30, tzinfo=UTC)
TODAY = date(2021, 2, 4)


def traded(*closes: str, before: int = 30) -> list[Day]:
    """Closes of the last sessions, and 100 in those *before*; highs are 1 above."""
    prices = [Decimal(100)] * before + [Decimal(close) for close in closes]
    days = [session.day for session in sessions_back(TODAY, len(prices))]
    return [Day(day, price, price + 1, price, 1000) for day, price in zip(days, prices, strict=True)]


BARS = {
    "SPY": traded("110", "104.5"),
    "GME": traded("125", "110", "90"),
    "AMC": traded("120", "114"),
    "BB": traded("103", before=5),
    "NOK": traded("103")[:-1],
    "TSLA": traded("20.2", "20.3"),
}


class Files(dict[tuple[str, date, datetime], list[Standing]]):
    """Parts by universe, day and run; `seen` is what the views were last told to renew."""

    seen: tuple[str, date] | None = None

    def keep(
        self, universe: str, day: date, run: datetime, standings: list[Standing]
    ) -> tuple[str, list[Standing]]:
        return "s3://bucket/part", self.setdefault((universe, day, run), standings)

    def refresh(self, universe: str, day: date) -> None:
        self.seen = (universe, day)


def tick(
    bars: dict[str, list[Day]],
    rankings: RankingsInMemory | None = None,
    files: Files | None = None,
    at: datetime = EVENING,
    method: str = "sessions",
    tracked: Sequence[str] = (),
) -> tuple[Said, Notes]:
    due, notes = a_due(at), Notes()
    said = said_by(due)
    rank_drawdowns(
        due,
        said,
        universes=universes("none", lambda _: list(tracked or bars)),
        days=lambda ticker, first, last: [b for b in bars.get(ticker, []) if first <= b.day <= last],
        rankings=RankingsInMemory() if rankings is None else rankings,
        files=Files() if files is None else files,
        method=METHODS[method],
        note=notes,
    )
    return said, notes


def told(said: Said) -> DrawdownsRankedV1:
    (event,) = said.events
    assert isinstance(event, DrawdownsRankedV1)
    return event


def test_the_furthest_fallen_is_first_and_equal_falls_go_by_ticker() -> None:
    event = told(tick(BARS)[0])
    assert [(r.rank, r.ticker, str(r.drawdown_pct)) for r in event.top] == [
        (1, "GME", "-28.00"),
        (2, "AMC", "-5.00"),
        (3, "SPY", "-5.00"),
    ]
    gme = event.top[0]
    assert (gme.close, gme.peak, gme.peak_date) == (Decimal(90), Decimal(125), date(2021, 2, 2))
    assert gme.sessions_since_peak == 2
    assert (event.universe, event.date, event.sessions, event.peak_of) == ("tracked", TODAY, 180, "close")


def test_who_has_no_rank_is_named_with_the_reason() -> None:
    event = told(tick(BARS, tracked=[*BARS, "ZZZZ"])[0])
    assert [(s.ticker, s.why) for s in event.set_aside] == [
        ("BB", "too_few_bars"),
        ("NOK", "no_bar"),
        ("TSLA", "suspect_split"),
        ("ZZZZ", "no_bar"),
    ]
    assert event.ranked == 3


def test_every_ticker_has_a_row_whose_fall_is_not_rounded() -> None:
    files = Files()
    event = told(tick({**BARS, "AMC": traded("120", "113")}, files=files)[0])
    ((key, rows),) = files.items()
    assert key == ("tracked", TODAY, EVENING)
    assert (event.table, files.seen) == ("s3://bucket/part", ("tracked", TODAY))
    assert [(row.rank, row.symbol, row.set_aside) for row in rows] == [
        (1, "GME", None),
        (2, "AMC", None),
        (3, "SPY", None),
        (None, "BB", "too_few_bars"),
        (None, "NOK", "no_bar"),
        (None, "TSLA", "suspect_split"),
    ]
    amc = rows[1]
    assert amc.drawdown_pct == pytest.approx(-700 / 120, abs=1e-12)
    assert (amc.current_price, amc.peak_price) == (Decimal(113), Decimal(120))
    assert (amc.peak_date, amc.volume) == (date(2021, 2, 3), 1000)
    assert rows[3].current_price == Decimal(103)
    assert (rows[4].current_price, rows[4].drawdown_pct) == (None, None)


def test_the_screener_before_us_looked_at_250_days_of_highs() -> None:
    bars = {"SPY": traded("110", "104.5"), "GME": traded("125", "90", before=250)}
    del bars["GME"][-2]
    files = Files()
    event = told(tick(bars, files=files, method="calendar")[0])
    gme = event.top[0]
    assert (event.sessions, event.peak_of) == (173, "high")
    assert (gme.peak, gme.drawdown_pct) == (Decimal(101), Decimal("-10.89"))
    assert gme.peak_date == date(2020, 6, 1)
    assert (gme.sessions_since_peak, files.popitem()[1][0].days_since_peak) == (172, 171)


def test_twenty_are_told_and_all_are_in_the_table() -> None:
    files = Files()
    bars = {f"T{letter}": traded("110", "105") for letter in "ABCDEFGHIJKLMNOPQRSTUVWXYZ"}
    event = told(tick({**bars, "SPY": traded("110")}, files=files)[0])
    assert (len(event.top), event.ranked, len(files.popitem()[1])) == (20, 27, 27)


def test_a_fall_too_small_to_show_is_no_minus_zero() -> None:
    event = told(tick({"SPY": traded("100.001", "100")})[0])
    assert str(event.top[0].drawdown_pct) == "0.00"


def test_a_repeat_tells_the_same_whatever_has_changed_since() -> None:
    rankings, files = RankingsInMemory(), Files()
    first, _ = tick(BARS, rankings, files)
    again, _ = tick({"SPY": traded("110")}, rankings, files)
    assert again.envelopes == first.envelopes
    assert len(files) == 1


def test_another_run_of_the_date_over_the_same_bars_has_the_same_rows() -> None:
    files = Files()
    tick(BARS, files=files)
    tick(dict(reversed(BARS.items())), files=files, at=EVENING.replace(hour=22))
    one, other = files.values()
    assert parquet.written(one) == parquet.written(other)


def test_of_one_run_twice_at_once_what_is_announced_is_what_lies_there() -> None:
    files = Files()
    first = told(tick(BARS, files=files)[0])
    other = told(tick({**BARS, "GME": traded("125", "91")}, files=files)[0])
    assert other == first


def test_every_universe_is_ranked_and_announced_of_its_own() -> None:
    said, files, asked = said_by(a_due(EVENING)), Files(), list[str]()

    def days(ticker: str, first: date, last: date) -> list[Day]:
        asked.append(ticker)
        return BARS[ticker]

    rank_drawdowns(
        a_due(EVENING),
        said,
        universes={"tracked": lambda _: ["GME", "SPY"], "two": lambda _: ["GME", "AMC"]},
        days=days,
        rankings=RankingsInMemory(),
        files=files,
        method=METHODS["sessions"],
        note=Notes(),
    )
    events = [event for event in said.events if isinstance(event, DrawdownsRankedV1)]
    assert [(e.universe, [r.ticker for r in e.top]) for e in events] == [
        ("tracked", ["GME", "SPY"]),
        ("two", ["GME", "AMC"]),
    ]
    assert len({envelope.id for envelope in said.envelopes}) == 2
    assert sorted(asked) == ["AMC", "GME", "SPY"]


def test_bars_of_before_a_split_count_in_the_dollars_of_after_it() -> None:
    before, after = traded("130", "120")[:-1], traded("30", "26")[-1:]
    split = after[0]._replace(previous_close=Decimal("32.50"))
    event = told(tick({"SPY": traded("110", "104.5"), "TSLA": [*before, split]})[0])
    (tsla,) = [one for one in event.top if one.ticker == "TSLA"]
    assert (tsla.close, tsla.peak, str(tsla.drawdown_pct)) == (Decimal(26), Decimal("32.5"), "-20.00")
    assert event.set_aside == ()


def test_the_universe_of_a_name_is_ranked_beside_what_is_tracked() -> None:
    def of(name: str, day: date) -> dict[str, list[str]]:
        at = datetime.combine(day, EVENING.timetz())
        return {key: tickers(at) for key, tickers in universes(name, lambda _: ["GME"]).items()}

    assert of("none", TODAY) == {"tracked": ["GME", "SPY"]}
    both = of("russell1000", date(2026, 6, 1))
    assert list(both) == ["tracked", "russell1000"]
    assert 900 < len(both["russell1000"]) < 1100
    assert of("russell1000", TODAY)["russell1000"] == []


def test_a_universe_nobody_belongs_to_is_not_ranked() -> None:
    said, notes = said_by(a_due(EVENING)), Notes()
    rank_drawdowns(
        a_due(EVENING),
        said,
        universes={"empty": lambda _: []},
        days=lambda ticker, first, last: BARS[ticker],
        rankings=RankingsInMemory(),
        files=Files(),
        method=METHODS["sessions"],
        note=notes,
    )
    assert said.events == []
    assert notes.about("drawdowns.not_ranked")[0]["universe"] == "empty"


@pytest.mark.parametrize(
    "at",
    [
        datetime(2021, 1, 18, 23, 30, tzinfo=UTC),  # a holiday
        datetime(2021, 2, 6, 23, 30, tzinfo=UTC),  # a Saturday
        datetime(2021, 2, 4, 20, 59, tzinfo=UTC),  # before the close
    ],
)
def test_without_a_session_that_closed_today_nothing_is_ranked(at: datetime) -> None:
    said, notes = tick(BARS, at=at)
    assert said.events == []
    assert notes.about("drawdowns.not_ranked")[0]["reason"] == "no session closed"


def test_while_the_bars_are_not_there_the_tick_waits_its_turn() -> None:
    late: Any = {**BARS, "SPY": BARS["SPY"][:-1]}
    with pytest.raises(BarsNotYet, match="SPY has no bar of 2021-02-04"):
        tick(late)
