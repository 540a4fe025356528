from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest

from contracts.events.arrivals import Due
from contracts.events.market_data import DailyBarClosedV1, PriceUpdatedV1, QuoteCorrectedV1
from services.market_data.asking import Provider, Quote, Unavailable
from services.market_data.doubting import change_pct, doubt_about
from services.market_data.quoting import collect_quotes
from services.market_data.reporting import Part
from tests.builders import NOON, Said, a_bar, a_quote
from tests.unit.market_data.doubles import (
    Fixed,
    Notes,
    QuotesInMemory,
    Shared,
    a_due,
    a_price,
    said_by,
    three_seconds,
)

LATER = NOON + timedelta(minutes=15)
SPIKE = a_price(price=Decimal("347.51"))


def nobody() -> Unavailable:
    return Unavailable("no_data", "no provider to ask")


def tick(
    quotes: QuotesInMemory,
    *providers: Provider,
    at: datetime = NOON,
    tracked: Sequence[str] = ("GME",),
    due: Due | None = None,
    bar: DailyBarClosedV1 | None = None,
    shared: Shared | None = None,
) -> tuple[Said, Notes]:
    due, notes = due or a_due(at), Notes()
    said = said_by(due)
    collect_quotes(
        due,
        said,
        sharing=(shared or Shared(tracked)).out(),
        providers=providers,
        quotes=quotes,
        bar_of=lambda *_: bar,
        stopwatch=three_seconds,
        note=notes,
    )
    return said, notes


def told(said: Said) -> list[PriceUpdatedV1]:
    return [event for event in said.events if isinstance(event, PriceUpdatedV1)]


def test_a_quote_is_kept_and_announced_with_its_change() -> None:
    quotes = QuotesInMemory()
    said, _ = tick(quotes, Fixed({"GME": a_price()}))
    (event,) = told(said)
    assert (event.price, event.change_pct, event.session) == (Decimal("150"), Decimal("1.37"), "regular")
    assert (event.provider, event.confirmed, event.doubt) == ("recorded", True, None)
    assert quotes.kept["GME", NOON].told == event


def test_a_repeated_tick_announces_the_same_under_the_same_id_and_asks_nobody() -> None:
    quotes, provider = QuotesInMemory(), Fixed({"GME": a_price()})
    first, _ = tick(quotes, provider)
    moved_on = Fixed({"GME": a_price(price=Decimal("149"), as_of=NOON + timedelta(minutes=1))})
    again, _ = tick(quotes, moved_on)
    assert again.envelopes == first.envelopes
    assert "GME" not in moved_on.asked
    assert len(quotes.kept) == 1


def test_an_old_tick_that_comes_back_tells_what_it_told_and_not_what_followed() -> None:
    quotes = QuotesInMemory()
    first, _ = tick(quotes, Fixed({"GME": a_price()}))
    tick(quotes, Fixed({"GME": a_price(price=Decimal("151"), as_of=LATER)}), at=LATER)
    again, _ = tick(quotes, Fixed())
    assert again.envelopes == first.envelopes


def test_a_price_that_is_known_is_not_announced_by_the_next_tick() -> None:
    quotes = QuotesInMemory()
    tick(quotes, Fixed({"GME": a_price()}))
    said, notes = tick(quotes, Fixed({"GME": a_price()}), at=LATER)
    assert told(said) == []
    assert notes.about("quotes.collected") == [{"unchanged": 1, "no_data": 1}]


@pytest.mark.parametrize(
    "at",
    [
        datetime(2021, 1, 18, 17, tzinfo=UTC),  # a holiday
        datetime(2021, 1, 23, 17, tzinfo=UTC),  # a Saturday
        datetime(2021, 1, 27, 3, tzinfo=UTC),
    ],
)
def test_a_closed_market_is_not_asked_about(at: datetime) -> None:
    provider = Fixed({"GME": a_price(as_of=at)})
    said, notes = tick(QuotesInMemory(), provider, at=at)
    assert (provider.asked, said.events) == ([], [])
    assert notes.about("quotes.not_asked")[0]["reason"] == "closed"


