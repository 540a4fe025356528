"""A mail as text and as HTML: the same words, and nothing in them acts."""

import re
from html import unescape

from services.summaries.composing import page
from services.summaries.rendering import html_part, text_part
from tests.builders import a_summary
from tests.unit.summaries.test_composing import NEW_YORK, a_day, a_summary_of

GMAIL_CUTS_AT = 102_000
"""Bytes."""


def words(html: str) -> str:
    shown = re.sub(r"<style>.*?</style>|<[^>]+>", " ", html, flags=re.DOTALL)
    return " ".join(unescape(shown).split())


def test_both_parts_say_the_same() -> None:
    written = page(a_summary(), ["GME"], NEW_YORK)
    html, text = words(html_part(written)), text_part(written)
    for said in (written.title, written.headline, *written.notes, *written.rows[0].paragraphs):
        assert " ".join(said.split()) in html
        assert said in text
    assert written.rows[0].close is not None
    assert written.rows[0].close in html
    assert written.rows[0].close in text


def test_markup_in_a_text_is_shown_and_never_obeyed() -> None:
    hostile = '<script>alert(1)</script><img src=x onerror="alert(2)"> {{ 7 * 7 }} {% raw %}'
    written = page(a_summary_of(a_day("GME", text=hostile), headline=f"</title>{hostile}"), ["GME"], NEW_YORK)
    html = html_part(written)

    assert "<script" not in html
    assert "<img" not in html
    assert "&lt;script&gt;alert(1)&lt;/script&gt;" in html
    assert html.count("{{ 7 * 7 }}") == 3
    assert text_part(written).count(hostile) == 2


def test_the_html_loads_nothing_and_leads_nowhere() -> None:
    html = html_part(page(a_summary(), ["GME"], NEW_YORK))
    assert not re.search(r"\bsrc=|\bhref=|url\(|@import|<script|<form", html)


def test_every_visible_element_carries_its_own_style() -> None:
    html = html_part(page(a_summary(), ["GME"], NEW_YORK))
    bare = [
        tag
        for tag in re.findall(r"<(?:p|h1|h2|h3|div|body|strong|span)\b[^>]*>", html)
        if "style=" not in tag
    ]
    assert bare == []


def test_a_long_mail_is_not_cut_off() -> None:
    days = [a_day(f"{chr(65 + at // 26)}{chr(65 + at % 26)}", text="word & " * 285) for at in range(100)]
    html = html_part(page(a_summary_of(*days), [day["ticker"] for day in days], NEW_YORK))
    assert len(html.encode()) < GMAIL_CUTS_AT


def test_a_close_that_is_not_known_is_said_to_be() -> None:
    written = page(a_summary_of(a_day("GME", close=None, change_pct=None)), ["GME"], NEW_YORK)
    assert "close not known" in words(html_part(written))
    assert "GME  close not known\n" in text_part(written)


def test_the_chart_is_made_of_cells_and_its_bars_are_in_proportion() -> None:
    summary = a_summary_of(a_day("GME", mentions=200), a_day("AMC", mentions=50), a_day("BB", mentions=1))
    written = page(summary, ["GME", "AMC", "BB"], NEW_YORK)
    html = html_part(written)
    assert [(bar.label, bar.figure, bar.width) for bar in written.chart] == [
        ("GME", "200", 100),
        ("AMC", "50", 25),
        ("BB", "1", 1),
    ]
    assert re.findall(r'class="bar" width="(\d+)%"', html) == ["100", "25", "1"]
    assert "<svg" not in html
    assert "<img" not in html
    assert "AMC  50" in text_part(written)


def test_the_dark_mode_stays_where_styles_are_put_into_elements() -> None:
    html = html_part(page(a_summary(), ["GME"], NEW_YORK))
    assert "@media (prefers-color-scheme: dark)" in html
    assert re.search(r'<h1 class="ink" style="[^"]*color: ?#1b2125', html)
