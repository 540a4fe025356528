"""`tape train`: trains where the platform runs, goes back to an earlier model, or reports on files."""

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from tools.tape import session
from tools.tape.emulator import home_folder
from tools.tape.errors import TapeError
from tools.tape.runs import moment

out = Console()


def train(
    report: Annotated[
        bool,
        typer.Option("--report", help="Train here, on bars in files, and tell what such a model is worth."),
    ] = False,
    bars: Annotated[
        Path | None,
        typer.Option(help="With --report: a CSV with a column `symbol`, or a folder of SYMBOL.csv[.gz]."),
    ] = None,
    posts: Annotated[
        Path | None,
        typer.Option(help="With --report: a folder of TICKER.ndjson[.gz]; their talk is learnt too."),
    ] = None,
    since: Annotated[int | None, typer.Option(help="With --report: bars of that year and later.")] = None,
    plot: Annotated[
        Path | None,
        typer.Option(help="With --report: where the calibration is drawn; .tape/reports by default."),
    ] = None,
    at: Annotated[
        str | None,
        typer.Option(metavar="MOMENT", help="As if it were then: 2021-01-28T12:00:00Z; without it, now."),
    ] = None,
    rollback: Annotated[
        bool, typer.Option("--rollback", help="Put the model before the one in force back in force.")
    ] = False,
    json_: Annotated[bool, typer.Option("--json", help="Print one JSON document and nothing else.")] = False,
) -> None:
    """Train the forecasts' model now, on all the platform has heard; it comes into force unless it is worse.

    With --report nothing needs to be up and nothing changes there: walk-forward accuracy with its interval,
    baselines, Brier, calibration (PNG) and verdict, by default on the recorded bars. The same files give the
    same figures.

    Example: tape train --report --bars prices/ --since 2010
    """
    if report and rollback:
        raise TapeError("--report and --rollback are two things; give one")
    if not report and (bars or posts or since or plot):
        raise TapeError("--bars, --posts, --since and --plot go with --report")
    if report and at:
        raise TapeError("--at goes without --report, which trains on all the bars there are")
    # Not above: its numbers take longer to load than most commands to run.
    from tools.tape import judging

    if report:
        found = judging.judged(bars, posts, since, plot, home_folder(), quiet=json_)
    else:
        when = moment("--at", at) if at else datetime.now(UTC).replace(microsecond=0)
        platform = session.connect()
        found = (
            judging.rolled_back(platform, when)
            if rollback
            else judging.trained_there(platform, when, quiet=json_)
        )
    if json_:
        print(json.dumps(found, indent=2, ensure_ascii=False))
    else:
        judging.show(found, out)
