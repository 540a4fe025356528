from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import pytest

from services.market_data.asking import Bar, Provider, Quote, Reason, Unavailable
from services.market_data.consulting import Panel, always
from tests.builders import NOON
from tests.unit.market_data.doubles import Fixed, Notes, a_day, a_price

LIMITED = Unavailable("rate_limited", "yahoo: slow down", timedelta(minutes=2))
DELISTED = Unavailable("delisted", "yahoo: gone")
UNREACHABLE = Unavailable("unreachable", "yahoo: timed out")
NOT_YET = Unavailable("not_yet", "alpaca: no turn", timedelta(seconds=20))


def quote(*providers: Provider, ticker: str = "GME", at: datetime = NOON) -> Quote | Unavailable:
    return Panel(providers, always, Notes()).quotes([ticker], at)[ticker]


def bars(*providers: Provider) -> list[Bar] | Unavailable:
    return Panel(providers, always, Notes()).bars(["GME"], date(2021, 1, 26), date(2021, 1, 27))["GME"]


def test_the_first_provider_with_an_answer_is_believed_under_its_own_name() -> None:
    second = Fixed({"GME": a_price(provider="yahoo", feed="sip")}, name="yahoo")
    answer = quote(Fixed(), second)
    assert answer == a_price(provider="yahoo", feed="sip")


def test_the_second_provider_is_asked_only_for_what_the_first_does_not_know() -> None:
    first, second = Fixed({"GME": a_price()}), Fixed({"AMC": a_price(ticker="AMC")}, name="yahoo")
    found = Panel([first, second], always, Notes()).quotes(["AMC", "GME"], NOON)
    assert [type(answer) for answer in found.values()] == [Quote, Quote]
    assert second.asked == ["AMC"]


@pytest.mark.parametrize("refusal", [LIMITED, UNREACHABLE, DELISTED])
def test_where_one_cannot_answer_the_next_is_asked(refusal: Unavailable) -> None:
    assert quote(Fixed({"GME": refusal}), Fixed({"GME": a_price()}, name="yahoo")) == a_price()


def test_whose_turn_is_yet_to_come_is_waited_for_and_nobody_else_is_asked_instead() -> None:
    second = Fixed({"GME": a_price()}, name="yahoo")
    assert quote(Fixed({"GME": NOT_YET}), second) == NOT_YET
    assert second.asked == []


def test_a_rate_limit_is_never_told_as_no_data_or_delisted() -> None:
    delisted = Fixed({"GME": DELISTED}, name="other")
    answer = quote(Fixed(), delisted, Fixed({"GME": LIMITED}, name="yahoo"))
    assert answer == Unavailable(
        "rate_limited", "recorded: unknown; yahoo: gone; yahoo: slow down", timedelta(minutes=2)
    )


@pytest.mark.parametrize("reason", ["rate_limited", "unreachable", "no_credentials"])
def test_who_is_left_out_is_said_even_where_another_answers(reason: Reason) -> None:
    notes = Notes()
    out = Fixed(dict.fromkeys(["AMC", "GME"], Unavailable(reason, "why")), name="alpaca")
    other = Fixed({"GME": a_price(), "AMC": a_price(ticker="AMC")})
    Panel([out, other], always, notes).quotes(["AMC", "GME"], NOON)
    said = {"provider": "alpaca", "reason": reason, "detail": "why", "tickers": 2}
    assert notes.about("provider.left_out") == [said]


def test_who_was_never_let_in_says_least() -> None:
    answer = quote(Fixed({"GME": Unavailable("no_credentials", "none")}), Fixed({"GME": DELISTED}))
    assert isinstance(answer, Unavailable)
    assert answer.reason == "delisted"


@pytest.mark.parametrize("at", [datetime(2021, 1, 18, 17, tzinfo=UTC), datetime(2021, 1, 23, 17, tzinfo=UTC)])
def test_while_the_market_is_closed_nobody_is_asked_and_that_is_the_answer(at: datetime) -> None:
    provider = Fixed({"GME": a_price(as_of=at)})
    answer = quote(provider, at=at)
    assert isinstance(answer, Unavailable)
    assert (answer.reason, provider.asked) == ("closed", [])


def test_without_a_provider_there_is_no_data() -> None:
    answer = quote()
    assert isinstance(answer, Unavailable)
    assert answer.reason == "no_data"


def test_a_ticker_a_provider_leaves_out_is_one_it_says_nothing_about() -> None:
    class Silent(Fixed):
        def quotes(self, *_: object) -> dict[str, Quote | Unavailable]:
            return {}

    answer = quote(Silent())
    assert answer == Unavailable("no_data", "recorded knows nothing of GME")


@pytest.mark.parametrize("price", ["NaN", "Infinity", "0", "-1", "1E+30", "200000", "0.1"])
@pytest.mark.parametrize("of", ["price", "previous_close"])
def test_a_quote_without_a_real_price_gives_way_to_the_next_provider(of: str, price: str) -> None:
    broken = Fixed({"GME": a_price(**{of: Decimal(price)})})
    sound = a_price(provider="yahoo")
    assert quote(broken, Fixed({"GME": sound}, name="yahoo")) == sound
    alone = quote(broken)
    assert isinstance(alone, Unavailable)
    assert alone.reason == "no_data"


def test_no_bars_at_all_is_no_data_and_the_next_provider_is_asked() -> None:
    yahoo = Fixed(days={"GME": [a_day(provider="yahoo")]}, name="yahoo")
    assert bars(Fixed(), yahoo) == [a_day(provider="yahoo")]
    alone = bars(Fixed())
    assert isinstance(alone, Unavailable)
    assert alone.reason == "no_data"
