"""Has a re-scoring planned on a platform, and follows it until it is complete."""

import json
import time
from collections.abc import Callable, Sequence
from datetime import UTC, date, datetime
from typing import Any, Protocol

from services.sentiment.shards import Outcome, Run
from tools.tape.errors import TapeError
from tools.tape.platform import Platform

PATIENCE = 20 * 60
"""Seconds without a shard done after which we stop waiting; the run itself goes on."""
_POLL_SECONDS = 0.5


class Runs(Protocol):
    def planned(self, name: str) -> Run: ...

    def outcomes(self, name: str) -> list[Outcome]: ...

    def all(self) -> list[Run]: ...


def moment(option: str, text: str) -> datetime:
    """The moment in UTC. Raises TapeError naming the option and how to write one."""
    try:
        found = datetime.fromisoformat(text)
    except ValueError as error:
        raise TapeError(f"{option} {text[:64]!r} is no moment; write 2021-01-27T00:00:00Z") from error
    if found.tzinfo is None:
        raise TapeError(f"{option} {text[:64]!r} names no time zone; write 2021-01-27T00:00:00Z for UTC")
    if found.microsecond:
        raise TapeError(f"{option} {text[:64]!r} has parts of a second; give whole seconds")
    return found.astimezone(UTC)


def day(option: str, text: str) -> date:
    """Raises TapeError naming the option and how to write one."""
    try:
        return date.fromisoformat(text)
    except ValueError as error:
        raise TapeError(f"{option} {text[:64]!r} is no day; write 2021-01-27") from error


def open_end(since: datetime, model: str, runs: Runs, now: datetime) -> datetime:
    """The end of a run that was given none: the unfinished one's, else the last full minute."""
    begun = [run for run in runs.all() if (run.since, run.reader, run.completed_at) == (since, model, None)]
    return begun[0].until if begun else now.replace(second=0, microsecond=0)


def follow(
    name: str,
    runs: Runs,
    tell: Callable[[Run, Sequence[Outcome]], None],
    *,
    adopting: bool,
    pause: Callable[[], None] = lambda: time.sleep(_POLL_SECONDS),
    now: Callable[[], float] = time.monotonic,
) -> Run:
    """Waits until the run is complete, and in force where that was asked. Raises TapeError when it stalls."""
    done, deadline = -1, 0.0
    while True:
        run, outcomes = runs.planned(name), runs.outcomes(name)
        tell(run, outcomes)
        if run.completed_at and not (adopting and run.adopted_at != run.adopt_at):
            return run
        if len(outcomes) > done:
            done, deadline = len(outcomes), now() + PATIENCE
        if now() > deadline:
            raise TapeError(
                f"{name} has stood at {done} of {run.shards} shards for {PATIENCE // 60} minutes; `tape dlq` "
                "tells of shards nobody could score; the same command again goes on from here"
            )
        pause()


def planned(platform: Platform, wish: dict[str, Any]) -> dict[str, Any]:
    """Has the run planned and its shards sent; gives the plan."""
    client = platform.target.client("stepfunctions")
    begun = client.start_execution(stateMachineArn=platform.machine("rescore"), input=json.dumps(wish))
    while (found := client.describe_execution(executionArn=begun["executionArn"]))["status"] == "RUNNING":
        time.sleep(_POLL_SECONDS)
    if found["status"] != "SUCCEEDED":
        raise TapeError(f"planning {found['status'].lower()}: {found.get('cause') or 'no cause given'}"[:500])
    plan: dict[str, Any] = json.loads(found["output"])
    if "refused" in plan:
        raise TapeError(plan["refused"])
    return plan
