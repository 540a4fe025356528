"""The week in figures and what its mail says."""

from datetime import date
from decimal import Decimal
from typing import Any

from contracts.events.summaries import DailySummaryPublishedV1
from services.summaries.reviewing import page, subject_line, told
from services.summaries.weeks import Week, week
from tests.unit.summaries.test_composing import a_day, a_summary_of

LAST = date(2021, 1, 31)


def a_week() -> Week:
    def of(day: str, *rows: dict[str, object]) -> DailySummaryPublishedV1:
        return a_summary_of(*rows, date=day)

    return week(
        LAST,
        [
            of("2021-01-29", a_day("GME", mentions=40, close="325.00", change_pct="67.87", scored=0)),
            of(
                "2021-01-26",
                a_day(
                    "GME", mentions=100, close="147.98", change_pct="92.71", polarity_mean="0.200", scored=10
                ),
                a_day("AMC", mentions=150, close=None, change_pct=None),
            ),
            of(
                "2021-01-27",
                a_day(
                    "GME", mentions=60, close="347.51", change_pct="134.84", polarity_mean="0.500", scored=30
                ),
            ),
        ],
    )


def _gme(**changes: Any) -> dict[str, Any]:
    return a_day("GME", **changes)


def test_days_add_up_and_the_most_discussed_comes_first() -> None:
    gme, amc = a_week().tickers
    assert (gme.ticker, gme.mentions, amc.ticker, amc.mentions) == ("GME", 200, "AMC", 150)


def test_the_mean_weighs_each_day_by_its_scored_posts() -> None:
    gme, _ = a_week().tickers
    assert gme.polarity == Decimal("0.425")


def test_the_change_is_from_before_the_first_session_to_the_last_close() -> None:
    gme, amc = a_week().tickers
    assert gme.close == Decimal("325.00")
    assert gme.change_pct == Decimal("323.24")
    assert (amc.close, amc.change_pct) == (None, None)


def test_the_mail_tells_what_is_watched_and_which_days_are_missing() -> None:
    assert [one.ticker for one in told(a_week(), {"AMC", "TSLA"})] == ["AMC"]
    assert subject_line(a_week(), ["GME", "AMC"]) == "Your week to 31 January 2021: GME +323.24%, AMC"
    mail = page(a_week(), ["GME", "AMC"])
    assert mail.title == "Your week to 31 January 2021"
    assert "Of 4 of the seven days there is no summary: they are missing, not calm." in mail.notes
    assert [(bar.label, bar.figure) for bar in mail.chart] == [
        ("Tue 26", "250"),
        ("Wed 27", "60"),
        ("Fri 29", "40"),
    ]
    assert mail.rows[0].paragraphs == ("The most was said on 26 January 2021: 100 posts from 98 accounts.",)
