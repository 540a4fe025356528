"""How often the sentiment model is right, beside VADER, and how fast, beside transformers, in the same run.

    OMP_NUM_THREADS=1 python -m benchmarks.sentiment [--data DIRECTORY] [--short] [--rounds N]

Nothing measured here was trained or chosen on. The posts and the sentences of many kinds are the project's
own; the others are read from `--data`, and skipped, saying so, where they are absent. "read posts" are real
ones of Reddit, drawn by lot and labelled by one of us before a model read them. "tweets" are those of the
validation part that are not in the training part too, "headlines" the tenth of SEntFiN that was held out, and
"fates" its headlines with several names, once for each. "kind unknown" is how the HTTP API reads.
Speed is told as `benchmarks.sentiment_speed` says; `--short` leaves out what needs torch.
"""

import argparse
import json
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby
from pathlib import Path

from vaderSentiment.vaderSentiment import SentimentIntensityAnalyzer

from benchmarks.sentiment_speed import tell_speed
from services.sentiment.lexicon import Lexicon
from services.sentiment.readers import MODEL_DIRECTORY, Model
from services.sentiment.scoring import Kind, Label
from tools.sentiment.judging import Verdict, judged
from tools.sentiment.lessons import Lesson, fates, headlines, posts_read, said, unseen_tweets

ROOT = Path(__file__).parents[1]
SOCIAL = ROOT / "tests" / "unit" / "sentiment" / "social_test.jsonl"
OWN = ROOT / "tests" / "unit" / "sentiment" / "own_test.jsonl"
DATA = ROOT.parent / "shared" / "data"

Reader = Callable[[Sequence[str]], list[Label]]


@dataclass(frozen=True)
class Sample:
    """Texts and what people said of them; *kind* is what the model is told."""

    name: str
    kind: Kind | None
    texts: list[str]
    labels: list[Label]


@dataclass(frozen=True)
class Result:
    verdict: Verdict
    per_second: float


def social() -> Sample:
    rows = [json.loads(line) for line in SOCIAL.read_text().splitlines()]
    return Sample("posts (own)", "social", [r["text"] for r in rows], [r["label"] for r in rows])


def own() -> list[Sample]:
    """Our test sentences by kind. Talk of contracts is news and posts, so the model is not told which."""
    rows = [json.loads(line) for line in OWN.read_text().splitlines()]
    told: dict[str, Kind | None] = {"headline": "news", "company news": "news", "contracts and orders": None}
    return [
        Sample(name, told.get(name, "social"), [said(r) for r in of_name], [r["label"] for r in of_name])
        for name, of_name in ((name, list(group)) for name, group in groupby(rows, lambda r: str(r["kind"])))
    ]


def public(data: Path) -> Iterator[Sample]:
    labelled = data / "labelled"
    sets: dict[str, Callable[[], list[Lesson]]] = {
        "read posts": lambda: posts_read(data / "posts", "test"),
        "tweets": lambda: unseen_tweets(labelled),
        "headlines": lambda: headlines(labelled),
        "fates": lambda: fates(labelled),
    }
    for name, load in sets.items():
        try:
            lessons = [lesson for lesson in load() if lesson.part == "test"]
        except FileNotFoundError as missing:
            print(f"skipped {name}: {missing.filename} is absent")
        else:
            yield of_lessons(name, lessons)


def of_lessons(name: str, lessons: Sequence[Lesson]) -> Sample:
    return Sample(name, lessons[0].kind, [x.text for x in lessons], [x.label for x in lessons])


def model_reader(kind: Kind | None = None) -> Reader:
    model = Model(MODEL_DIRECTORY, kind)
    return lambda texts: [found.label for found in model(texts)]


def vader_reader() -> Reader:
    """VADER with its authors' own thresholds of ±0.05."""
    analyzer = SentimentIntensityAnalyzer()

    def label(text: str) -> Label:
        compound = analyzer.polarity_scores(text)["compound"]
        return "positive" if compound >= 0.05 else "negative" if compound <= -0.05 else "neutral"

    return lambda texts: [label(text) for text in texts]


def fallback_reader() -> Reader:
    lexicon = Lexicon()
    return lambda texts: [lexicon.read(text).label for text in texts]


def measured(sample: Sample, read: Reader) -> Result:
    started = time.process_time()
    found = read(sample.texts)
    spent = time.process_time() - started
    return Result(judged(sample.labels, found), per_second=len(found) / spent)


def compared(sample: Sample) -> dict[str, Result]:
    readers = {
        "model": model_reader(sample.kind),
        "kind unknown": model_reader(),
        "VADER": vader_reader(),
        "fallback": fallback_reader(),
    }
    return {name: measured(sample, read) for name, read in readers.items()}


def tell_in_full(samples: Sequence[Sample]) -> None:
    columns = f"{'accuracy':>8} {'macro-F1':>8} {'neutral recall':>14} {'per CPU s':>9}"
    print(f"{'set':<12} {'n':>5}  {'reader':<12} {columns}")
    for sample in samples:
        for name, r in compared(sample).items():
            print(
                f"{sample.name:<12} {len(sample.texts):>5}  {name:<12} "
                f"{r.verdict.accuracy:>8.3f} {r.verdict.macro_f1:>8.3f} "
                f"{r.verdict.neutral_recall or 0:>14.2f} {r.per_second:>9.0f}"
            )


def tell_by_kind(samples: Sequence[Sample]) -> None:
    """Accuracies alone: of a kind there are some thirty sentences, so a figure is good to nine points."""
    print(f"\n{'own sentences':<22} {'n':>3}  {'model':>6} {'kind unknown':>12} {'VADER':>6}")
    hits = dict.fromkeys(("model", "kind unknown", "VADER"), 0.0)
    for sample in samples:
        results = compared(sample)
        hits = {name: hit + results[name].verdict.accuracy * len(sample.texts) for name, hit in hits.items()}
        model, unknown, vader = (results[name].verdict.accuracy for name in hits)
        print(f"{sample.name:<22} {len(sample.texts):>3}  {model:>6.2f} {unknown:>12.2f} {vader:>6.2f}")
    every = sum(len(sample.texts) for sample in samples)
    model, unknown, vader = (hit / every for hit in hits.values())
    print(f"{'all':<22} {every:>3}  {model:>6.3f} {unknown:>12.3f} {vader:>6.3f}")


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--data", type=Path, default=DATA)
    parser.add_argument("--short", action="store_true", help="without what needs torch")
    parser.add_argument("--rounds", type=int, default=2, help="of which the best counts, for speed")
    asked = parser.parse_args()
    tell_in_full([social(), *public(asked.data)])
    tell_by_kind(own())
    tell_speed([text for sample in own() for text in sample.texts], rounds=asked.rounds, alone=asked.short)


if __name__ == "__main__":
    main()
