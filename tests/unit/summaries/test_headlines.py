"""The headline of a day, and what it says of a thin one."""

from services.summaries.grounding import ungrounded
from services.summaries.headlines import headline, headline_facts
from services.summaries.tallying import Figures
from tests.unit.summaries.fakes import DAY, some_figures

RANKED = [some_figures(ticker=ticker) for ticker in ("GME", "AMC", "NOK", "BB")]


def told(posts: int, ranked: list[Figures], shown: int) -> str:
    text = headline(DAY, posts, ranked, shown, 10)
    assert ungrounded(text, headline_facts(DAY, posts, ranked, shown, 10)) == []
    assert len(text) <= 300
    return text


def test_the_most_discussed_ticker_leads() -> None:
    assert told(410, RANKED, 4) == (
        "GME was talked about most on 27 January 2021, in 128 of the 410 posts we saw, and the mood was "
        "bullish. AMC and NOK came next; 4 tickers were named by 10 voices or more."
    )


def test_a_cut_is_said() -> None:
    assert "Only the 2 most discussed of them are told here." in told(410, RANKED, 2)
    assert "Only" not in told(410, RANKED, 4)


def test_a_lone_ticker_has_no_company() -> None:
    assert "No other ticker was named by 10 voices or more." in told(410, RANKED[:1], 1)


def test_a_thin_day_is_not_called_calm() -> None:
    text = told(3, [], 0)
    assert text.startswith("No ticker was named by 10 voices or more on 27 January 2021. We saw 3 posts ")
    assert "no sign of a calm day" in text


def test_a_day_without_posts_may_be_a_day_without_collection() -> None:
    assert told(0, [], 0).endswith("Whether nothing was said or nothing was collected is not known.")


def test_the_longest_headline_fits() -> None:
    ranked = [
        some_figures(ticker=f"ABCD{n % 10}.{'ABCDEFGHIJKLMNOPQRSTUVWXYZ'[n // 10]}Z", mentions=9_999_999)
        for n in range(250)
    ]
    text = headline(DAY, 999_999_999, ranked, 100, 1_000_000)
    assert 200 < len(text) <= 300
