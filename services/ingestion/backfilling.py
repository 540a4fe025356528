"""Each day of an archive is put where parts land; what was in it, and what became of it, is reported."""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date
from itertools import islice
from typing import Annotated, Any, Protocol

from pydantic import BaseModel, ConfigDict, Field, StringConstraints

from services.ingestion.archive import BadLine
from services.ingestion.completeness import DayReport, Linked, Skipped, after_linking
from services.ingestion.dating import Line, lines_of
from services.ingestion.reading import RawPost

LINES = 500
"""Rows in a part: a part is one Lambda's work."""
TOLD = 20
PATIENCE = 300
"""Looks without another part linked after which a day is given up: what is left is among the dead letters."""


class Asked(BaseModel):
    """A day, and the archives to look through for it; *first* is the run's first day."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    run: Annotated[str, StringConstraints(pattern=r"^[0-9a-f]{12}$")]
    archives: tuple[str, ...] = Field(min_length=1)
    first: date
    last: date
    day: date


class Looked(BaseModel):
    """How often a day was looked at since another of its parts was linked."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    run: str
    day: date
    linked_parts: int = -1
    still: int = 0


class Files(Protocol):
    def lines(self, archive: str) -> Iterator[Line]:
        """Each row as a line of NDJSON. Raises ColumnsMissing."""
        ...

    def put_part(self, day: date, origin: str, number: int, lines: Sequence[str]) -> str:
        """Writes a part unless it is there; gives its key, which names its place and its contents."""
        ...

    def put_report(self, report: DayReport, parts: Sequence[str]) -> None: ...

    def parts(self, run: str, day: date) -> list[str]:
        """Keys of the parts a day was put into."""
        ...


class Backfills(Protocol):
    def keep(self, report: DayReport) -> None: ...

    def report(self, run: str, day: date) -> DayReport: ...

    def linked(self, parts: Sequence[str]) -> Mapping[str, Linked]:
        """What linking made of each of these parts that are linked."""
        ...


def backfill_day(
    event: Mapping[str, Any], context: object, *, files: Files, backfills: Backfills
) -> dict[str, Any]:
    """Puts a day's rows into parts of 500 and reports what was there. A repeat puts what is missing."""
    asked = Asked.model_validate(event)
    seen = Day()
    for archive in asked.archives:
        rows = seen.readable(archive, _lines(asked, archive, files))
        for number, part in enumerate(_by(LINES, rows), start=1):
            seen.parts[files.put_part(asked.day, archive, number, part)] = None
    parts = list(seen.parts)
    report = after_linking(seen.report(asked), parts, backfills.linked(parts))
    files.put_report(report, parts)
    backfills.keep(report)
    return {"run": asked.run, "day": asked.day.isoformat()}


def report_day(
    event: Mapping[str, Any], context: object, *, files: Files, backfills: Backfills
) -> dict[str, Any]:
    """Reports how far a day is linked. It is over when all is, or nothing more was for 120 looks."""
    looked = Looked.model_validate(event)
    parts = files.parts(looked.run, looked.day)
    report = after_linking(backfills.report(looked.run, looked.day), parts, backfills.linked(parts))
    still = 0 if report.linked_parts > looked.linked_parts else looked.still + 1
    over = report.complete or still >= PATIENCE
    backfills.keep(report)
    if over:
        files.put_report(report, parts)
    after = Looked(run=looked.run, day=looked.day, linked_parts=report.linked_parts, still=still)
    return {**after.model_dump(mode="json"), "over": over}


class Day:
    """What was met so far of a day's lines: kept as counts, however many there are."""

    def __init__(self) -> None:
        self.parts: dict[str, None] = {}
        self._rows = 0
        self._why: Counter[str] = Counter()
        self._skipped: list[Skipped] = []

    def readable(self, archive: str, lines: Iterable[tuple[Line, RawPost | BadLine]]) -> Iterator[str]:
        """The lines that hold posts; counts them all."""
        for (number, line), row in lines:
            self._rows += 1
            if isinstance(row, BadLine):
                self._skip(Skipped(archive=archive, line=number, why=row.reason[:300]))
            else:
                yield line

    def report(self, asked: Asked) -> DayReport:
        skipped = self._why.total()
        return DayReport(
            **asked.model_dump(),
            rows=self._rows,
            written=self._rows - skipped,
            skipped=skipped,
            why=dict(self._why),
            skipped_first=tuple(self._skipped),
            parts=len(self.parts),
        )

    def _skip(self, line: Skipped) -> None:
        self._why[line.why.partition(":")[0]] += 1  # what follows quotes the line
        if len(self._skipped) < TOLD:
            self._skipped.append(line)


def _lines(asked: Asked, archive: str, files: Files) -> Iterator[tuple[Line, RawPost | BadLine]]:
    return lines_of(asked.day, files.lines(archive), asked.first)


def _by(size: int, lines: Iterator[str]) -> Iterator[list[str]]:
    while part := list(islice(lines, size)):
        yield part
