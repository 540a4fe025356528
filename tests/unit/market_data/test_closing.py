import csv
from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any

from contracts.events.market_data import DailyBarClosedV1, QuoteCorrectedV1
from services.market_data.asking import Bar, Provider, Unavailable
from services.market_data.closing import collect_bars
from services.market_data.hours import sessions_back
from services.market_data.keeping import KeptCorrection, KeptQuote
from tests.builders import NOON, Said, a_correction, a_quote
from tests.unit.market_data.doubles import (
    BarsInMemory,
    Fixed,
    Notes,
    QuotesInMemory,
    Shared,
    a_day,
    a_due,
    said_by,
    three_seconds,
)
from tests.unit.market_data.test_recorded import TAPE

EVENING = datetime(2021, 1, 27, 23, 0, tzinfo=UTC)
"""Six in the evening in New York."""

DAYS = [session.day for session in sessions_back(date(2021, 1, 27), 4)]


def traded(days: Sequence[date] = DAYS, **changes: Any) -> list[Bar]:
    return [a_day(day, close=Decimal(300 + n), **changes) for n, day in enumerate(days)]


def a_bar_of(day: date, *prices: int, volume: int) -> Bar:
    named = zip(("open", "high", "low", "close"), map(Decimal, prices), strict=True)
    return a_day(day, **dict(named), volume=volume)


def recorded_bars(ticker: str) -> list[Bar]:
    rows = csv.DictReader(TAPE.read_text(encoding="utf-8").splitlines())
    prices = ("open", "high", "low", "close", "adjusted_close")
    return [
        a_day(
            date.fromisoformat(row["date"]),
            **{name: Decimal(row[name]) for name in prices},
            volume=int(row["volume"]),
        )
        for row in rows
        if row["symbol"] == ticker
    ]


def tick(
    bars: BarsInMemory,
    *providers: Provider,
    at: datetime = EVENING,
    tracked: Sequence[str] = ("GME",),
    history: int = 4,
    quotes: QuotesInMemory | None = None,
    shared: Shared | None = None,
) -> tuple[Said, Notes]:
    due, notes = a_due(at), Notes()
    said = said_by(due)
    collect_bars(
        due,
        said,
        sharing=(shared or Shared(tracked, "bars")).out(),
        providers=providers,
        bars=bars,
        quotes=quotes or QuotesInMemory(),
        history=history,
        stopwatch=three_seconds,
        note=notes,
    )
    return said, notes


def told(said: Said) -> list[DailyBarClosedV1]:
    return [event for event in said.events if isinstance(event, DailyBarClosedV1)]


def test_a_new_tickers_history_is_announced_oldest_first_each_beside_the_close_before() -> None:
    said, _ = tick(BarsInMemory(), Fixed(days={"GME": traded()[::-1]}))
    assert [event.date for event in told(said)] == DAYS
    assert [event.previous_close for event in told(said)] == [None, 300, 301, 302]
    assert [str(event.change_pct) for event in told(said)] == ["None", "0.33", "0.33", "0.33"]


def test_a_bar_happened_when_its_session_closed() -> None:
    said, _ = tick(BarsInMemory(), Fixed(days={"GME": traded()}))
    assert said.envelopes[-1].time == datetime(2021, 1, 27, 21, 0, tzinfo=UTC)


def test_a_repeated_tick_announces_the_same_again_and_asks_for_nothing() -> None:
    bars = BarsInMemory()
    first, _ = tick(bars, Fixed(days={"GME": traded()}))
    before = dict(bars.kept)
    corrected = Fixed(days={"GME": traded(open=Decimal("300"))})
    again, _ = tick(bars, corrected)
    assert again.envelopes == first.envelopes
    assert bars.kept == before
    assert [question for question in corrected.asked if question.startswith("GME")] == []


def test_a_tick_that_died_half_way_goes_on_where_it_stopped_and_tells_everything() -> None:
    whole, _ = tick(BarsInMemory(), Fixed(days={"GME": traded()}))
    bars = BarsInMemory()
    tick(bars, Fixed(days={"GME": traded()[:2]}))
    again, _ = tick(bars, Fixed(days={"GME": traded()}))
    assert again.envelopes == whole.envelopes


def test_the_next_day_brings_only_the_next_bar() -> None:
    bars = BarsInMemory()
    tick(bars, Fixed(days={"GME": traded()}))
    thursday = date(2021, 1, 28)
    provider = Fixed(days={"GME": [*traded(), a_day(thursday)]})
    said, _ = tick(bars, provider, at=EVENING + timedelta(days=1))
    assert [(event.date, event.previous_close) for event in told(said)] == [(thursday, Decimal(303))]
    assert f"GME {DAYS[3]} {thursday}" in provider.asked


