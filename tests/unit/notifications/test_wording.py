"""Messages as people read them."""

from datetime import UTC, datetime
from decimal import Decimal

import pytest

from services.notifications.alerts import Held, Later
from services.notifications.figures import count, money, percent, share, signed, span
from services.notifications.locales import LANGUAGES
from services.notifications.localised import figures_for
from services.notifications.wording import Message, daily_summary, digest, write
from tests.builders import NOON, a_forecast, a_quote, a_shift, a_summary, an_alert
from tests.unit.notifications.fakes import a_rule


def words(message: Message) -> str:
    return "\n".join((message.title, *message.paragraphs))


def test_a_move_says_the_number_the_line_and_that_a_second_look_agreed() -> None:
    message = write(a_rule("price_move", "10"), a_quote())
    assert message.title == "GME +134.8 % — your line was ±10 %"
    assert message.paragraphs == (
        "GME stood at $347.51, +134.8 % from its last close of $147.98, on 27 Jan 2021 12:00 New York.",
        "How sure: confirmed by a second look; quoted by recorded in the regular session.",
    )


def test_an_unconfirmed_move_says_so_in_its_title_and_why_below() -> None:
    quote = a_quote(
        confirmed=False, doubt="more than 50 % in a day,\nno second provider", change_pct="-60.25"
    )
    message = write(a_rule("price_move", "2.50"), quote)
    assert message.title == "GME −60.3 %, unconfirmed — your line was ±2.5 %"
    assert "unconfirmed, one look only (more than 50 % in a day, no second provider)" in message.paragraphs[1]


@pytest.mark.parametrize(
    ("price", "title"),
    [
        ("101.20", "GME $101.20 — above your $100.00"),
        ("99.5", "GME $99.50 — below your $100.00"),
        ("100", "GME $100.00 — at your $100.00"),
    ],
)
def test_a_level_says_on_which_side_the_price_is(price: str, title: str) -> None:
    assert write(a_rule("price_level", "100"), a_quote(price=price)).title == title


def test_a_shift_of_mood_says_from_where_to_where_and_who_spoke() -> None:
    message = write(a_rule("sentiment_shift", "0.3"), a_shift(previous="-0.100"))
    assert message.title == "GME mood +0.62 — your line was ±0.3"
    assert message.paragraphs == (
        "Posts about GME went from −0.10 to +0.52 on a scale from −1 to +1, "
        "within 1 hour up to 27 Jan 2021 12:00 New York.",
        "How sure: 42 posts by 38 authors, 12 % near-duplicates.",
    )


def test_scores_made_without_the_model_are_owned_up_to() -> None:
    assert "25 % scored without the model" in words(
        write(a_rule("sentiment_shift", "0.3"), a_shift(fallback_share="0.25"))
    )


def test_a_surge_of_talk_says_how_many_posts_and_how_many_are_usual() -> None:
    message = write(a_rule("mention_surge", "3"), a_shift())
    assert message.title == "GME talk 4.9 × the usual — your line was 3 ×"
    assert message.paragraphs[0].startswith("42 posts about GME, usually 8.5, within 1 hour")
    quiet = write(a_rule("mention_surge", "3"), a_shift(usual_mentions="0.2"))
    assert "usually fewer than 1," in quiet.paragraphs[0]


def test_a_forecast_says_what_it_was_worth_so_far_and_that_it_is_no_advice() -> None:
    forecast = a_forecast(direction="down", edge=True, probability_up="0.42", horizon=5)
    message = write(a_rule("direction"), forecast)
    assert message.title == "GME forecast down, 58.0 % — 5 sessions ahead"
    assert "to close below $347.51, 5 sessions after 27 Jan 2021" in message.paragraphs[0]
    assert message.paragraphs[1] == (
        "How sure: right in 53.0 % of 600 forecasts (95 % interval 49.0 % to 57.0 %), "
        "its baseline in 52.0 %; a forecast is no advice."
    )
    unknown = a_forecast(direction="up", edge=True, accuracy=None)
    assert "nothing is known yet" in words(write(a_rule("direction"), unknown))


