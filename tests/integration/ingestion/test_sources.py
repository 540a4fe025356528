"""What every source promises, whatever it reads: Reddit through PRAW, feeds, archives."""

import json
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from services.ingestion.archive import native_lines, read_archive
from services.ingestion.entries import read_row
from services.ingestion.feeds import Feeds
from services.ingestion.looking import Look, Source, SourceUnavailable, Visit
from services.ingestion.reading import RawPost
from services.ingestion.reddit import Reddit
from tests.builders import NOON
from tests.integration.ingestion.reddit_stand_in import reddit, submission
from tests.integration.ingestion.site import item, rss, site

SINCE = NOON - timedelta(minutes=20)
Hold = Callable[[list[str]], object]
Fail = Callable[[int], object]


class Open:
    """A gate that lets everybody in."""

    def enter(self, name: str) -> None: ...

    def worked(self, name: str) -> None: ...

    def failed(self, name: str, seconds: float | None = None) -> None: ...


@dataclass
class Held:
    """A source and how to fill it: *hold* posts of these names, or *fail* with a status from now on."""

    source: Source
    hold: Hold
    fail: Fail

    def look(self, marks: dict[str, str] | None = None) -> Look:
        visit: Visit = self.source.visit()
        return visit.look(self.source.communities[0], SINCE, lambda ids: {}, marks or {})


def clock() -> datetime:
    return NOON


def a_reddit(exits: ExitStack) -> Held:
    stand_in = exits.enter_context(reddit())

    def hold(names: list[str]) -> None:
        stand_in.new["stocks"] = [submission(name, NOON.timestamp() - 300) for name in names]

    def fail(status: int) -> None:
        stand_in.faults["/r/stocks/new"] = [(status, {})] * 3

    return Held(Reddit(stand_in.credentials, ("stocks",), Open(), clock), hold, fail)


def a_feed(exits: ExitStack) -> Held:
    news = exits.enter_context(site())

    def hold(names: list[str]) -> None:
        news.holds("/feed", rss(*(item(name) for name in names)), ETag=json.dumps(names))

    def fail(status: int) -> None:
        news.holds("/feed", "", status)

    return Held(Feeds((news.url + "/feed",), Open(), clock), hold, fail)


@pytest.fixture(params=[a_reddit, a_feed], ids=["reddit", "feeds"])
def held(request: pytest.FixtureRequest) -> Iterator[Held]:
    with ExitStack() as exits:
        yield request.param(exits)


def ids(rows: Any) -> list[str]:
    return [read_row(row).id for row in rows]


def test_what_is_there_is_given_once_it_is_there(held: Held) -> None:
    held.hold(["p1", "p2"])
    look = held.look()
    assert len(set(ids(look.rows))) == 2
    assert (look.complete_from, look.left) == (SINCE, None)


def test_the_same_posts_have_the_same_ids_at_every_look(held: Held) -> None:
    held.hold(["p1"])
    first = held.look()
    held.hold(["p2", "p1"])
    assert set(ids(first.rows)) < set(ids(held.look(dict(first.marks)).rows))


def test_nothing_there_is_no_failure(held: Held) -> None:
    held.hold([])
    look = held.look()
    assert (list(look.rows), look.complete_from, look.left) == ([], SINCE, None)


def test_rows_are_read_from_a_part_as_they_were_given(held: Held, tmp_path: Path) -> None:
    held.hold(["p1", "p2"])
    rows = held.look().rows
    part = tmp_path / "part.ndjson"
    part.write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
    assert list(read_archive(part)) == [read_row(row) for row in rows]


@pytest.mark.parametrize("status", [429, 500])
def test_who_fails_for_now_is_left_for_later_and_not_called_complete(held: Held, status: int) -> None:
    held.fail(status)
    assert held.look({"etag": '"1"'}).left


@pytest.mark.parametrize("status", [403, 404])
def test_who_refuses_is_unavailable(held: Held, status: int) -> None:
    held.fail(status)
    with pytest.raises(SourceUnavailable, match=str(status)):
        held.look()


def test_an_archive_cut_into_parts_gives_the_same_posts_as_reddit_did(tmp_path: Path) -> None:
    with ExitStack() as exits:
        source = a_reddit(exits)
        source.hold(["p1", "p2"])
        rows = source.look().rows
    archive = tmp_path / "RS_2021-01.ndjson"
    archive.write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
    part = tmp_path / "part.ndjson"
    part.write_text("".join(line + "\n" for _, line in native_lines(archive)), encoding="utf-8")
    found = [row.id for row in read_archive(part) if isinstance(row, RawPost)]
    assert found == ids(rows) == ["reddit:t3_p1", "reddit:t3_p2"]
