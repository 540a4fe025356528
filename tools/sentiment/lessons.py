"""What the sentiment model learns from: public headlines and tweets, posts we read, sentences we wrote."""

import csv
import hashlib
import json
import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from random import Random
from typing import Literal

from services.sentiment.scoring import LABELS, Kind, Label, Span, marked, readable
from tools.sentiment.company_news import COPIES, patterns, written
from tools.sentiment.read_posts import read_posts

SENTENCES = Path(__file__).parent / "sentences.jsonl"
TWEETS = Path("twitter_financial_news")
HEADLINES = Path("sentfin") / "SEntFiN.csv"

SEED = 7
Part = Literal["train", "dev", "test"]

_TWEET_LABELS: dict[str, Label] = {"0": "negative", "1": "positive", "2": "neutral"}
# The file writes a dictionary, but leaves apostrophes in names unescaped.
_DECISION = re.compile(rf"'([^']*(?:'[^:]*)*)'\s*:\s*'({'|'.join(LABELS)})'")


@dataclass(frozen=True)
class Course:
    """How a model is taught: what it learns from each seed's lessons is averaged.

    Of the public texts one in *of_public* is read; what we wrote or labelled, *written* or *labelled* times,
    there being little of it. Layers below *from_layer* and the embeddings are left alone, unless it is 0.
    """

    of_public: int
    written: int
    labelled: int
    threads: int
    epochs: int
    batch: int
    rate: float
    from_layer: int
    seeds: tuple[int, ...]


FROM_PUBLISHED = Course(
    of_public=1,
    written=3,
    labelled=3,
    threads=900,
    epochs=4,
    batch=32,
    rate=2e-4,
    from_layer=0,
    seeds=(7,),
)
FURTHER = Course(
    of_public=8,
    written=1,
    labelled=3,
    threads=0,
    epochs=1,
    batch=64,
    rate=2e-4,
    from_layer=2,
    seeds=(7, 8, 9),
)
"""For a model that was taught by the first: what is new to it, and enough of the old not to forget."""


@dataclass(frozen=True)
class Lesson:
    """A text and its label. *origin* names its set; `dev` chooses and calibrates, `test` is only measured."""

    text: str
    label: Label
    kind: Kind
    origin: str
    part: Part


