"""`tape backfill`: has days of archives put in and linked, and shows how much of them became posts."""

import hashlib
import json
import time
from collections.abc import Callable, Sequence
from datetime import timedelta
from pathlib import Path
from typing import Annotated, Any
from uuid import uuid4

import typer
from rich.progress import Progress

from services.ingestion.archive import ColumnsMissing, native_lines
from services.ingestion.backfills import BackfillsTable
from services.ingestion.completeness import DayReport
from tools.tape import handing_in, runs, session
from tools.tape.backfilled import show
from tools.tape.errors import TapeError
from tools.tape.parts import files
from tools.tape.platform import Platform
from tools.tape.progress import shown

LONGEST = 366
"""Days in a run; what is asked for must fit into the input of a state machine."""
_POLL_SECONDS = 0.5
_PAUSES = {"embedded": 1}
_PAUSE = 15
"""Seconds between two looks at a day that is being linked."""

Tell = Callable[[Sequence[DayReport]], None]


def backfill(
    source: Annotated[
        str | None,
        typer.Option(help="An archive (NDJSON, .zst, .gz, CSV), a folder of them, or s3://BUCKET/KEY."),
    ] = None,
    from_: Annotated[str | None, typer.Option("--from", help="First day, UTC: 2021-01-27.")] = None,
    to: Annotated[str | None, typer.Option("--to", help="Last day, UTC; the first one by default.")] = None,
    report: Annotated[
        bool, typer.Option("--report", help="Only show what runs so far made of their days.")
    ] = False,
    json_: Annotated[bool, typer.Option("--json", help="Print one JSON document and nothing else.")] = False,
) -> None:
    """Put days of an archive in: each row once, linked as it lands, with a report a day of what was left out.

    Ctrl-C leaves it running where it runs; the same command again shows it, or goes on where it was killed.
    Exit code 1: not all could be linked; `tape dlq` tells why.

    Example: tape backfill --source RC_2021-01.zst --from 2021-01-25 --to 2021-01-29
    """
    if report:
        show(all_reports(BackfillsTable(session.connect().table("Backfills"))), json_)
        return
    if source is None or from_ is None:
        raise TapeError("give --source and --from, or --report to see what was put in so far")
    days = _days(from_, to or from_)
    local = None if source.startswith("s3://") else _readable(Path(source))
    found, ended = _put_in(source, local, days, quiet=json_)
    show(found, json_)
    _end(ended, found, days)


def _put_in(
    source: str, local: Sequence[Path] | None, days: Sequence[str], *, quiet: bool
) -> tuple[list[DayReport], str]:
    """The days' reports, and how the run ended where it did not end well."""
    platform = session.connect()
    table, bucket = BackfillsTable(platform.table("Backfills")), handing_in.Bucket(platform)
    with shown(quiet=quiet) as progress:
        archives = bucket.upload(local, _bar(progress, "handing in")) if local else bucket.copied(source)
        run = run_name(archives, days)
        wanted = {"run": run, "archives": archives, "first": days[0], "last": days[-1], "days": days}
        begun = _begun(platform, {**wanted, "pause": _PAUSES.get(platform.target.kind, _PAUSE)})
        ended = _follow(platform, begun, lambda: _of(table, run, days), _day_bars(progress, len(days)))
    found = _of(table, run, days)
    if len(found) == len(days) and all(report.complete for report in found) and not _running(platform):
        bucket.take_back(archives)
    return found, ended


def run_name(archives: Sequence[str], days: Sequence[str]) -> str:
    """The same archives and days are the same run."""
    told = "\n".join([*archives, days[0], days[-1]])
    return hashlib.sha256(told.encode()).hexdigest()[:12]


def all_reports(table: BackfillsTable) -> list[DayReport]:
    """Of every run, by its first day."""
    found = [report for run in table.runs() for report in table.reports(run)]
    return sorted(found, key=lambda report: (report.first, report.run, report.day))


def _days(first: str, last: str) -> list[str]:
    start, end = runs.day("--from", first), runs.day("--to", last)
    if start > end:
        raise TapeError(f"--from {first} is after --to {last}; swap them")
    if (end - start).days >= LONGEST:
        raise TapeError(f"at most {LONGEST} days at once; ask for the rest in a run of its own")
    return [(start + timedelta(days=n)).isoformat() for n in range((end - start).days + 1)]


def _readable(path: Path) -> list[Path]:
    """The archives at *path*, each of which begins like one."""
    found = files(path, "--source")
    for archive in found:
        try:
            next(native_lines(archive), None)
        except ColumnsMissing as missing:
            raise TapeError(f"{archive.name}: {missing}") from missing
    return found


def _begun(platform: Platform, wanted: dict[str, Any]) -> str:
    """The execution that is at it, or one that is begun now."""
    for execution in _running(platform):
        if execution["name"].startswith(wanted["run"]):
            return str(execution["executionArn"])
    client, machine = platform.target.client("stepfunctions"), platform.machine("backfill")
    name = f"{wanted['run']}-{uuid4().hex[:8]}"
    begun = client.start_execution(stateMachineArn=machine, name=name, input=json.dumps(wanted))
    return str(begun["executionArn"])


def _running(platform: Platform) -> list[Any]:
    pages = platform.target.client("stepfunctions").get_paginator("list_executions")
    asked = pages.paginate(stateMachineArn=platform.machine("backfill"), statusFilter="RUNNING")
    return [execution for page in asked for execution in page["executions"]]


def _follow(platform: Platform, execution: str, look: Callable[[], list[DayReport]], tell: Tell) -> str:
    """Waits until it ends; gives how, and why where that is told."""
    client = platform.target.client("stepfunctions")
    while (found := client.describe_execution(executionArn=execution))["status"] == "RUNNING":
        tell(look())
        time.sleep(_POLL_SECONDS)
    return "" if found["status"] == "SUCCEEDED" else f"{found['status'].lower()}: {found.get('cause', '')}"


def _of(table: BackfillsTable, run: str, days: Sequence[str]) -> list[DayReport]:
    return [report for report in table.reports(run) if report.day.isoformat() in days]


def _end(ended: str, found: Sequence[DayReport], days: Sequence[str]) -> None:
    if missing := [day for day in days if day not in {report.day.isoformat() for report in found}]:
        raise TapeError(
            f"no report of {', '.join(missing[:5])}; the run {ended or 'went on without them'}; "
            "the same command again takes them up"
        )
    if not all(report.complete for report in found):
        raise typer.Exit(1)


def _bar(progress: Progress, what: str) -> Callable[[int, int], None]:
    task = progress.add_task(what, total=None)

    def tell(done: int, of: int) -> None:
        progress.update(task, completed=done, total=of, description=f"{what}, bytes")

    return tell


def _day_bars(progress: Progress, days: int) -> Tell:
    tasks = [progress.add_task("days", total=days), progress.add_task("posts linked", total=None)]

    def tell(found: Sequence[DayReport]) -> None:
        progress.update(tasks[0], completed=sum(report.complete for report in found))
        written = sum(report.written for report in found)
        progress.update(tasks[1], completed=sum(report.linked for report in found), total=written)

    return tell
