"""`tape windows`: what is said about a ticker within an hour, a day and a week."""

import json
from dataclasses import asdict
from datetime import UTC, datetime
from typing import Annotated, Any

import typer
from pydantic import TypeAdapter, ValidationError
from rich.console import Console
from rich.table import Table

from contracts.events.envelope import Ticker, instant_text
from services.sentiment.day_sums import DaySumsTable
from services.sentiment.looks import LooksTable
from services.sentiment.scores import ScoresTable
from services.sentiment.spanning import Window, windows_at
from tools.tape import session
from tools.tape.errors import TapeError
from tools.tape.runs import moment

out = Console()


def windows(
    ticker: Annotated[str, typer.Argument(metavar="TICKER", help="GME, BRK.B")],
    at: Annotated[
        str | None, typer.Option("--at", help="The windows' end: 2021-01-27T17:00:00Z; now by default.")
    ] = None,
    json_: Annotated[bool, typer.Option("--json", help="Print one JSON document and nothing else.")] = False,
) -> None:
    """What is said about a ticker within an hour, 24 hours and seven days, as it is known now.

    Example: tape windows GME --at 2021-01-27T17:00:00Z
    """
    try:
        TypeAdapter(Ticker).validate_python(ticker)
    except ValidationError as error:
        raise TapeError(f"{ticker[:32]!r} is no ticker; write it in capitals: GME, BRK.B") from error
    end = moment("--at", at) if at else datetime.now(UTC)
    platform = session.connect()
    scores = platform.table("Scores")
    found = windows_at(
        ticker,
        end,
        scores=ScoresTable(scores),
        days=DaySumsTable(scores),
        looks=LooksTable(platform.table("Looks")),
    )
    if json_:
        print(
            json.dumps(
                {"ticker": ticker, "windows": [_plain(window) for window in found]}, indent=2, default=str
            )
        )
    else:
        _show(ticker, found)


def _plain(window: Window) -> dict[str, Any]:
    return asdict(window) | {"start": instant_text(window.start), "end": instant_text(window.end)}


def _show(ticker: str, found: tuple[Window, ...]) -> None:
    names = [
        "mean",
        "spread",
        "mentions",
        "unique_authors",
        "near_duplicate_share",
        "fallback_share",
        "coverage",
    ]
    table = Table("", *(name.replace("_", " ") for name in names), title=ticker, box=None)
    for window in found:
        told = [getattr(window, name) for name in names]
        table.add_row(window.name, *("–" if value is None else str(value) for value in told))
    out.print(table)
    for window in found:
        if window.silence:
            out.print(f"[dim]{window.name}: {window.silence}; that is not neutral[/dim]")