def curriculum(labelled: Path, posts: Path, course: Course, *, seed: int) -> list[Lesson]:
    """All that is trained on: of the public sets the share that the course and the seed give."""
    lessons = {lesson.text: lesson for lesson in _all(labelled, posts) if lesson.part == "train"}.values()
    times = {"own": course.written, "patterns": 2, "read": course.labelled}
    public = [lesson for lesson in lessons if lesson.origin not in times]
    chosen = Random(seed).sample(public, len(public) // course.of_public)  # noqa: S311 - a lottery
    ours = [lesson for lesson in lessons for _ in range(times.get(lesson.origin, 0))]
    said_online = [lesson for lesson in lessons if lesson.origin == "own" and lesson.kind == "social"]
    return [*chosen, *ours, *threads(said_online, many=course.threads, seed=seed)]


def dev_lessons(labelled: Path, posts: Path) -> list[Lesson]:
    """Held back to calibrate on."""
    return [lesson for lesson in _all(labelled, posts) if lesson.part == "dev"]


def _all(labelled: Path, posts: Path) -> list[Lesson]:
    public = [*tweets(labelled, "train"), *headlines(labelled), *fates(labelled)]
    return [*public, *own(), *company_news(), *posts_read(posts, "train")]


def company_news() -> list[Lesson]:
    """Sentences written out from our patterns. Those of one pattern are in one part, being much alike."""
    return [
        Lesson(text, label, "news", "patterns", drawn(pattern, dev=10, test=0))
        for label, pattern in patterns()
        for text in written(pattern, COPIES[label])
    ]


def posts_read(posts: Path, part: Literal["train", "test"]) -> list[Lesson]:
    """Real posts that one of us labelled."""
    return [
        Lesson(text, label, "social", "read", "test" if part == "test" else drawn(text, dev=12, test=0))
        for text, label in read_posts(posts, part)
    ]


def drawn(text: str, *, dev: int, test: int) -> Part:
    """The part a text belongs to, by its hash: whatever else is added. Sizes in per cent."""
    place = int(hashlib.sha256(text.casefold().encode()).hexdigest(), 16) % 100
    return "test" if place < test else "dev" if place < test + dev else "train"


def own(path: Path = SENTENCES) -> list[Lesson]:
    """Our sentences. One that names a ticker is marked as a post about several is."""
    rows = map(json.loads, path.read_text().splitlines())
    return [
        Lesson(said(row), row["label"], row["kind"], "own", drawn(row["text"], dev=12, test=0))
        for row in rows
    ]


def said(row: dict[str, str]) -> str:
    """The text of a row as the model gets it: with its ticker marked, if it names one."""
    if "ticker" not in row:
        return row["text"]
    return marked(row["text"], named(row["text"], row["ticker"]))


def named(text: str, name: str) -> list[Span]:
    """Where *name* stands in *text* as a word of its own."""
    return [m.span() for m in re.finditer(rf"(?<!\w){re.escape(name)}(?!\w)", text)]


def tweets(labelled: Path, part: Literal["train", "valid"]) -> list[Lesson]:
    """Twitter Financial News: all of `valid` is test."""
    with (labelled / TWEETS / f"sent_{part}.csv").open(newline="") as lines:
        rows = list(csv.DictReader(lines))
    return [
        Lesson(
            row["text"],
            _TWEET_LABELS[row["label"]],
            "news",
            "tweets",
            "test" if part == "valid" else drawn(row["text"], dev=5, test=0),
        )
        for row in rows
    ]


def unseen_tweets(labelled: Path) -> list[Lesson]:
    """The validation tweets that say nothing a training one says, whatever link follows."""
    seen = {readable(lesson.text) for lesson in tweets(labelled, "train")}
    return [lesson for lesson in tweets(labelled, "valid") if readable(lesson.text) not in seen]


def headlines(labelled: Path) -> list[Lesson]:
    """SEntFiN headlines on whose names all agree, unmarked."""
    return [
        Lesson(title, labels.pop(), "news", "headlines", drawn(title, dev=4, test=10))
        for title, decisions in _decided(labelled)
        if len(labels := set(decisions.values())) == 1
    ]


def fates(labelled: Path) -> list[Lesson]:
    """SEntFiN headlines with several names, once for each, the name marked."""
    return [
        Lesson(marked(title, named(title, name)), label, "news", "fates", drawn(title, dev=4, test=10))
        for title, decisions in _decided(labelled)
        if len(decisions) > 1
        for name, label in decisions.items()
        if named(title, name)
    ]


def _decided(labelled: Path) -> Iterator[tuple[str, dict[str, Label]]]:
    with (labelled / HEADLINES).open(newline="", errors="replace") as lines:
        for row in csv.DictReader(lines):
            yield row["Title"], {name: label for name, label in _DECISION.findall(row["Decisions"])}


def threads(lessons: list[Lesson], *, many: int, seed: int) -> list[Lesson]:
    """Longer posts, joined from sentences of one label and, for the other two labels, neutral ones."""
    dice = Random(seed)  # noqa: S311 - a lottery, not a secret
    pools = {label: [x for x in lessons if x.label == label] for label in LABELS}
    joined = []
    for turn in range(many):
        label = LABELS[turn % len(LABELS)]
        parts = dice.sample(pools[label], dice.randint(1, 3)) + dice.sample(
            pools["neutral"], dice.randint(1, 2)
        )
        dice.shuffle(parts)
        text = dice.choice((" ", "\n\n", ". ")).join(part.text for part in parts)
        joined.append(replace(parts[0], text=text, label=label))
    return joined