def test_one_bad_ticker_stops_nothing_and_is_noted_with_its_reason() -> None:
    limited = Fixed({"AMC": Unavailable("delisted", "gone"), "GME": a_price()})
    said, notes = tick(QuotesInMemory(), limited, tracked=["AMC", "GME"])
    assert [event.ticker for event in told(said)] == ["GME"]
    assert notes.about("quote.missed")[0] == {"ticker": "AMC", "reason": "delisted", "detail": "gone"}
    assert notes.about("quotes.collected") == [{"announced": 1, "delisted": 1, "no_data": 1}]


def test_the_benchmark_is_quoted_whether_anybody_watches_it_or_not() -> None:
    provider = Fixed()
    tick(QuotesInMemory(), provider, tracked=[])
    tick(QuotesInMemory(), provider, tracked=["SPY"])
    assert provider.asked == ["SPY", "SPY"]


def test_no_data_keeps_the_last_good_price_and_says_nothing() -> None:
    quotes = QuotesInMemory()
    tick(quotes, Fixed({"GME": a_price()}))
    said, _ = tick(quotes, Fixed({"GME": a_price(price=Decimal("NaN"), as_of=LATER)}), at=LATER)
    assert told(said) == []
    assert [kept.told.price for kept in quotes.recent("GME", LATER)] == [Decimal("150")]


def test_a_large_move_seen_once_is_announced_as_doubtful() -> None:
    said, _ = tick(QuotesInMemory(), Fixed({"GME": SPIKE}))
    (event,) = told(said)
    assert not event.confirmed
    assert event.doubt == "+134.84 % against the previous close, seen once"


def test_the_next_look_confirms_a_move_that_holds() -> None:
    quotes = QuotesInMemory()
    tick(quotes, Fixed({"GME": SPIKE}))
    said, _ = tick(quotes, Fixed({"GME": a_price(price=Decimal("354.83"), as_of=LATER)}), at=LATER)
    assert [event.confirmed for event in told(said)] == [True]


def test_a_look_is_confirmed_by_what_came_before_it_never_by_what_came_after() -> None:
    quotes = QuotesInMemory()
    tick(quotes, Fixed({"GME": a_price(price=Decimal("347.51"), as_of=LATER)}), at=LATER)
    said, _ = tick(quotes, Fixed({"GME": SPIKE}))
    assert [event.confirmed for event in told(said)] == [False]


def test_a_price_ten_times_too_high_is_never_confirmed_by_the_true_one() -> None:
    quotes = QuotesInMemory()
    wrong, _ = tick(quotes, Fixed({"GME": a_price(price=Decimal("1480"))}))
    right, _ = tick(quotes, Fixed({"GME": a_price(as_of=LATER)}), at=LATER)
    assert [event.confirmed for event in told(wrong) + told(right)] == [False, True]
    assert told(right)[0].price == Decimal("150")


@pytest.mark.parametrize(
    ("wrong", "then"), [("1480", "165"), ("14.8", "131"), ("296", "165"), ("73.99", "131")]
)
def test_a_true_move_is_not_confirmed_by_the_error_before_it(wrong: str, then: str) -> None:
    moved = a_price(price=Decimal(then), as_of=LATER)
    assert doubt_about(moved, a_quote(price=wrong), nobody) is not None


def test_a_look_of_another_day_confirms_nothing() -> None:
    yesterday = a_quote(price="347.51", previous_close="140")
    assert doubt_about(SPIKE, yesterday, nobody) is not None


@pytest.mark.parametrize(
    ("price", "doubted"), [("344.04", False), ("350.98", False), ("344.03", True), ("150", True)]
)
def test_a_second_provider_confirms_within_one_per_cent(price: str, doubted: bool) -> None:
    other = a_price(price=Decimal(price), provider="yahoo")
    doubt = doubt_about(SPIKE, None, lambda: other)
    assert (doubt is not None) == doubted
    assert not doubted or doubt == f"+134.84 % against the previous close, but yahoo says {price}"