def test_days_before_the_first_bar_are_not_asked_for_for_ever() -> None:
    bars = BarsInMemory()
    tick(bars, Fixed(days={"GME": traded()[2:]}))
    provider = Fixed(days={"GME": traded()})
    tick(bars, provider)
    assert [question for question in provider.asked if question.startswith("GME")] == []


def test_a_gap_is_filled_later_and_until_then_has_no_close_to_compare_with() -> None:
    bars = BarsInMemory()
    first, _ = tick(bars, Fixed(days={"GME": [bar for bar in traded() if bar.day != DAYS[2]]}))
    assert [event.previous_close for event in told(first)] == [None, 300, None]
    then, _ = tick(bars, Fixed(days={"GME": traded()}), at=EVENING + timedelta(hours=1))
    assert [(event.date, event.previous_close) for event in told(then)] == [(DAYS[2], Decimal(301))]


def test_a_bar_between_two_gaps_is_not_told_twice_nor_written_over() -> None:
    bars = BarsInMemory()
    tick(bars, Fixed(days={"GME": [traded()[0], traded()[2]]}))
    kept = bars.kept["GME", DAYS[2]]
    then, _ = tick(bars, Fixed(days={"GME": traded()}), at=EVENING + timedelta(hours=1))
    assert [event.date for event in told(then)] == [DAYS[1], DAYS[3]]
    assert bars.kept["GME", DAYS[2]] == kept


def test_before_the_close_the_session_is_not_over_yet() -> None:
    said, _ = tick(
        BarsInMemory(), Fixed(days={"GME": traded()}), at=datetime(2021, 1, 27, 20, 59, tzinfo=UTC)
    )
    assert [event.date for event in told(said)] == DAYS[:3]


def test_a_holiday_asks_nobody() -> None:
    provider, shared = Fixed(days={"GME": traded()}), Shared()
    said, notes = tick(BarsInMemory(), provider, at=datetime(2021, 1, 18, 23, tzinfo=UTC), shared=shared)
    assert (said.events, provider.asked, shared.parts) == ([], [], [])
    assert notes.about("bars.not_asked")[0]["reason"] == "closed"


def test_a_bar_that_cannot_be_true_is_left_out_and_noted() -> None:
    days = [*traded()[:3], a_day(DAYS[3], close=Decimal("NaN"))]
    said, notes = tick(BarsInMemory(), Fixed(days={"GME": days}))
    assert [event.date for event in told(said)] == DAYS[:3]
    detail = "recorded, 2021-01-27: close is NaN"
    assert notes.about("bar.refused") == [{"ticker": "GME", "reason": "implausible", "detail": detail}]


def test_bars_of_days_without_a_session_are_not_kept() -> None:
    saturday = date(2021, 1, 23)
    bars = BarsInMemory()
    tick(bars, Fixed(days={"GME": [*traded(), a_day(saturday, volume=0)]}))
    assert ("GME", saturday) not in bars.kept


def test_one_bad_ticker_stops_nothing_and_is_noted_with_its_reason() -> None:
    provider = Fixed(days={"AMC": Unavailable("delisted", "gone"), "GME": traded()})
    said, notes = tick(BarsInMemory(), provider, tracked=["AMC", "GME"])
    assert {event.ticker for event in told(said)} == {"GME"}
    assert notes.about("bars.missed")[0] == {"ticker": "AMC", "reason": "delisted", "detail": "gone"}
    assert notes.about("bars.collected") == [{"announced": 4, "delisted": 1, "no_data": 1}]


def test_a_close_out_of_all_proportion_to_the_one_before_has_no_change() -> None:
    days = [a_day(DAYS[2], close=Decimal("0.1"), low=Decimal("0.1")), a_day(DAYS[3])]
    said, _ = tick(BarsInMemory(), Fixed(days={"GME": days}))
    assert [event.previous_close for event in told(said)] == [None, None]


def test_the_benchmarks_bars_are_always_kept() -> None:
    said, _ = tick(BarsInMemory(), Fixed(days={"SPY": [a_day(DAYS[3], ticker="SPY")]}), tracked=[])
    assert [event.ticker for event in told(said)] == ["SPY"]


def a_kept(**changes: Any) -> KeptQuote:
    return KeptQuote(a_quote(**changes), NOON)


def corrections(said: Said) -> list[tuple[Any, ...]]:
    return [(e.as_of, e.was, e.corrected) for e in said.events if isinstance(e, QuoteCorrectedV1)]


