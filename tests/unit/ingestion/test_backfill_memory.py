"""However large an archive is, a day of it is put in with the memory of a part."""

import json
import tracemalloc
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from pathlib import Path

import pytest
import zstandard

from services.ingestion.archive import native_lines, read_archive
from services.ingestion.backfilling import backfill_day
from services.ingestion.completeness import DayReport, Linked
from services.ingestion.dating import Line

ROOT = Path(__file__).parents[3]
JANUARY = ROOT.parent / "shared" / "data" / "posts" / "gme_2021_01"
FIRST, LAST = date(2021, 1, 18), date(2021, 2, 2)
MIDNIGHT = 1611705600
MEGABYTE = 1 << 20


@dataclass
class Sunk:
    """Reads archives from disk; of what is put it keeps the counts."""

    put: Counter[date] = field(default_factory=Counter)
    reports: dict[date, DayReport] = field(default_factory=dict)

    def lines(self, archive: str) -> Iterator[Line]:
        return native_lines(Path(archive))

    def put_part(self, day: date, origin: str, number: int, lines: Sequence[str]) -> str:
        self.put[day] += len(lines)
        return f"{origin}/{number}"

    def put_report(self, report: DayReport, parts: Sequence[str]) -> None: ...

    def parts(self, run: str, day: date) -> list[str]:
        return []

    def keep(self, report: DayReport) -> None:
        self.reports[report.day] = report

    def report(self, run: str, day: date) -> DayReport:
        return self.reports[day]

    def linked(self, parts: Sequence[str]) -> Mapping[str, Linked]:
        return {}


def put_in(archives: Sequence[Path], *days: date) -> Sunk:
    sunk, paths = Sunk(), [str(path) for path in archives]
    asked = {"run": "0123456789ab", "archives": paths, "first": days[0], "last": days[-1]}
    for day in days:
        backfill_day({**asked, "day": day}, None, files=sunk, backfills=sunk)
    return sunk


def measured(archives: Sequence[Path], day: date) -> tuple[Sunk, int]:
    """What came of it, and the most bytes that were held at once."""
    tracemalloc.start()
    try:
        return put_in(archives, day), tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()


def dump(path: Path, rows: int) -> Path:
    """A compressed archive of comments, half of them of the day, written as a stream."""
    body = "GME to the moon, said my neighbour, and I believe every word of it. " * 6
    with path.open("wb") as file, zstandard.ZstdCompressor().stream_writer(file) as packed:
        for number in range(rows):
            at = MIDNIGHT + number % 2 * 86400
            row = {"id": f"{number:x}", "body": body, "author": f"a{number}", "created_utc": at}
            packed.write((json.dumps(row) + "\n").encode())
    return path


def test_an_archive_twenty_times_as_large_takes_no_more_memory(tmp_path: Path) -> None:
    day = date(2021, 1, 27)
    small, little = measured([dump(tmp_path / "small.zst", 3_000)], day)
    large, much = measured([dump(tmp_path / "large.zst", 60_000)], day)
    assert (small.put[day], large.put[day]) == (1_500, 30_000)
    assert much < little + MEGABYTE
    assert much < 8 * MEGABYTE


@pytest.mark.skipif(not JANUARY.is_dir(), reason="the archives of January 2021 are not beside this checkout")
def test_the_archives_of_january_2021_run_through_day_by_day() -> None:
    archives = sorted(JANUARY.glob("*.csv"))
    days = [FIRST + timedelta(days=n) for n in range((LAST - FIRST).days + 1)]
    sunk = put_in(archives, *days)
    rows = sum(1 for archive in archives for _ in read_archive(archive))
    assert rows > 5_000
    assert sum(report.rows for report in sunk.reports.values()) == rows
    assert all(report.rows == report.written + report.skipped for report in sunk.reports.values())
    assert measured(archives, date(2021, 1, 27))[1] < 8 * MEGABYTE