def test_the_provider_of_a_quote_is_not_its_own_second_opinion() -> None:
    recorded, yahoo = Fixed({"GME": SPIKE}), Fixed(name="yahoo")
    said, _ = tick(QuotesInMemory(), recorded, yahoo)
    assert [event.confirmed for event in told(said)] == [False]
    assert recorded.asked.count("GME") == yahoo.asked.count("GME") == 1


@pytest.mark.parametrize("price", ["162.77", "133.19"])
def test_a_small_move_asks_for_no_second_opinion(price: str) -> None:
    def fail() -> Quote:
        raise AssertionError("asked")

    assert doubt_about(a_price(price=Decimal(price)), None, fail) is None


@pytest.mark.parametrize("price", ["162.78", "133.18"])
def test_from_ten_per_cent_on_one_look_is_not_enough(price: str) -> None:
    assert doubt_about(a_price(price=Decimal(price)), None, nobody) is not None


def test_a_change_is_in_per_cent_of_the_previous_close() -> None:
    assert change_pct(Decimal("347.51"), Decimal("147.98")) == Decimal("134.84")
    assert change_pct(Decimal("193.6"), Decimal("347.51")) == Decimal("-44.29")


def corrections(said: Said) -> list[QuoteCorrectedV1]:
    return [event for event in said.events if isinstance(event, QuoteCorrectedV1)]


def test_a_doubted_quote_that_the_next_look_refutes_is_corrected_and_stays_on_record() -> None:
    quotes = QuotesInMemory()
    tick(quotes, Fixed({"GME": SPIKE}))
    said, _ = tick(quotes, Fixed({"GME": a_price(price=Decimal("151.20"), as_of=LATER)}), at=LATER)
    (found,) = corrections(said)
    assert (found.as_of, found.was, found.corrected) == (NOON, Decimal("347.51"), Decimal("151.20"))
    assert (found.was_change_pct, found.change_pct) == (Decimal("134.84"), Decimal("2.18"))
    assert found.why == "it was not confirmed, and the next look found 151.20"
    kept = quotes.kept["GME", NOON]
    assert (kept.told.price, kept.correction and kept.correction.told) == (Decimal("347.51"), found)


def test_a_repeat_announces_the_correction_again_and_a_later_tick_does_not() -> None:
    quotes = QuotesInMemory()
    tick(quotes, Fixed({"GME": SPIKE}))
    first, _ = tick(quotes, Fixed({"GME": a_price(as_of=LATER)}), at=LATER)
    again, _ = tick(quotes, Fixed(), at=LATER)
    later = LATER + timedelta(minutes=15)
    third, _ = tick(quotes, Fixed({"GME": a_price(as_of=later)}), at=later)
    assert len(corrections(first)) == 1
    assert again.envelopes == first.envelopes
    assert corrections(third) == []


@pytest.mark.parametrize(
    ("then", "minutes"),
    [("340", 15), ("250", 15), ("150", 46)],  # it holds; it gave back under a half; hours went by
)
def test_a_doubted_quote_that_nothing_refutes_is_left_alone(then: str, minutes: int) -> None:
    at = NOON + timedelta(minutes=minutes)
    quotes = QuotesInMemory()
    tick(quotes, Fixed({"GME": SPIKE}))
    said, _ = tick(quotes, Fixed({"GME": a_price(price=Decimal(then), as_of=at)}), at=at)
    assert corrections(said) == []


def test_a_confirmed_quote_is_not_corrected_because_the_price_moved_on() -> None:
    quotes, second = (
        QuotesInMemory(),
        Fixed({"GME": a_price(price=SPIKE.price, provider="yahoo")}, name="yahoo"),
    )
    tick(quotes, Fixed({"GME": SPIKE}), second)
    said, _ = tick(quotes, Fixed({"GME": a_price(as_of=LATER)}), at=LATER)
    assert corrections(said) == []


def test_a_provider_that_says_otherwise_of_the_same_moment_has_corrected_itself() -> None:
    quotes = QuotesInMemory()
    tick(quotes, Fixed({"GME": a_price(price=Decimal("160"))}))
    said, _ = tick(quotes, Fixed({"GME": a_price(price=Decimal("149"))}), at=LATER)
    (found,) = corrections(said)
    assert (found.was, found.corrected, found.corrected_at) == (Decimal("160"), Decimal("149"), LATER)
    assert told(said) == []