WRONG = a_kept(price="420", change_pct="183.82")


def test_a_final_bar_corrects_the_quotes_of_its_session_and_no_others() -> None:
    quotes = QuotesInMemory()
    for kept in (
        WRONG,
        a_kept(as_of=NOON + timedelta(hours=1)),
        a_kept(price="420", as_of=NOON - timedelta(days=1)),
    ):
        quotes.keep(kept)
    said, _ = tick(BarsInMemory(), Fixed(days={"GME": [a_day()]}), quotes=quotes)
    assert corrections(said) == [(NOON, Decimal("420"), Decimal("380"))]
    assert quotes.kept["GME", NOON].told == WRONG.told


def test_a_repeated_tick_corrects_again_and_the_next_one_does_not() -> None:
    bars, quotes = BarsInMemory(), QuotesInMemory()
    quotes.keep(WRONG)
    first, _ = tick(bars, Fixed(days={"GME": [a_day()]}), quotes=quotes)
    again, _ = tick(bars, Fixed(), quotes=quotes)
    next_day, _ = tick(bars, Fixed(), quotes=quotes, at=EVENING + timedelta(days=1))
    assert again.envelopes == first.envelopes
    assert corrections(next_day) == []


def test_a_quote_is_corrected_once_whoever_finds_it_wrong() -> None:
    quotes = QuotesInMemory()
    quotes.keep(WRONG)
    standing = KeptCorrection(a_correction(was="420"), "the tick at noon")
    quotes.correct(standing)
    said, _ = tick(BarsInMemory(), Fixed(days={"GME": [a_day()]}), quotes=quotes)
    assert corrections(said) == []
    assert quotes.kept["GME", NOON].correction == standing


def test_a_run_counts_the_tickers_that_have_the_newest_bar_and_names_the_others() -> None:
    shared = Shared(["AMC", "GME"], "bars")
    bars = BarsInMemory()
    provider = Fixed(days={"AMC": Unavailable("delisted", "gone"), "GME": traded(), "SPY": traded()[:3]})
    for _ in range(2):
        tick(bars, provider, shared=shared)
    first, again = shared.notes.about("bars.complete")
    assert first == again == {"asked": 3, "got": 1, "missed": {"AMC": "delisted", "SPY": "no_data"}}
    assert [(part.series, part.got) for part in shared.parts] == [("bars", ("GME",))] * 2


def test_a_change_is_told_within_the_prices_of_one_provider() -> None:
    bars = BarsInMemory()
    tick(bars, Fixed(days={"GME": traded()[:3]}), at=EVENING - timedelta(days=1))
    halved = [
        a_day(day, close=Decimal(150 + n), low=Decimal(140), provider="alpaca", feed="sip")
        for n, day in enumerate(DAYS)
    ]
    said, notes = tick(bars, Fixed(days={"GME": halved}, name="alpaca"))
    (event,) = told(said)
    assert (event.provider, event.feed, event.close) == ("alpaca", "sip", Decimal(153))
    assert event.previous_close == Decimal(152)
    restated = {"ticker": "GME", "reason": "differs", "detail": "alpaca, 2021-01-26: 152; recorded said 302"}
    assert notes.about("bar.restated") == [restated]


def test_a_split_nobody_adjusted_for_is_no_fall() -> None:
    apple = [
        a_bar_of(DAYS[2], 504, 506, 498, 499, volume=46_900_000),
        a_bar_of(DAYS[3], 127, 131, 126, 129, volume=225_700_000),
    ]
    said, notes = tick(BarsInMemory(), Fixed(days={"GME": apple}))
    assert [event.change_pct for event in told(said)] == [None, None]
    assert notes.about("bar.doubted")[0]["reason"] == "suspect_split"


def test_a_fall_that_everybody_traded_is_one() -> None:
    trial = [
        a_bar_of(DAYS[2], 40, 41, 39, 40, volume=500_000),
        a_bar_of(DAYS[3], 19, 22, 18, 20, volume=30_000_000),
    ]
    said, _ = tick(BarsInMemory(), Fixed(days={"GME": trial}))
    assert [str(event.change_pct) for event in told(said)] == ["None", "-50.00"]


def test_the_days_gamestop_moved_are_no_splits() -> None:
    closes = {"GME": list(recorded_bars("GME"))}
    said, notes = tick(
        BarsInMemory(), Fixed(days=closes), at=datetime(2021, 2, 5, 23, tzinfo=UTC), history=20
    )
    assert notes.about("bar.doubted") == []
    assert len(told(said)) == 20
