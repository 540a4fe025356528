"""Feeds through the real parser and a real download, from a site on the loopback."""

import gzip
from collections.abc import Collection, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from services.ingestion.entries import read_row
from services.ingestion.feeds import VISIT, Feeds
from services.ingestion.fetching import LARGEST, fetch
from services.ingestion.keeping import Known
from services.ingestion.looking import Look, SourceUnavailable, TryLater
from tests.integration.ingestion.site import Site, item, rss, site

NOON = datetime(2021, 1, 27, 17, tzinfo=UTC)
SINCE = NOON - timedelta(minutes=20)


@dataclass
class Open:
    """A gate that lets everybody in, and notes how it went."""

    went: list[str] = field(default_factory=list)

    def enter(self, name: str) -> None:
        self.went.append("entered")

    def worked(self, name: str) -> None:
        self.went.append("worked")

    def failed(self, name: str, seconds: float | None = None) -> None:
        self.went.append(f"failed {seconds}")


@pytest.fixture(name="news")
def running() -> Iterator[Site]:
    with site() as found:
        yield found


def none_known(ids: Collection[str]) -> dict[str, Known]:
    return {}


def look(url: str, marks: dict[str, str] | None = None, gate: Open | None = None) -> Look:
    feeds = Feeds((url,), gate or Open(), lambda: NOON)
    return feeds.visit().look(url, SINCE, none_known, marks or {})


def test_an_entry_becomes_a_post_without_its_markup(news: Site) -> None:
    text = "<![CDATA[<p>Shares of <b>GME</b> doubled &amp; more.</p><script>track()</script><p>Again.</p>]]>"
    url = news.holds("/feed", rss(item("one", text=text)))

    (row,) = look(url).rows
    post = read_row(row)

    assert (post.title, post.text) == ("one", "Shares of GME doubled & more.\nAgain.")
    assert post.id.startswith("rss:")
    assert (post.source, post.community, post.url) == ("rss", url, "https://news.example/one")
    assert post.created_at == NOON - timedelta(minutes=5)


def test_atom_is_read_as_well(news: Site) -> None:
    url = news.holds(
        "/atom",
        '<feed xmlns="http://www.w3.org/2005/Atom"><title>t</title><id>urn:f</id>'
        "<updated>2021-01-27T16:00:00Z</updated><entry><id>urn:1</id><title>GME &amp;lt;b&amp;gt;</title>"
        "<author><name>Ann</name></author><published>2021-01-27T15:00:00Z</published>"
        '<updated>2021-01-27T16:00:00Z</updated><content type="html">&lt;p&gt;Up&lt;/p&gt;</content>'
        "</entry></feed>",
    )
    (row,) = look(url).rows
    post = read_row(row)
    assert (post.text, post.author, post.created_at) == ("Up", "Ann", NOON - timedelta(hours=2))
    assert row["edited"] == (NOON - timedelta(hours=1)).timestamp()


def test_an_entry_has_the_same_id_at_every_look_and_in_every_feed_that_carries_it(news: Site) -> None:
    one = news.holds("/one", rss(item("story"), "<guid>7</guid><title>own</title>"))
    other = news.holds("/other", rss(item("story", text="rewritten"), "<guid>7</guid><title>own</title>"))
    first, again, elsewhere = ([row["id"] for row in look(url).rows] for url in (one, one, other))
    assert first == again
    assert (first[0] == elsewhere[0], first[1] == elsewhere[1]) == (True, False)


def test_a_link_within_the_site_is_a_whole_address(news: Site) -> None:
    (row,) = look(news.holds("/news/feed", rss("<title>t</title><link>/story</link><guid>7</guid>"))).rows
    assert row["link"] == f"{news.url}/story"


def test_a_feed_that_did_not_change_is_asked_with_what_it_said_and_read_once(news: Site) -> None:
    url = news.holds("/feed", rss(item("one")), ETag='"7"', Last_Modified="Wed, 27 Jan 2021 16:00:00 GMT")
    first = look(url)
    second = look(url, dict(first.marks))

    assert [len(first.rows), len(second.rows)] == [1, 0]
    assert second.marks == first.marks
    (_, _), (_, asked) = news.asked
    assert asked["If-None-Match"] == '"7"'
    assert asked["If-Modified-Since"] == "Wed, 27 Jan 2021 16:00:00 GMT"
    assert "tickertape" in asked["User-Agent"]


def test_a_feed_that_shows_nothing_of_what_it_last_showed_may_have_dropped_some(news: Site) -> None:
    marks = dict(look(news.holds("/feed", rss(item("one")))).marks)
    url = news.holds("/feed", rss(item("three"), item("two", at="Wed, 27 Jan 2021 16:50:00 GMT")))
    assert look(url, marks).complete_from == NOON - timedelta(minutes=10)
    assert look(url).complete_from == SINCE
    news.holds("/feed", rss(item("two"), item("one")))
    assert look(url, marks).complete_from == SINCE