def test_another_provider_of_the_same_moment_corrects_nobody() -> None:
    quotes = QuotesInMemory()
    tick(quotes, Fixed({"GME": a_price(price=Decimal("160"))}))
    other = Fixed({"GME": a_price(price=Decimal("149"), provider="yahoo")}, name="yahoo")
    said, _ = tick(quotes, other, at=LATER)
    assert corrections(said) == []


def test_a_tick_that_comes_after_the_bar_has_its_quote_held_against_it() -> None:
    said, _ = tick(
        QuotesInMemory(), Fixed({"GME": a_price(price=Decimal("420"))}), bar=a_bar(), tracked=["GME"]
    )
    (found,) = corrections(said)
    assert (found.was, found.corrected) == (Decimal("420"), Decimal("380.00"))


def test_a_collection_is_recorded_with_what_was_asked_got_and_missed() -> None:
    shared = Shared(["AMC", "GME"])
    provider = Fixed({"AMC": Unavailable("delisted", "gone"), "GME": a_price()})
    tick(QuotesInMemory(), provider, shared=shared)
    missed = {"AMC": "delisted", "SPY": "no_data"}
    assert shared.parts == [Part("quotes", NOON, ("GME",), missed, Decimal("3.000"))]
    assert shared.notes.about("quotes.complete") == [{"asked": 3, "got": 1, "missed": missed}]


def test_a_closed_market_makes_no_run() -> None:
    shared = Shared()
    tick(QuotesInMemory(), Fixed(), at=datetime(2021, 1, 18, 17, tzinfo=UTC), shared=shared)
    assert (shared.parts, shared.runs.asked_for) == ([], {})


def test_tickers_that_may_be_had_in_minutes_are_asked_for_again_alone_and_tell_the_same_ids() -> None:
    quotes, shared = QuotesInMemory(), Shared(["AMC", "GME"])
    limited = Unavailable("rate_limited", "slow down", timedelta(minutes=2))
    amc = a_price(ticker="AMC")
    tick(quotes, Fixed({"AMC": limited, "GME": a_price(), "SPY": a_price(ticker="SPY")}), shared=shared)
    ((left, delay),) = shared.sent
    assert (left.only, left.round, delay) == (("AMC",), 1, timedelta(minutes=2))
    provider = Fixed({"AMC": amc})
    then, _ = tick(quotes, provider, shared=shared, due=left)
    whole, _ = tick(QuotesInMemory(), Fixed({"AMC": amc}), tracked=["AMC"])
    assert provider.asked == ["AMC"]
    assert then.envelopes == whole.envelopes
    assert shared.notes.about("quotes.complete") == [{"asked": 3, "got": 3, "missed": {}}]


def test_what_was_put_off_too_often_is_named_as_missed() -> None:
    shared = Shared(rounds=1)
    limited = Fixed({"GME": Unavailable("rate_limited", "slow down"), "SPY": a_price(ticker="SPY")})
    tick(QuotesInMemory(), limited, shared=shared)
    ((left, _),) = shared.sent
    tick(QuotesInMemory(), limited, shared=shared, due=left)
    assert len(shared.sent) == 1
    complete = {"asked": 2, "got": 1, "missed": {"GME": "rate_limited"}}
    assert shared.notes.about("quotes.complete") == [complete]


def test_a_large_tick_is_shared_out_over_messages_of_their_own() -> None:
    names = [f"T{n:03}" for n in range(100)]
    shared = Shared(names)
    provider = Fixed({name: a_price(ticker=name) for name in names})
    tick(QuotesInMemory(), provider, shared=shared)
    parts = [due.only for due, _ in shared.sent]
    assert provider.asked == sorted(["SPY", *names])[:40]
    assert [*provider.asked, *(name for part in parts for name in part)] == sorted(["SPY", *names])
    assert [len(part) for part in parts] == [40, 21]
    assert not shared.runs.between("quotes", NOON, NOON)[0].finished
