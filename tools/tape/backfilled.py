"""What became of the days of a backfill, as `tape backfill` shows it."""

import json
from collections.abc import Iterator, Sequence
from itertools import groupby
from typing import Any

from rich.console import Console
from rich.markup import escape
from rich.table import Table

from services.ingestion.completeness import DayReport

_SUMS = ("rows", "written", "skipped", "parts", "linked_parts", "linked", "new", "removed")
_TOLD = 20

out = Console()


def document(found: Sequence[DayReport]) -> dict[str, Any]:
    """The days with their sums, as `--json` prints them."""
    days = [{**report.model_dump(mode="json"), "complete": report.complete} for report in found]
    sums = {name: sum(getattr(report, name) for report in found) for name in _SUMS}
    return {**sums, "complete": all(report.complete for report in found), "days": days}


def show(found: Sequence[DayReport], json_: bool) -> None:
    """Prints the days as one JSON document, or as a table a run and the first twenty lines it left out."""
    if json_:
        print(json.dumps(document(found), indent=2, ensure_ascii=False))
        return
    if not found:
        out.print("no day was put in so far")
    for reports in _by_run(found):
        first = reports[0]
        out.print(
            f"[bold]{_archives(first)}[/bold], {first.first} to {first.last}, run {first.run}",
            highlight=False,
        )
        out.print(_table(reports))
        for line in [line for report in reports for line in report.skipped_first][:_TOLD]:
            out.print(
                f"[dim]{escape(line.archive.rpartition('/')[2])}:{line.line}[/dim] {escape(line.why)}",
                highlight=False,
            )


def _by_run(found: Sequence[DayReport]) -> Iterator[list[DayReport]]:
    return (list(reports) for _, reports in groupby(found, key=lambda report: report.run))


def _table(reports: Sequence[DayReport]) -> Table:
    named = ("rows", "written", "linked", "new", "removed", "skipped")
    table = Table("day", *named, "complete", box=None)
    for report in reports:
        counts = (report.rows, report.written, report.linked, report.new, report.removed, report.skipped)
        table.add_row(report.day.isoformat(), *(f"{n:,}" for n in counts), _linked(report))
    return table


def _archives(report: DayReport) -> str:
    first, more = report.archives[0].rpartition("/")[2], len(report.archives) - 1
    return escape(f"{first} and {more} more" if more else first)


def _linked(report: DayReport) -> str:
    return "yes" if report.complete else f"{report.linked_parts:,} of {report.parts:,} parts"