@pytest.mark.parametrize(
    ("dates", "created"),
    [
        ("<pubDate>Fri, 29 Jan 2021 16:55:00 GMT</pubDate>", NOON),
        ("", datetime(2021, 1, 27, 12, tzinfo=UTC)),
        ("<pubDate>yesterday</pubDate>", datetime(2021, 1, 27, 12, tzinfo=UTC)),
    ],
)
def test_an_entry_without_a_date_or_from_the_future_was_written_when_the_feed_was(
    news: Site, dates: str, created: datetime
) -> None:
    body = rss(f"<guid>1</guid><title>GME</title>{dates}")
    body = body.replace(
        "<description>all", "<pubDate>Wed, 27 Jan 2021 12:00:00 GMT</pubDate><description>all"
    )
    (row,) = look(news.holds("/feed", body)).rows
    assert read_row(row).created_at == created


BOMB = "<!DOCTYPE rss [<!ENTITY a 'ha'><!ENTITY b '&a;&a;&a;&a;'>]>"


@pytest.mark.parametrize(
    ("body", "why"),
    [
        (rss(item("&b;"), declared=BOMB), "entities"),
        (rss(item("&b;"), declared=BOMB).encode("utf-16"), "entities"),
        (rss(item("&b;"), declared=BOMB).encode("utf-32"), "entities"),
        ("<html><body>Moved</body></html>", "no feed"),
        ("", "no feed"),
        (b"\x00\xff" * 100, "no feed"),
        (b"x" * (LARGEST + 1), "bytes"),
    ],
)
def test_what_is_no_feed_or_means_harm_is_refused(news: Site, body: str | bytes, why: str) -> None:
    with pytest.raises(SourceUnavailable, match=why):
        look(news.holds("/feed", body))


def test_what_unpacks_to_more_than_we_take_is_refused(news: Site) -> None:
    body = gzip.compress(b" " * (LARGEST * 4))
    with pytest.raises(SourceUnavailable, match="bytes"):
        look(news.holds("/feed", body, Content_Encoding="gzip"))


def test_a_file_s_name_in_place_of_a_feed_opens_no_file(news: Site, tmp_path: Path) -> None:
    ours = tmp_path / "feed.xml"
    ours.write_text(rss(item("secret")), encoding="utf-8")
    with pytest.raises(SourceUnavailable, match="no feed"):
        look(news.holds("/feed", str(ours)))


@pytest.mark.parametrize(
    ("status", "headers", "seconds", "asked"),
    [
        (429, {"Retry_After": "120"}, 120, 120.0),
        (500, {}, 60, None),
        (503, {"Retry_After": "tomorrow"}, 60, None),
    ],
)
def test_a_feed_that_fails_is_for_later(
    news: Site, status: int, headers: dict[str, str], seconds: float, asked: float | None
) -> None:
    gate = Open()
    found = look(news.holds("/feed", "", status, **headers), {"etag": '"1"'}, gate)
    assert found.left
    assert found.left.seconds == seconds
    assert found.marks == {"etag": '"1"'}
    assert gate.went == ["entered", f"failed {asked}"]


@pytest.mark.parametrize("status", [401, 403, 404, 410])
def test_a_feed_that_is_gone_is_unavailable(news: Site, status: int) -> None:
    with pytest.raises(SourceUnavailable, match=str(status)):
        look(news.holds("/feed", "", status))


def test_a_few_redirects_are_followed_and_a_circle_is_not(news: Site) -> None:
    moved = news.holds("/old", "", 301, Location="/feed")
    news.holds("/feed", rss(item("one")))
    assert len(look(moved).rows) == 1
    with pytest.raises(SourceUnavailable, match="redirect"):
        look(news.holds("/circle", "", 302, Location="/circle"))


def test_a_site_nobody_answers_at_is_for_later(news: Site) -> None:
    assert look("http://127.0.0.1:9/feed").left


def test_a_download_that_takes_too_long_is_given_up(news: Site) -> None:
    with pytest.raises(TryLater, match="within"):
        fetch(news.holds("/slow", b"x"), {}, seconds=-1)


def test_a_visit_that_took_its_time_asks_no_further_feed(news: Site) -> None:
    url = news.holds("/feed", rss(item("one")))
    ticks = iter([NOON, NOON + VISIT + timedelta(seconds=1)])
    found = Feeds((url,), Open(), lambda: next(ticks)).visit().look(url, SINCE, none_known, {})
    assert found.left
    assert news.asked == []


def test_an_entry_without_anything_to_know_it_by_is_no_post(news: Site) -> None:
    (row,) = look(news.holds("/feed", rss("<description>GME</description>"))).rows
    with pytest.raises(ValueError, match="no id"):
        read_row(row)
