"""Plans a re-scoring: which scores, in shards of how many, and which shards are still to do."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from itertools import islice
from typing import Any, Protocol

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, ValidationError

from services.sentiment.scoring import Identity
from services.sentiment.shards import Outcome, Pair, Run, run_name

LONGEST = timedelta(days=366)
"""Finding a day's tickers takes about a hundred calls; a plan must fit into its function's time."""


class ModelUnusable(Exception):
    """Nothing can be read with a model; the text says why and what to do."""


class Wish(BaseModel):
    """What an operator asks for: posts written from *since* until before *until*."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    since: AwareDatetime
    until: AwareDatetime
    model: str
    adopt: bool = False


class Asked(BaseModel):
    """A wish, which execution brought it, and when."""

    wish: Wish
    execution: str = Field(pattern=r"^[\w-]{1,80}$")
    at: AwareDatetime


class Scores(Protocol):
    def pairs(self, since: datetime, until: datetime) -> Iterable[Pair]: ...


class Files(Protocol):
    def put_shard(self, run: str, plan: str, number: int, pairs: Sequence[Pair]) -> None: ...

    def put_todo(self, run: Run, shards: Sequence[int]) -> Mapping[str, str]: ...


class Runs(Protocol):
    def find(self, name: str) -> Run | None: ...

    def begin(self, run: Run) -> Run: ...

    def ask_adoption(self, name: str, at: datetime) -> None: ...

    def outcomes(self, name: str) -> list[Outcome]: ...


Identify = Callable[[str], Identity]
"""What a model is. Raises ModelUnusable."""
Finish = Callable[[Run], None]
"""Writes the report of a run whose shards are all done; leaves others alone."""


def plan_rescore(
    event: Mapping[str, Any],
    context: object,
    *,
    identify: Identify,
    shard_items: int,
    most_items: Callable[[str], int | None],
    scores: Scores,
    runs: Runs,
    files: Files,
    finish: Finish,
) -> dict[str, Any]:
    """Plans the run, or finds it planned, and lists the shards still to do. Safe to repeat at any point.

    Gives `refused` with the reason where there is nothing to plan. *most_items* may bound a model's shards.
    """
    asked = read_asked(event)
    if isinstance(asked, str):
        return {"refused": asked}
    name = asked.wish.model
    try:
        identity = identify(name)
    except ModelUnusable as reason:
        return {"refused": f"model: {reason}"}
    items = min(shard_items, most_items(name) or shard_items)
    run = _planned(asked, identity, items, scores, runs, files)
    if asked.wish.adopt:
        runs.ask_adoption(run.name, asked.at)
    done = {outcome.shard for outcome in runs.outcomes(run.name)}
    todo = [number for number in range(run.shards) if number not in done]
    if not todo:
        finish(run)
    return {"run": run.name, "left": len(todo), **files.put_todo(run, todo)}


def read_asked(event: Mapping[str, Any]) -> Asked | str:
    """What is asked, or the reason why it cannot be."""
    try:
        asked = Asked.model_validate(event)
    except ValidationError as error:
        return "; ".join(f"{'.'.join(map(str, e['loc']))}: {e['msg']}" for e in error.errors())
    since, until = asked.wish.since, asked.wish.until
    if since.microsecond or until.microsecond:
        return "since, until: give whole seconds"
    if since >= until:
        return f"since: {since.isoformat()} is not before until, {until.isoformat()}"
    if until - since > LONGEST:
        return f"since, until: at most {LONGEST.days} days at once; ask for the rest in a run of its own"
    if until > asked.at:
        return f"until: {until.isoformat()} has not come yet; posts still to be written would be left out"
    return asked


def _planned(
    asked: Asked, identity: Identity, shard_items: int, scores: Scores, runs: Runs, files: Files
) -> Run:
    since, until = asked.wish.since.astimezone(UTC), asked.wish.until.astimezone(UTC)
    name = run_name(since, until, identity)
    if planned := runs.find(name):
        return planned
    shards = items = 0
    for pairs in _cut(scores.pairs(since, until), shard_items):
        # Under the execution's name: of two plans at once only the shards of the first to be noted count.
        files.put_shard(name, asked.execution, shards, pairs)
        shards, items = shards + 1, items + len(pairs)
    return runs.begin(
        Run(name, since, until, asked.wish.model, identity, asked.execution, shards, items, asked_at=asked.at)
    )


def _cut(pairs: Iterable[Pair], size: int) -> Iterator[list[Pair]]:
    rest = iter(pairs)
    while shard := list(islice(rest, size)):
        yield shard
