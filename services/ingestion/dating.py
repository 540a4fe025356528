"""Which lines of an archive are of a day, told without reading every line as a post."""

import re
from collections.abc import Iterable, Iterator
from datetime import UTC, date, datetime

from services.ingestion.archive import BadLine, read_line
from services.ingestion.reading import LATEST, REDDIT_BEGAN, RawPost

Line = tuple[int, str]
"""A row as a line of NDJSON and its number in the archive, from 1."""

_WRITTEN = re.compile(r'"created_utc":\s?"?(\d{9,10})(?:\.\d+)?"?\s?[,}]')
_NAMED = '"created'


def lines_of(day: date, lines: Iterable[Line], first: date) -> Iterator[tuple[Line, RawPost | BadLine]]:
    """The lines written on *day* (UTC), each with the post it holds or why it holds none.

    A line that tells no day counts to that of the line before it, the first of all to *first*: so every line
    counts to one day, whichever day is asked for.
    """
    before = first
    for number, line in lines:
        told = quick_day(line)
        if told is not None and told != day:
            before = told
            continue
        row = read_line(number, line)
        before = told or (row.created_at.date() if isinstance(row, RawPost) else before)
        if before == day:
            yield (number, line), row


def quick_day(line: str) -> date | None:
    """The day of a line whose only time is `created_utc`, in seconds; none where it has to be read.

    A text cannot be mistaken for it: within one, quotation marks are escaped.
    """
    if line.count(_NAMED) != 1 or not (found := _WRITTEN.search(line)):
        return None
    moment = datetime.fromtimestamp(int(found[1]), UTC)
    return moment.date() if REDDIT_BEGAN <= moment <= LATEST else None