def test_the_day_lists_followed_tickers_and_leaves_out_what_nobody_said_or_quoted() -> None:
    summary = a_summary()
    gme = summary.tickers[0]
    silent = gme.model_copy(
        update={"ticker": "AMC", "mentions": 1, "unique_authors": 1, "mood": "unknown"}
        | {"close": None, "change_pct": None}
    )
    message = daily_summary(summary, [gme, silent])
    assert message.title == "27 Jan 2021: GME and 1 more"
    assert message.paragraphs[0].splitlines() == [
        "GME: 120 posts by 98 authors, bullish, +134.8 %, closed at $347.51",
        "AMC: 1 post by 1 author",
    ]


def test_words_of_posts_and_models_never_enter_a_message() -> None:
    summary = a_summary(headline="<!channel> http://evil.example", written_by="model")
    day = summary.tickers[0].model_copy(update={"text": "<script>alert(1)</script>", "mood": "<b>mad</b>"})
    found = words(daily_summary(summary, [day]))
    assert "evil" not in found
    assert "<" not in found


def test_a_long_day_is_cut_openly_and_fits_a_message() -> None:
    day = a_summary().tickers[0]
    message = daily_summary(a_summary(), [day] * 100)
    assert message.paragraphs[0].splitlines()[-1] == "… and 80 more of your tickers"
    assert len(message.body("n-1")) < 4000


def test_the_last_line_is_the_receipt() -> None:
    assert Message("t", ("a", "b")).body("n-1f") == "a\n\nb\n\nWhy: tape why n-1f"


def test_a_digest_of_one_keeps_its_words_and_a_digest_of_many_lists_them() -> None:
    body = "GME stood at $347.51.\n\nWhy: tape why n-1"
    one = Held(an_alert(body=body), Later(("email",), NOON), NOON)
    assert digest([one]) == Message("GME +134.8 %", ("GME stood at $347.51.",))
    two = digest([one, one])
    assert two.title == "2 alerts that waited for you"
    assert two.paragraphs[0].splitlines() == ["GME +134.8 % (tape why n-1)"] * 2


def test_a_long_night_is_cut_openly_and_fits_a_message() -> None:
    held = [Held(an_alert(title="x" * 120), Later(("email",), NOON), NOON)] * 30
    message = digest(held)
    assert message.title == "30 alerts that waited for you"
    assert message.paragraphs[0].splitlines()[-1] == "… and 10 more in your inbox"
    assert len(message.body("n-" + "0" * 20)) < 4000


@pytest.mark.parametrize("locale", sorted(LANGUAGES))
def test_every_title_fits_with_the_longest_figures_there_may_be(locale: str) -> None:
    say = figures_for(locale)
    quote = a_quote(ticker="ABCDEF.GH", change_pct="-99999999.99", confirmed=False, doubt="x" * 200)
    shift = a_shift(ticker="ABCDEF.GH", mentions=10**9, usual_mentions="99999999.99")
    for message in (
        write(a_rule("price_move", "999999.999999"), quote, say),
        write(a_rule("price_level", "999999.999999"), quote, say),
        write(a_rule("mention_surge", "999999.999999"), shift, say),
        write(a_rule("sentiment_shift", "0.000001"), shift, say),
    ):
        assert len(message.title) <= 120


@pytest.mark.parametrize(
    ("written", "expected"),
    [
        (percent(Decimal("-0.04")), "0.0 %"),
        (percent(Decimal("12345.67")), "+12,345.7 %"),
        (signed(Decimal("-0.125"), 2), "−0.13"),
        (money(Decimal("0.0034")), "$0.0034"),
        (money(Decimal("1234.5")), "$1,234.50"),
        (share(Decimal("0")), "0 %"),
        (share(Decimal("0.004")), "under 1 %"),
        (share(Decimal("1")), "100 %"),
        (span("PT15M"), "15 minutes"),
        (span("P1D"), "1 day"),
        (span("P1W"), "P1W"),
        (count(1, "post"), "1 post"),
    ],
)
def test_figures_are_written_plainly(written: str, expected: str) -> None:
    assert written == expected


def test_a_summer_quote_is_told_in_new_yorks_summer_time() -> None:
    quote = a_quote(as_of=datetime(2021, 6, 1, 13, 30, tzinfo=UTC))
    assert "1 Jun 2021 09:30 New York" in words(write(a_rule("price_move", "1"), quote))
