"""Scores a shard again: new scores beside the old, and who changed."""

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from decimal import Decimal
from functools import partial
from itertools import groupby
from typing import Protocol

from contracts.events.arrivals import ObjectLanded
from contracts.events.envelope import Publish
from services.sentiment.keeping import Score, Version
from services.sentiment.overriding import LLM, Override
from services.sentiment.scoring import Identity, Reading, passages, unscorable
from services.sentiment.shards import Outcome, Pair, Run

PAGE = 200
"""Pairs that are looked up, read and kept at once."""

ReadTexts = Callable[[Sequence[str]], list[Reading]]
Load = Callable[[str], ReadTexts]
"""The model of a name. It raises where it cannot read: nothing stands in."""
Ask = Callable[[Sequence[Score], Sequence[str]], Sequence[Reading | str]]
"""For each score in force and its text a reading, or why the score stands."""
Change = tuple[Score, Score]
"""A score and what became of it."""


class ModelChanged(Exception):
    """The run was planned for another version of the model than the one deployed by now."""


class Scores(Protocol):
    def between(self, ticker: str, start: datetime, end: datetime) -> Sequence[Score]: ...

    def settle(self, versions: Sequence[Version]) -> None: ...


class Readings(Protocol):
    def versions(self, pairs: Sequence[Pair]) -> Sequence[Version]: ...

    def keep(self, scores: Sequence[Score]) -> None: ...


class Files(Protocol):
    def shard(self, key: str) -> tuple[str, int, list[Pair]]:
        """Run, number and pairs of the shard that lies under *key*."""
        ...

    def put_changes(self, run: str, shard: int, changes: Sequence[Change]) -> str: ...


class Runs(Protocol):
    def planned(self, name: str) -> Run: ...

    def is_done(self, name: str, shard: int) -> bool: ...

    def done(self, name: str, outcome: Outcome) -> None: ...


@dataclass
class _Tally:
    gone: int = 0
    rescored: int = 0
    withheld: Counter[str] = field(default_factory=Counter)
    shift: Decimal = Decimal(0)
    changes: list[Change] = field(default_factory=list)

    def note(self, old: Score, new: Score) -> None:
        self.rescored += 1
        self.shift += new.polarity - old.polarity
        if new.label != old.label:
            self.changes.append((old, new))


def rescore_shard(
    landed: ObjectLanded,
    publish: Publish,
    *,
    load: Load,
    override: Override,
    files: Files,
    runs: Runs,
    scores: Scores,
    readings: Readings,
    finish: Callable[[Run], None],
) -> None:
    """Reads a shard's posts again, and finishes the run with its last shard. Safe to repeat at any point."""
    name, number, pairs = files.shard(landed.key)
    run = runs.planned(name)
    if not runs.is_done(name, number):
        ask, tally = _asking(run, load, override), _Tally()
        for start in range(0, len(pairs), PAGE):
            _rescore(pairs[start : start + PAGE], tally, ask, scores, readings)
        # The list first: a shard that is done has its list.
        listed = files.put_changes(name, number, tally.changes)
        runs.done(name, _outcome(number, len(pairs), tally, listed))
    finish(run)


def _asking(run: Run, load: Load, override: Override) -> Ask:
    if run.reader != LLM:
        _check(read := load(run.reader), run.identity)
        return lambda scores, texts: [found or "the model failed" for found in _each(texts, read)]
    if override.identity != run.identity:
        raise ModelChanged(f"planned for {run.identity}, which is not configured by now; plan again")
    return partial(override, run.name)


def _check(read: ReadTexts, wanted: Identity) -> None:
    """Raises what the model raises where it cannot read at all, which is no fault of a post."""
    (plain,) = read(["I like the stock."])
    if (plain.model, plain.version) != (wanted.model, wanted.version):
        raise ModelChanged(f"planned for {wanted}, but {plain.model} {plain.version} is deployed; plan again")


def _rescore(pairs: Sequence[Pair], tally: _Tally, ask: Ask, scores: Scores, readings: Readings) -> None:
    found = _in_force(pairs, scores)
    versions = {(version.post_id, version.seen): version for version in readings.versions(pairs)}
    old = [score for score in found if (score.post_id, score.seen) in versions]
    tally.gone += len(pairs) - len(old)
    texts = [_passage(versions[score.post_id, score.seen], score.ticker) for score in old]
    new = [_scored_again(*both) for both in zip(old, _read(old, texts, ask, tally), strict=True)]
    readings.keep([score for score in new if score])
    # Kept before looking for removals, as a scorer does: whichever comes second sees the other.
    scores.settle([versions[score.post_id, score.seen] for score in new if score])
    for before, after in zip(old, new, strict=True):
        if after:
            tally.note(before, after)


def _in_force(pairs: Sequence[Pair], scores: Scores) -> list[Score]:
    """The scores in force of those pairs that still have one; pairs of a ticker's day lie side by side."""
    wanted = {(pair.ticker, pair.post_id, pair.seen) for pair in pairs}
    found: list[Score] = []
    for (ticker, _), group in groupby(pairs, key=lambda pair: (pair.ticker, pair.posted_at.date())):
        moments = [pair.posted_at for pair in group]
        found += scores.between(ticker, min(moments), max(moments) + timedelta(microseconds=1))
    return [score for score in found if (score.ticker, score.post_id, score.seen) in wanted]


def _passage(version: Version, ticker: str) -> str | None:
    """What the version says about the ticker; none where its text was not kept."""
    if version.text is None:
        return None
    return passages(version.text, version.mentions).get(ticker, version.text)


def _read(
    scores: Sequence[Score], texts: Sequence[str | None], ask: Ask, tally: _Tally
) -> list[Reading | None]:
    """A reading for each text, none where there is no text or the model gave none; the tally says why."""
    why = [unscorable(text) if text is not None else "text not kept" for text in texts]
    both = [(s, text) for s, text, unread in zip(scores, texts, why, strict=True) if text and not unread]
    answers = iter(ask([score for score, _ in both], [text for _, text in both]))
    readings = [unread or next(answers) for unread in why]
    tally.withheld.update(reading for reading in readings if isinstance(reading, str))
    return [None if isinstance(reading, str) else reading for reading in readings]


def _each(texts: Sequence[str], read: ReadTexts) -> list[Reading | None]:
    """One call for all; where that fails, a call for each, so that a text it chokes on fails no other."""
    try:
        return list(read(texts)) if texts else []
    except Exception:  # whatever the model does, the others are read
        return [_alone(text, read) for text in texts]


def _alone(text: str, read: ReadTexts) -> Reading | None:
    try:
        (found,) = read([text])
    except Exception:  # counted as withheld; no other model stands in
        return None
    return found


def _scored_again(old: Score, reading: Reading | None) -> Score | None:
    if reading is None:
        return None
    return replace(
        old,
        polarity=reading.polarity,
        label=reading.label,
        method=reading.method,
        model=reading.model,
        version=reading.version,
        shares=reading.probabilities,
    )


def _outcome(shard: int, items: int, tally: _Tally, changes: str) -> Outcome:
    return Outcome(
        shard=shard,
        items=items,
        gone=tally.gone,
        rescored=tally.rescored,
        withheld=dict(tally.withheld),
        changed=len(tally.changes),
        shift=tally.shift,
        changes=changes,
    )
