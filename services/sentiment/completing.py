"""A re-scoring whose shards are all done: its report is written, and its landing is announced."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from decimal import Decimal
from typing import Any, Protocol

from contracts.events.arrivals import ObjectLanded
from contracts.events.envelope import Publish, instant_text
from contracts.events.sentiment import RescoreCompletedV1
from services.sentiment.keeping import Adoption
from services.sentiment.overriding import OVER_BUDGET, Spent
from services.sentiment.shards import Outcome, Run

_STEP = Decimal("0.001")


class Runs(Protocol):
    def planned(self, name: str) -> Run: ...

    def outcomes(self, name: str) -> list[Outcome]: ...

    def spent(self, name: str) -> Spent | None: ...

    def complete(self, name: str, at: datetime, *, adopted_at: datetime | None) -> Run: ...


class Files(Protocol):
    def put_all_changes(self, run: str, changes: Iterable[str]) -> None: ...

    def put_summary(self, run: str, summary: Mapping[str, Any]) -> None: ...

    def reported(self, key: str) -> str:
        """The run whose summary lies under *key*."""
        ...


class Scores(Protocol):
    def adopt(self, adoption: Adoption) -> None: ...


def finish(run: Run, *, runs: Runs, files: Files) -> None:
    """Writes the report of a run whose shards are all done, the same bytes each time; leaves others alone."""
    outcomes = runs.outcomes(run.name)
    if len(outcomes) < run.shards:
        return
    if run.completed_at is None:  # afterwards the lists stand, and what they were made from may have expired
        files.put_all_changes(run.name, [outcome.changes for outcome in outcomes])
    files.put_summary(run.name, _summary(run, outcomes) | budget(outcomes, runs.spent(run.name)))


def complete_rescore(
    landed: ObjectLanded, publish: Publish, *, runs: Runs, files: Files, scores: Scores
) -> None:
    """Puts the new scores in force where that was asked for, and announces the run. Safe to repeat."""
    run = runs.planned(files.reported(landed.key))
    if run.adopt_at:
        model, version = run.identity.model, run.identity.version
        scores.adopt(Adoption(run.name, run.since, run.until, model, version, run.adopt_at))
    run = runs.complete(run.name, publish.cause.time, adopted_at=run.adopt_at)
    assert run.completed_at is not None
    outcomes = runs.outcomes(run.name)
    publish(
        RescoreCompletedV1(
            run=run.name,
            since=run.since,
            until=run.until,
            model=run.identity.model,
            model_version=run.identity.version,
            completed_at=run.completed_at,
            report=f"s3://{landed.bucket}/{landed.key}",
            **figures(outcomes),
        ),
        at=run.completed_at,
    )


def figures(outcomes: Sequence[Outcome]) -> dict[str, Any]:
    """Posts, rescored, withheld, changed, and mean shift: the mean of new − old polarity, three places."""
    rescored = sum(outcome.rescored for outcome in outcomes)
    withheld = sum(sum(outcome.withheld.values()) for outcome in outcomes)
    shift = sum((outcome.shift for outcome in outcomes), Decimal(0))
    return {
        "posts": rescored + withheld,
        "rescored": rescored,
        "withheld": withheld,
        "changed": sum(outcome.changed for outcome in outcomes),
        "mean_shift": (shift / rescored).quantize(_STEP) if rescored else None,
    }


def budget(outcomes: Sequence[Outcome], spent: Spent | None) -> dict[str, Any]:
    """What a language model took, and how many scores it was not asked about for want of more."""
    if spent is None:
        return {}
    left_out = sum(outcome.withheld.get(OVER_BUDGET, 0) for outcome in outcomes)
    return {"tokens": spent.tokens, "dollars": str(spent.dollars), "over_budget": left_out}


def _summary(run: Run, outcomes: Sequence[Outcome]) -> dict[str, Any]:
    reasons = sorted({why for outcome in outcomes for why in outcome.withheld})
    found = figures(outcomes)
    return {
        "run": run.name,
        "since": instant_text(run.since),
        "until": instant_text(run.until),
        "model": run.identity.model,
        "model_version": run.identity.version,
        **found,
        "mean_shift": str(found["mean_shift"]) if found["rescored"] else None,
        "gone": sum(outcome.gone for outcome in outcomes),
        "withheld_because": {why: sum(o.withheld.get(why, 0) for o in outcomes) for why in reasons},
    }
