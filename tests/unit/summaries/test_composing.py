"""What a reader's mail says."""

from datetime import date, time
from decimal import Decimal
from typing import Any

from contracts.events.summaries import DailySummaryPublishedV1
from services.summaries.composing import MAX_TEXTS, page, subject_line, told
from services.summaries.grounding import Facts, ungrounded
from services.summaries.rendering import text_part
from tests.builders import a_summary

NEW_YORK = "America/New_York"
LEFT_OUT = "what it said beyond the figures was left out."


def a_day(ticker: str, **changes: Any) -> dict[str, Any]:
    """A ticker of the summary; `a_day("NOK", change_pct=None)`."""
    return a_summary().tickers[0].model_dump(mode="json") | {"ticker": ticker} | changes


def a_summary_of(*days: dict[str, Any], **changes: Any) -> DailySummaryPublishedV1:
    return a_summary(tickers=list(days), **changes)


def test_only_watched_tickers_are_told_most_discussed_first() -> None:
    summary = a_summary_of(a_day("GME"), a_day("AMC"), a_day("NOK"))
    assert [day.ticker for day in told(summary, {"NOK", "GME", "TSLA"})] == ["GME", "NOK"]
    assert told(summary, {"TSLA"}) == []


def test_the_subject_names_the_day_and_the_first_moves() -> None:
    summary = a_summary_of(
        a_day("GME", change_pct="134.84"),
        a_day("AMC", change_pct="-3.2"),
        a_day("NOK", change_pct=None, close=None),
        a_day("BB", change_pct="0"),
        a_day("TSLA"),
    )
    assert subject_line(summary, ["GME"]) == "27 January 2021: GME +134.84%"
    assert subject_line(summary, ["NOK", "BB"]) == "27 January 2021: NOK, BB 0.00%"
    everything = [day.ticker for day in summary.tickers]
    assert subject_line(summary, everything) == "27 January 2021: GME +134.84%, AMC −3.20%, NOK and 2 more"


def test_what_is_not_known_is_absent_and_never_a_number() -> None:
    day = a_day("GME", close=None, change_pct=None, polarity_mean=None, mood="unknown", unique_authors=0)
    (row,) = page(a_summary_of(day), ["GME"], NEW_YORK).rows
    assert (row.close, row.change, row.rose) == (None, None, None)
    assert (row.crowd, row.mood) == ("120 posts", "mood not known")
    assert "0.00" not in text_part(page(a_summary_of(day), ["GME"], NEW_YORK)).replace(row.paragraphs[0], "")


def test_repeated_posts_and_coverage_are_said_where_they_are_known() -> None:
    summary = a_summary_of(a_day("GME", near_duplicate_share="0.12"), coverage="0.8349")
    written = page(summary, ["GME"], NEW_YORK)
    crowd = written.rows[0].crowd
    assert crowd == "120 posts from 98 accounts, 12% of them repeat another nearly word for word"
    assert "We saw 83% of the posts usual at such hours." in written.notes


def test_the_hours_are_told_in_the_readers_zone_beside_new_yorks() -> None:
    note = page(a_summary(), ["GME"], "Europe/Berlin").notes[0]
    assert note == "Told of are posts from 07:00 to 19:00 in New York, 13:00 to 01:00 in Europe/Berlin."
    assert (
        page(a_summary(), ["GME"], NEW_YORK).notes[0] == "Told of are posts from 07:00 to 19:00 in New York."
    )


def test_beyond_the_first_tickers_the_figures_stand_alone() -> None:
    days = [a_day(f"T{chr(65 + at)}") for at in range(MAX_TEXTS + 2)]
    rows = page(a_summary_of(*days), [day["ticker"] for day in days], NEW_YORK).rows
    assert [bool(row.paragraphs) for row in rows] == [True] * MAX_TEXTS + [False] * 2
    assert all(row.crowd for row in rows)


def test_nothing_is_said_beyond_the_figures_of_the_summary() -> None:
    texts = {"text": "The talk about GME leaned bullish on 27 January 2021."}
    days = [a_day("GME", near_duplicate_share="0.125", **texts), a_day("AMC", **texts | {"text": "AMC."})]
    summary = a_summary_of(
        *days, coverage="0.83", headline="GME and AMC.", window_start=a_summary().window_start
    )
    facts = Facts(
        tickers=frozenset({"GME", "AMC"}),
        dates=frozenset({date(2021, 1, 27)}),
        times=frozenset({time(7), time(19)}),
        counts=frozenset(
            {day.mentions for day in summary.tickers} | {d.unique_authors for d in summary.tickers}
        ),
        scores=frozenset(
            {Decimal(-1), Decimal(1)} | {d.polarity_mean for d in summary.tickers if d.polarity_mean}
        ),
        prices=frozenset(day.close for day in summary.tickers if day.close),
        percents=frozenset(
            {Decimal("12.5"), Decimal("83")} | {d.change_pct for d in summary.tickers if d.change_pct}
        ),
    )
    tickers = ["GME", "AMC"]
    assert ungrounded(text_part(page(summary, tickers, NEW_YORK)), facts) == []
    assert ungrounded(subject_line(summary, tickers), facts) == []


def test_who_wrote_the_texts_is_said() -> None:
    by_model, by_rules = a_day("GME", written_by="model"), a_day("AMC", written_by="template")
    for days, said in (
        ([by_rules], "The texts are written from the figures by fixed rules."),
        (
            [by_model],
            "The texts are written by a language model; what it said beyond the figures was left out.",
        ),
        (
            [by_model, by_rules],
            "A language model wrote some texts; what it said beyond the figures was left out.",
        ),
    ):
        assert said in page(a_summary_of(*days), [day["ticker"] for day in days], NEW_YORK).notes
