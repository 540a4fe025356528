"""`tape link`: which tickers posts are about, line by line, without a platform."""

import json
import os
import sys
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import date, datetime
from pathlib import Path
from typing import Annotated, Any, BinaryIO

import typer
from rich.console import Console
from rich.progress import Progress, SpinnerColumn, TextColumn, TimeElapsedColumn

from services.ingestion import linking
from services.ingestion.universe import Universe, load_universe
from tools.tape.errors import TapeError

LONGEST = 16 * 1024 * 1024
"""Bytes of a line; what is longer is damage, not a post, and would cost the memory we spare."""
_AT_ONCE, _KEPT, _MOST = 1000, 1000, 5


class NoPost(ValueError):
    """A line that cannot be linked; the message says why."""


@dataclass
class Tally:
    """What a run could not use: lines, and cashtags, of which only the most frequent are remembered."""

    bad: int = 0
    unknown: int = 0
    most: Counter[str] = field(default_factory=Counter)

    def heard(self, cashtags: Counter[str]) -> None:
        self.unknown += cashtags.total()
        self.most += cashtags
        if len(self.most) > 2 * _KEPT:
            self.most = Counter(dict(self.most.most_common(_KEPT)))


def link(
    file: Annotated[
        Path, typer.Argument(help="One JSON object a line; - reads standard input.", show_default=False)
    ] = Path("-"),
) -> None:
    """Name the tickers of posts: JSON lines in, JSON lines out.

    A line is {"id", "title", "text"}; title or text may be left out. With "created_at" (ISO 8601) tickers
    are those of that day, today's otherwise. A span is the first character and one past the last of title,
    a blank line and text; of the text alone without title. Lines that are no posts are told by number, and
    the exit code is 2.

    Example: echo '{"id": "1", "text": "Facebook, $GME", "created_at": "2021-01-27"}' | tape link

    {"id": "1", "tickers": [{"symbol": "GME", "confidence": 0.95, "span": [10, 14], "how": "cashtag"}, …]}
    """
    told = Console(stderr=True)
    try:
        with opened(file) as lines, _progress(told) as step:
            tally = _link_all(lines, told, step)
        sys.stdout.flush()
    except BrokenPipeError:
        # Whoever reads us (`head`) has enough: an end, not an error. Python would complain again at exit.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        raise typer.Exit from None
    if tally.unknown:
        most = ", ".join(f"${tag} ({count})" for tag, count in tally.most.most_common(_MOST))
        told.print(f"{tally.unknown:,} cashtags are no tickers of ours; most often {most}", highlight=False)
    if tally.bad:
        raise TapeError(f"{tally.bad:,} line(s) were no posts; the others are linked")


def linked(line: bytes, universe: Universe, tally: Tally) -> dict[str, Any]:
    """What a line's post is about; raises NoPost."""
    id_, title, text, day = _post(line)
    tally.heard(linking.unknown_cashtags(title, text, universe, day))
    found = [
        {
            "symbol": one.symbol,
            "confidence": float(one.confidence),
            "span": [one.start, one.end],
            "how": one.how,
        }
        for one in linking.link(title, text, universe, day)
    ]
    return {"id": id_, "tickers": found}


def numbered(lines: BinaryIO) -> Iterator[tuple[int, bytes | None]]:
    """Lines by number from 1, None for one too long; empty ones are left out."""
    number = 0
    while line := lines.readline(LONGEST):
        number += 1
        if len(line) == LONGEST and not line.endswith(b"\n"):
            while (rest := lines.readline(LONGEST)) and not rest.endswith(b"\n"):
                pass
            yield number, None
        elif line.strip():
            yield number, line


def _link_all(lines: BinaryIO, told: Console, step: Callable[[int], None]) -> Tally:
    universe, tally = load_universe(), Tally()
    for done, (number, line) in enumerate(numbered(lines), start=1):
        try:
            if line is None:
                raise NoPost(f"longer than {LONGEST:,} bytes")
            sys.stdout.write(json.dumps(linked(line, universe, tally), ensure_ascii=False) + "\n")
        except NoPost as error:
            tally.bad += 1
            told.print(f"line {number}: {error}", markup=False, highlight=False, soft_wrap=True)
        if done % _AT_ONCE == 0:
            step(done)
    return tally


def _post(line: bytes) -> tuple[str | int, str, str, date | None]:
    try:
        row = json.loads(line)
    except (ValueError, RecursionError) as error:
        raise NoPost(f"not JSON: {error}"[:200]) from error
    if not isinstance(row, dict):
        raise NoPost('not an object with "id", "title" and "text"')
    id_ = row.get("id")
    if not isinstance(id_, str | int) or isinstance(id_, bool) or id_ == "":
        raise NoPost('"id" is missing, empty, or neither string nor number')
    title, text = (row.get(field) or "" for field in ("title", "text"))
    if not (isinstance(title, str) and isinstance(text, str)):
        raise NoPost('"title" and "text" are strings')
    if "title" not in row and "text" not in row:
        raise NoPost('neither "title" nor "text"')
    return id_, title, text, _day(row.get("created_at"))


def _day(written: object) -> date | None:
    if written is None:
        return None
    try:
        return datetime.fromisoformat(str(written)).date()
    except ValueError as error:
        raise NoPost(f'"created_at" is no ISO 8601 time: {str(written)[:40]!r}') from error


@contextmanager
def opened(file: Path) -> Iterator[BinaryIO]:
    if file == Path("-"):
        yield sys.stdin.buffer
        return
    try:
        lines = file.open("rb")
    except OSError as error:
        raise TapeError(f"cannot read {file}: {error.strerror}") from error
    with lines:
        yield lines


@contextmanager
def _progress(told: Console) -> Iterator[Callable[[int], None]]:
    """On a terminal, how many posts are done; that their number is unknown is no reason to be silent."""
    columns = SpinnerColumn(), TextColumn("{task.completed:,} posts"), TimeElapsedColumn()
    with Progress(*columns, console=told, transient=True, disable=not told.is_terminal) as progress:
        task = progress.add_task("", total=None)
        yield lambda done: progress.update(task, completed=done)
