"""Which model is in force when: no moment is forecast with a model of its future."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import takewhile

from services.prediction.serving import Fitted, Model


@dataclass(frozen=True)
class Release:
    """From *due* on, the model at *key* is in force, until the next release."""

    due: datetime
    key: str


def in_force(releases: Sequence[Release], moment: datetime) -> Release | None:
    """The last release due at or before *moment*."""
    return next((r for r in reversed(releases) if r.due <= moment), None)


def released(releases: Sequence[Release], new: Release) -> list[Release]:
    """The releases with *new* in its place by time, instead of another of the same moment."""
    kept = [release for release in releases if release.due != new.due]
    earlier = list(takewhile(lambda release: release.due < new.due, kept))
    return [*earlier, new, *kept[len(earlier) :]]


def went_back(releases: Sequence[Release], moment: datetime) -> list[Release] | None:
    """The releases with the model before the one in force at *moment* in force again; None before the second.

    Nothing is taken out: what was forecast with a model stays explained. Gone back from again, it leads on to
    the one before that.
    """
    if (current := in_force(releases, moment)) is None:
        return None
    earlier = list(takewhile(lambda release: release.key != current.key, releases))
    return released(releases, Release(moment, earlier[-1].key)) if earlier else None


def is_worse(candidate: Model, current: Model) -> bool:
    """Out of sample, for some horizon, clearly: beyond the 95 % interval of what it adds to its baseline.

    Within the interval the newer wins: else a lucky model would stay for good.
    """
    return any(_is_worse(candidate.horizons.get(days), fitted) for days, fitted in current.horizons.items())


def _is_worse(candidate: Fitted | None, current: Fitted) -> bool:
    was = current.validation
    if was.accuracy is None:
        return False
    now = candidate.validation if candidate else None
    if now is None or now.high is None:
        return True
    return now.high - now.baseline < was.accuracy - was.baseline
