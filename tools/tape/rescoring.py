"""`tape rescore`: has posts scored again by another model, and shows how far that is."""

import json
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from decimal import Decimal
from typing import Annotated, Any

import typer
from rich.console import Console
from rich.progress import Progress

from contracts.events.envelope import instant_text
from services.sentiment.completing import budget, figures
from services.sentiment.overriding import LLM
from services.sentiment.runs import RunsTable
from services.sentiment.shards import Outcome, Run
from tools.tape import session
from tools.tape.errors import TapeError
from tools.tape.importing import in_use
from tools.tape.progress import shown
from tools.tape.runs import follow, moment, open_end, planned

out = Console()


def rescore(
    since: Annotated[str, typer.Option(help="Posts written from then on: 2021-01-27T00:00:00Z.")],
    until: Annotated[
        str | None,
        typer.Option(
            help="Posts written before then. Without it, up to this minute; an unfinished run with the same "
            "--since and --model goes on where it was."
        ),
    ] = None,
    model: Annotated[
        str | None,
        typer.Option(
            metavar="NAME",
            help="packaged, lexicon, or one that `tape model list` tells; the one in use unless said.",
        ),
    ] = None,
    llm: Annotated[
        bool, typer.Option("--llm", help="Have a language model override what the first model was unsure of.")
    ] = False,
    adopt: Annotated[
        bool, typer.Option("--adopt", help="Put the new scores in force once all are there.")
    ] = False,
    json_: Annotated[bool, typer.Option("--json", help="Print one JSON document and nothing else.")] = False,
) -> None:
    """Score posts again with another model: new scores beside the old, and a report of who changed.

    Called again with the same options it goes on where it was killed, and says the same once it is complete.
    Windows go on with the old scores until --adopt is given, then or later.

    Example: tape rescore --since 2021-01-27T00:00:00Z --until 2021-01-28T00:00:00Z --model lexicon
    """
    if llm and model not in (None, LLM):
        raise TapeError(f"--llm and --model {model[:64]} are two models; give one")
    start, end = moment("--since", since), moment("--until", until) if until else None
    if end and start >= end:
        raise TapeError(f"--since {since} is not before --until {until}; swap them, or give a later --until")
    platform = session.connect()
    model = LLM if llm else model or in_use(platform)
    runs = RunsTable(platform.table("Runs"))
    end = end or open_end(start, model, runs, datetime.now(UTC))
    wish = {"since": instant_text(start), "until": instant_text(end), "model": model, "adopt": adopt}
    with shown(quiet=json_) as progress:
        planning = progress.add_task("planning", total=None)
        plan = planned(platform, wish)
        progress.remove_task(planning)
        run = follow(plan["run"], runs, _bar(progress), adopting=adopt)
    outcomes = runs.outcomes(run.name)
    found = _document(run, outcomes, plan["bucket"]) | budget(outcomes, runs.spent(run.name))
    if json_:
        print(json.dumps(found, indent=2, ensure_ascii=False, default=str))
    else:
        _show(found)


def _document(run: Run, outcomes: Sequence[Outcome], bucket: str) -> dict[str, Any]:
    return {
        "run": run.name,
        "since": instant_text(run.since),
        "until": instant_text(run.until),
        "model": run.identity.model,
        "model_version": run.identity.version,
        "shards": run.shards,
        "items": run.items,
        "gone": sum(outcome.gone for outcome in outcomes),
        **figures(outcomes),
        "adopted": run.adopted_at is not None,
        "report": f"s3://{bucket}/rescored/{run.name}/summary.json",
    }


def _show(found: dict[str, Any]) -> None:
    out.print(f"[bold]{found['run']}[/bold]")
    out.print(
        f"{found['rescored']:,} of {found['posts']:,} scores read again by {found['model']} "
        f"{found['model_version']}; {found['withheld']:,} withheld, {found['gone']:,} gone since the plan"
    )
    shift = "none" if found["mean_shift"] is None else f"{found['mean_shift']:+}"
    out.print(f"{found['changed']:,} labels changed; mean shift of polarity: {shift}")
    if "tokens" in found:
        out.print(f"{found['tokens']:,} tokens, {Decimal(found['dollars']):.4f} dollars were spent")
    if found.get("over_budget"):
        out.print(f"[bold]the budget was spent: {found['over_budget']:,} scores were not asked about[/bold]")
    out.print(found["report"], soft_wrap=True)
    if not found["adopted"]:
        out.print("[dim]the old scores stay in force; --adopt puts the new ones in their place[/dim]")


def _bar(progress: Progress) -> Callable[[Run, Sequence[Outcome]], None]:
    tasks: list[Any] = []

    def tell(run: Run, outcomes: Sequence[Outcome]) -> None:
        if not tasks:
            tasks.append(progress.add_task("scoring", total=run.items))
        changed = sum(outcome.changed for outcome in outcomes)
        progress.update(
            tasks[0],
            total=run.items,
            completed=sum(outcome.items for outcome in outcomes),
            description=f"shard {len(outcomes)} of {run.shards}, {changed:,} changed",
        )

    return tell
