"""Archives of posts on disk, read line by line: NDJSON or CSV, plain, gzipped or as Zstandard."""

import csv
import gzip
import io
import json
import re
import zlib
from collections.abc import Collection, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, TextIO

import zstandard

from services.ingestion.entries import read_row
from services.ingestion.reading import (
    FIELDS,
    UNSAID,
    RawPost,
    Setting,
    Unreadable,
    missing_columns,
)

# A line or field beyond this is damage, not a post: reading it whole would cost what streaming saves.
LONGEST = 16 * 1024 * 1024
# Monthly dumps are compressed with windows up to 2 GiB.
WINDOW = 2**31

_DAYS = re.compile(r"(\d{4}-\d{2}-\d{2})_(\d{4}-\d{2}-\d{2})")
UNREADABLE = "tickertape_unreadable"
"""Sole field of a line that stands, in a part, for one that could not be read where it was cut out."""
_DAMAGE = (EOFError, OSError, zlib.error, zstandard.ZstdError)


@dataclass(frozen=True, slots=True)
class BadLine:
    """A row that is no post; `line_number` counts from 1 and is where the row begins."""

    line_number: int
    reason: str


class ColumnsMissing(ValueError):
    """A table whose header cannot be that of posts."""


def read_archive(path: Path, setting: Setting = UNSAID) -> Iterator[RawPost | BadLine]:
    """Each row as a post, or why it is none, at constant memory.

    Days named by the file ("2021-01-25_2021-01-26_GME.csv") date rows without a time of their own.
    Raises ColumnsMissing for a CSV whose header names no posts, and OSError if the file cannot be opened.
    """
    setting = _with_days(path, setting)
    with opened(path) as lines:
        yield from _table(lines, setting) if ".csv" in path.suffixes else _objects(lines, setting)


@contextmanager
def opened(path: Path) -> Iterator[TextIO]:
    """The archive's text, unpacked as it is read."""
    with path.open("rb") as raw, _text(raw, path) as lines:
        yield lines


def _text(raw: Any, path: Path) -> TextIO:
    """Decoded across chunk borders, without a byte order mark; bytes that are no UTF-8 become U+FFFD."""
    plain = raw
    if path.suffix == ".zst":
        plain = zstandard.ZstdDecompressor(max_window_size=WINDOW).stream_reader(raw, read_across_frames=True)
    elif path.suffix == ".gz":
        plain = gzip.GzipFile(fileobj=raw)
    return io.TextIOWrapper(plain, encoding="utf-8-sig", errors="replace", newline="")


def _with_days(path: Path, setting: Setting) -> Setting:
    named = _DAYS.match(path.name)
    if setting.days or not named:
        return setting
    try:
        first, last = (datetime.fromisoformat(day).replace(tzinfo=UTC) for day in named.groups())
    except ValueError:
        return setting
    return replace(setting, days=(first, last + timedelta(days=1))) if first <= last else setting


def _objects(lines: TextIO, setting: Setting) -> Iterator[RawPost | BadLine]:
    number = 0
    try:
        for number, line in enumerate(_lines(lines), start=1):
            if line is None:
                yield BadLine(number, "line too long")
            elif line.strip():
                yield read_line(number, line, setting)
    except _DAMAGE as damage:
        yield BadLine(number + 1, f"archive damaged: {damage}")


def _lines(lines: TextIO) -> Iterator[str | None]:
    """Line by line; None for one longer than memory should hold."""
    while line := lines.readline(LONGEST):
        whole = line.endswith("\n") or len(line) < LONGEST
        yield line if whole else None
        while not whole:
            rest = lines.readline(LONGEST)
            whole = rest.endswith("\n") or len(rest) < LONGEST


def read_line(number: int, line: str, setting: Setting = UNSAID) -> RawPost | BadLine:
    """A line of NDJSON as a post, or why it is none."""
    try:
        row = json.loads(line)
    except (ValueError, RecursionError):
        return BadLine(number, "not JSON")
    if not isinstance(row, dict):
        return BadLine(number, "not an object")
    if row.keys() == {UNREADABLE}:
        return BadLine(number, str(row[UNREADABLE]))
    return _post(number, row, setting)


def native_lines(path: Path, setting: Setting = UNSAID) -> Iterator[tuple[int, str]]:
    """Each row as a line of NDJSON, with the number of its line: how an archive is cut into parts.

    NDJSON is given as it stands. A row of a table becomes an object and is numbered as a row, the header
    being the first; where only the file's name tells the days,
    it gets the `created_utc` it is read with. Raises as read_archive does.
    """
    setting = _with_days(path, setting)
    with opened(path) as lines:
        if ".csv" in path.suffixes:
            for number, (begins, row) in enumerate(_rows(lines, setting), start=2):
                told = row if isinstance(row, dict) else {UNREADABLE: f"{row} (line {begins} of the file)"}
                yield number, json.dumps(_dated(told, setting))
        else:
            yield from _native_objects(lines)


def _native_objects(lines: TextIO) -> Iterator[tuple[int, str]]:
    number = 0
    try:
        for number, line in enumerate(_lines(lines), start=1):
            if line is None:
                yield number, json.dumps({UNREADABLE: "line too long"})
            elif line.strip():
                yield number, line.strip()
    except _DAMAGE as damage:
        yield number + 1, json.dumps({UNREADABLE: f"archive damaged: {damage}"})


def _dated(row: dict[str, Any], setting: Setting) -> dict[str, Any]:
    try:
        return row | {"created_utc": int(read_row(row, setting).created_at.timestamp())}
    except Unreadable:
        return row


def _table(lines: TextIO, setting: Setting) -> Iterator[RawPost | BadLine]:
    for number, row in _rows(lines, setting, FIELDS):
        yield _post(number, row, setting) if isinstance(row, dict) else BadLine(number, row)


def _rows(
    lines: TextIO, setting: Setting, wanted: Collection[str] | None = None
) -> Iterator[tuple[int, dict[str, Any] | str]]:
    """Line number and row of a table, its *wanted* columns or all, or why it is none."""
    csv.field_size_limit(LONGEST)
    reader = csv.reader(lines)
    header = next(reader, [])
    if lacks := missing_columns(set(header), setting):
        raise ColumnsMissing(
            f"no posts in this table: it lacks {', '.join(lacks)}; it has {', '.join(header)}"
        )
    read = [(place, name) for place, name in enumerate(header) if wanted is None or name in wanted]
    while True:
        number = reader.line_num + 1
        try:
            row = next(reader, None)
        except csv.Error as broken:
            yield number, f"not CSV: {broken}"
            continue
        except _DAMAGE as damage:
            yield number, f"archive damaged: {damage}"
            return
        if row is None:
            return
        if len(row) != len(header):
            yield number, f"{len(row)} columns, not {len(header)}"
        else:
            yield number, {name: row[place] for place, name in read}


def _post(number: int, row: dict[str, Any], setting: Setting) -> RawPost | BadLine:
    try:
        return read_row(row, setting)
    except Unreadable as unreadable:
        return BadLine(number, str(unreadable))
