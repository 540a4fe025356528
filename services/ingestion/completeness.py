"""How much of a day's archive became posts: what was in it, what was put in, what linking made of that."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from pydantic import BaseModel, ConfigDict


@dataclass(frozen=True, slots=True)
class Linked:
    """What linking made of a part: posts found in it, brought by it first, and gone at their source."""

    found: int
    new: int
    gone: int


class Skipped(BaseModel):
    """A line of an archive that was no post, and why."""

    model_config = ConfigDict(frozen=True)

    archive: str
    line: int
    why: str


class DayReport(BaseModel):
    """One day of a backfill: rows = written + skipped, and linked ≤ written: copies in a part count once.

    *linked* are posts found in parts, *new* those of them a part brought first and *removed* those that were
    gone at their source and are not announced.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    run: str
    archives: tuple[str, ...]
    first: date
    last: date
    day: date
    rows: int
    written: int
    skipped: int
    why: dict[str, int]
    skipped_first: tuple[Skipped, ...]
    parts: int
    linked_parts: int = 0
    linked: int = 0
    new: int = 0
    removed: int = 0

    @property
    def complete(self) -> bool:
        return self.linked_parts == self.parts


def after_linking(report: DayReport, parts: Sequence[str], linked: Mapping[str, Linked]) -> DayReport:
    """The report with what linking has made of *parts* by now."""
    done = [linked[part] for part in parts if part in linked]
    return report.model_copy(
        update={
            "linked_parts": len(done),
            "linked": sum(part.found for part in done),
            "new": sum(part.new for part in done),
            "removed": sum(part.gone for part in done),
        }
    )
