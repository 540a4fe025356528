"""The talk about a ticker within an hour, against the day before it, and when it has shifted."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from math import log1p
from typing import Literal, TypeVar

from services.sentiment.keeping import Score
from services.sentiment.seeing import UNKNOWN, Seen, thin

Mood = Literal["calm", "risen", "fallen"]
Talk = Literal["calm", "surging"]
Reason = Literal["sentiment", "mentions"]
State = TypeVar("State", Mood, Talk)

WINDOW = timedelta(hours=1)
WINDOW_NAME = "PT1H"
BEFORE = timedelta(hours=24)
EVIDENCE = 20

VOICES_FOR_A_MOOD, SHIFT, SHIFT_OVER = 5, Decimal("0.25"), Decimal("0.15")
VOICES_FOR_A_SURGE, SURGE, SURGE_OVER = 10, Decimal("1.0"), Decimal("0.5")

_HOURS = BEFORE // WINDOW
_STEP = Decimal("0.001")


@dataclass(frozen=True, slots=True)
class Figures:
    """A ticker's hour. Figures are rounded to three places, and decided on as they are announced."""

    mentions: int
    usual_mentions: Decimal
    velocity: Decimal
    voices: int
    surge: Decimal
    mean: Decimal
    previous: Decimal | None
    shift: Decimal | None
    unique_authors: int
    near_duplicate_share: Decimal
    fallback_share: Decimal
    evidence: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Standing:
    """What was last made of a ticker, at the tick of *tick*."""

    tick: datetime
    mood: Mood
    talk: Talk


def figures(scores: Iterable[Score], end: datetime) -> Figures | None:
    """The figures of the hour before *end*; none when nobody spoke in it.

    Velocity is (mentions − usual) ÷ (usual + 1), where usual is the mean per hour over the 24 hours before.
    Surge is the same of voices: whoever posts ten times, or ten times the same under ten names, is one.
    """
    posts = _each_post_once(scores)
    hour = [s for s in posts if end - WINDOW <= s.posted_at < end]
    day = [s for s in posts if end - WINDOW - BEFORE <= s.posted_at < end - WINDOW]
    if not hour:
        return None
    usual, heard = Decimal(len(day)) / _HOURS, _voices(hour)
    usually_heard = Decimal(sum(_voices(posts) for posts in _by_hour(day, end))) / _HOURS
    read, read_before = _by_model(hour), _by_model(day)
    # Where the model read nothing, the lexicon's mean is told, with a fallback share of 1; it shifts nothing.
    mean = _mean(read or hour)
    previous = _mean(read_before) if read_before else None
    return Figures(
        mentions=len(hour),
        usual_mentions=_rounded(usual),
        velocity=_rounded((len(hour) - usual) / (usual + 1)),
        voices=heard,
        surge=_rounded((heard - usually_heard) / (usually_heard + 1)),
        mean=mean,
        previous=previous,
        shift=mean - previous if read and previous is not None else None,
        unique_authors=len({s.author for s in hour if s.author is not None}),
        near_duplicate_share=_rounded(Decimal(_repeats(hour)) / len(hour)),
        fallback_share=_rounded(1 - Decimal(len(read)) / len(hour)),
        evidence=_evidence(hour),
    )


def standing_after(
    last: Standing | None, found: Figures, tick: datetime, seen: Seen = UNKNOWN
) -> tuple[Standing, tuple[Reason, ...]]:
    """What is made of the ticker now, and which states it entered just now: only those are announced.

    A state is entered at one line and left at a lower one, so that a figure around the line is told once.
    It also ends when the ticker was not spoken of for more than an hour. Nothing ends in an hour, or a
    silence, that was thinly seen; after a day that was, no talk begins to surge: against it all is loud.
    """
    heard = last and (tick - last.tick <= WINDOW or thin(seen.since))
    before = last if last and heard else Standing(tick, "calm", "calm")
    mood, talk = _mood(before.mood, found), _talk(before.talk, found)
    if thin(seen.hour):
        mood, talk = _unless_calm(mood, before.mood), _unless_calm(talk, before.talk)
    now = Standing(tick, mood, before.talk if talk == "surging" and thin(seen.day) else talk)
    entered: list[Reason] = []
    if now.mood not in ("calm", before.mood):
        entered.append("sentiment")
    if now.talk not in ("calm", before.talk):
        entered.append("mentions")
    return now, tuple(entered)


def _unless_calm(now: State, before: State) -> State:
    return before if now == "calm" else now


def _mood(before: Mood, found: Figures) -> Mood:
    if found.shift is None:  # nothing to compare with is not a return to calm
        return before
    enough = found.voices >= VOICES_FOR_A_MOOD
    if found.shift >= (SHIFT_OVER if before == "risen" else SHIFT) and (enough or before == "risen"):
        return "risen"
    if found.shift <= -(SHIFT_OVER if before == "fallen" else SHIFT) and (enough or before == "fallen"):
        return "fallen"
    return "calm"


def _talk(before: Talk, found: Figures) -> Talk:
    if before == "surging":
        return "surging" if found.surge >= SURGE_OVER else "calm"
    surges = found.surge >= SURGE and found.voices >= VOICES_FOR_A_SURGE
    return "surging" if surges else "calm"


def _each_post_once(scores: Iterable[Score]) -> list[Score]:
    newest: Mapping[str, Score] = {s.post_id: s for s in sorted(scores, key=lambda s: s.seen)}
    return sorted(newest.values(), key=lambda s: (s.posted_at, s.post_id))


def _by_hour(scores: Sequence[Score], end: datetime) -> Iterable[list[Score]]:
    hours: dict[int, list[Score]] = {}
    for score in scores:
        hours.setdefault((end - score.posted_at) // WINDOW, []).append(score)
    return hours.values()


def _voices(scores: Sequence[Score]) -> int:
    """Authors with something of their own to say: of posts that repeat each other only the first counts.

    A post whose author is not known counts for itself: archives without names would be silent otherwise.
    """
    first = {score.cluster or score.post_id: score for score in reversed(scores)}
    return len({score.author or score.post_id for score in first.values()})


def _by_model(scores: Sequence[Score]) -> list[Score]:
    return [s for s in scores if s.method != "fallback"]


def _mean(scores: Sequence[Score]) -> Decimal:
    """The mean of the authors' own means: however often one posts, one voice. Unknown authors share one."""
    voices: dict[str | None, list[Decimal]] = {}
    for score in scores:
        voices.setdefault(score.author, []).append(score.polarity)
    return _rounded(sum((_plain_mean(said) for said in voices.values()), Decimal(0)) / len(voices))


def _plain_mean(values: Sequence[Decimal]) -> Decimal:
    return sum(values, Decimal(0)) / len(values)


def _repeats(scores: Sequence[Score]) -> int:
    """Posts that say again what another of the hour says; the first to say it is no repeat."""
    clusters = [s.cluster for s in scores if s.cluster is not None]
    return len(clusters) - len(set(clusters))


def _evidence(scores: Sequence[Score]) -> tuple[str, ...]:
    heaviest = sorted(scores, key=lambda s: (-_weight(s), s.posted_at, s.post_id))
    return tuple(s.event for s in heaviest[:EVIDENCE])


def _weight(score: Score) -> float:
    """Engagement: 0.7 · ln(1 + votes) + 0.3 · ln(1 + comments)."""
    return 0.7 * log1p(max(score.votes, 0)) + 0.3 * log1p(score.comments)


def _rounded(value: Decimal) -> Decimal:
    return value.quantize(_STEP)
