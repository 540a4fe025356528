"""Putting the day together and announcing it."""

from collections.abc import Sequence
from datetime import UTC, date, datetime
from decimal import Decimal

import pytest

from contracts.bus.publish import MAX_ENTRY_BYTES, detail_text
from contracts.events.arrivals import Due
from contracts.events.envelope import announce
from contracts.events.summaries import DailySummaryPublishedV1, ModelBudgetReachedV1
from services.summaries.consulting import OVER_BUDGET
from services.summaries.drafting import Written, plainly
from services.summaries.summarising import MAX_BYTES, WritersGone, publish_summary, summarise
from services.summaries.tallying import Close, Day, Figures
from tests.builders import Said, enveloped
from tests.unit.summaries.fakes import BUDGET, DAY, Kept, a_seen_post, plain_texts, texts

MORNING = Due(schedule="mornings", due_at=datetime(2021, 1, 28, 13, tzinfo=UTC))
CLOSES = {"GME": Close(Decimal("347.51"), Decimal("134.84"))}


def a_day(tickers: int = 1, posts: int = 12) -> Day:
    """*posts* posts, each naming all of `GME`, `TA`, `TB`, …"""
    named = ["GME", *(f"T{chr(65 + n // 26)}{chr(65 + n % 26)}" for n in range(tickers - 1))]
    return Day([a_seen_post(n, *named, polarity="0.5", votes=n) for n in range(posts)], CLOSES)


def published(
    *, seen: Day, kept: Kept | None = None, due: Due = MORNING, min_voices: int = 10
) -> DailySummaryPublishedV1:
    said = Said(enveloped(due))
    publish_summary(
        due,
        said,
        read=lambda day: seen,
        summaries=kept or Kept(),
        write_all=plain_texts,
        min_voices=min_voices,
        budget=BUDGET,
    )
    (event,) = said.events
    assert isinstance(event, DailySummaryPublishedV1)
    return event


def test_the_day_before_is_summarised() -> None:
    summary = published(seen=a_day())
    assert summary.date == DAY
    assert summary.window_start == datetime(2021, 1, 27, 12, tzinfo=UTC)
    assert summary.window_end == datetime(2021, 1, 28, 0, tzinfo=UTC)
    (gme,) = summary.tickers
    assert (gme.mentions, gme.unique_authors, gme.scored, gme.mood) == (12, 12, 12, "moon")
    assert (gme.close, gme.change_pct) == (Decimal("347.51"), Decimal("134.84"))
    assert gme.sources == ("reddit:t3_0011", "reddit:t3_0010", "reddit:t3_0009")
    assert "27 January 2021" in gme.text
    assert summary.written_by == "template"


def test_a_ticker_below_the_threshold_is_not_told() -> None:
    assert not published(seen=a_day(posts=9)).tickers
    assert published(seen=a_day(posts=9), min_voices=9).tickers


def test_a_day_without_a_ticker_is_published_with_an_honest_headline() -> None:
    summary = published(seen=a_day(posts=3))
    assert (summary.posts, summary.tickers) == (3, ())
    assert "no sign of a calm day" in summary.headline


def test_a_repeat_announces_what_was_kept_whatever_arrived_since() -> None:
    kept = Kept()
    first = published(seen=a_day(), kept=kept)
    again = published(seen=a_day(tickers=4, posts=30), kept=kept)
    assert again.model_dump_json() == first.model_dump_json()


def test_of_two_at_once_the_first_stands_and_both_announce_it() -> None:
    class Overtaken(Kept):
        def get(self, day: date) -> DailySummaryPublishedV1 | None:
            found = super().get(day)
            self.keep(summarise(day, a_day(posts=11), 10, write_all=plain_texts))
            return found

    assert published(seen=a_day(posts=12), kept=Overtaken()).posts == 11


def test_at_most_a_hundred_tickers_are_told_and_the_cut_is_said() -> None:
    summary = published(seen=a_day(tickers=112))
    assert len(summary.tickers) == 100
    assert "112 tickers were named" in summary.headline
    assert "Only the 100 most discussed" in summary.headline


def test_a_summary_too_heavy_for_the_bus_tells_fewer_tickers_and_says_so() -> None:
    summary = summarise(DAY, a_day(tickers=100), 10, write_all=texts(lambda figures: "é" * 2_000))
    assert 30 < len(summary.tickers) < 100
    assert f"Only the {len(summary.tickers)} most discussed" in summary.headline
    assert len(summary.model_dump_json().encode()) <= MAX_BYTES
    heavier = summary.model_copy(update={"tickers": (*summary.tickers, summary.tickers[-1])})
    assert len(heavier.model_dump_json().encode()) > MAX_BYTES - 2_000
    assert len(detail_text(announce(summary, key="morning", at=MORNING.due_at)).encode()) < MAX_ENTRY_BYTES


@pytest.mark.parametrize(
    "invention", ["GME will reach $1,000.", "AMC came along.", "It began on 3 May 2020."]
)
def test_a_text_that_says_more_than_the_figures_is_withheld(invention: str) -> None:
    summary = summarise(DAY, a_day(), 10, write_all=texts(lambda figures: invention))
    assert summary.tickers[0].text == (
        "The text about GME on 27 January 2021 is withheld: it said more than the figures do."
    )


def test_texts_are_paired_by_ticker_and_one_that_is_missing_is_the_templates() -> None:
    def some(day: date, figures: Sequence[Figures]) -> dict[str, Written]:
        return dict(reversed(texts(lambda f: f"{f.ticker} was heard.")(day, figures[1:]).items()))

    first, *others = summarise(DAY, a_day(tickers=4), 10, write_all=some).tickers
    assert (first.written_by, first.written_why) == ("template", "nobody wrote it")
    assert "27 January 2021" in first.text
    assert [told.text for told in others] == [f"{told.ticker} was heard." for told in others]
    assert {told.written_by for told in others} == {"model"}


def test_where_the_writers_are_gone_the_template_writes_and_says_so() -> None:
    def gone(day: date, figures: Sequence[Figures]) -> dict[str, Written]:
        raise WritersGone("no answer")

    summary = summarise(DAY, a_day(), 10, write_all=gone)
    assert (summary.written_by, summary.tickers[0].written_why) == ("template", "nobody wrote it")


def test_what_the_texts_cost_is_told() -> None:
    def dear(day: date, figures: Sequence[Figures]) -> dict[str, Written]:
        paid = {"tokens": 1_000, "dollars": Decimal("0.004")}
        return {t: w.model_copy(update=paid) for t, w in plain_texts(day, figures).items()}

    summary = summarise(DAY, a_day(tickers=3), 10, write_all=dear)
    assert (summary.model_tokens, summary.model_dollars) == (3_000, Decimal("0.012"))


def test_a_budget_that_was_reached_is_announced_also_by_a_repeat() -> None:
    def broke(day: date, figures: Sequence[Figures]) -> dict[str, Written]:
        return {each.ticker: plainly(each, day, OVER_BUDGET) for each in figures}

    kept = Kept()
    for writers in (broke, plain_texts):
        said = Said(enveloped(MORNING))
        publish_summary(
            MORNING,
            said,
            read=lambda day: a_day(),
            summaries=kept,
            write_all=writers,
            min_voices=10,
            budget=BUDGET,
        )
        summary, reached = said.events
        assert isinstance(summary, DailySummaryPublishedV1)
        assert summary.tickers[0].written_why == "over budget"
        assert isinstance(reached, ModelBudgetReachedV1)
        assert (reached.whose, reached.date, reached.tokens_limit) == ("all", date(2021, 1, 28), 2_000_000)
