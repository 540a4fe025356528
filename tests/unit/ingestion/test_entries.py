"""Markup is read as a reader sees it, and rows of feeds are told from others."""

import pytest

from services.ingestion.entries import entry_row, plain, read_row
from tests.builders import NOON


@pytest.mark.parametrize(
    ("markup", "text"),
    [
        ("GME is up", "GME is up"),
        ("<p>GME</p><p>is <i>up</i></p>", "GME\nis up"),
        ("a<br>b<br/>c", "a\nb\nc"),
        ("5 &lt; 6 &amp; 7 &#36;GME &nbsp;now", "5 < 6 & 7 $GME now"),
        ("<style>p{}</style><script>var GME = '<b>';</script>up", "up"),
        ("<svg><script></svg></script></svg>up", "up"),
        ("<!-- GME -->up", "up"),
        ('<a href="https://x.example/GME">story</a>', "story"),
        ("<img src=x onerror=alert(1)>up", "up"),
        ("a </p></p></div> b", "a\nb"),
        ("", ""),
    ],
)
def test_only_what_is_seen_is_left(markup: str, text: str) -> None:
    assert plain(markup) == text


def test_the_longest_of_what_an_entry_says_is_its_text() -> None:
    entry = {"id": "1", "summary": "short", "content": [{"value": "much longer than that"}]}
    assert entry_row("https://f.example", entry, NOON.timestamp(), None)["text"] == "much longer than that"


def test_a_row_says_whether_a_feed_or_reddit_wrote_it() -> None:
    of_feed = entry_row("https://f.example", {"id": "1", "title": "GME"}, NOON.timestamp(), NOON.timestamp())
    of_reddit = {"id": "l6q0aa", "title": "GME", "created_utc": NOON.timestamp()}
    assert [read_row(row).source for row in (of_feed, of_reddit)] == ["rss", "reddit"]
    assert of_feed["edited"] is False


@pytest.mark.parametrize("at", [None, "soon", 4.2e12])
def test_an_entry_without_a_date_that_can_be_is_no_post(at: object) -> None:
    row = {"source": "rss", "id": "1", "title": "GME", "created_utc": at}
    with pytest.raises(ValueError, match="date"):
        read_row(row)
