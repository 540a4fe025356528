"""How often the sentiment model is right, and how fast, beside VADER in the same run.

    OMP_NUM_THREADS=1 python -m benchmarks.sentiment [--labelled DIRECTORY]

The social sentences are the project's own and were never trained on. The two public sets are read from
`--labelled` and skipped, saying so, where they are absent; nothing was trained on them.
"""

import argparse
import csv
import json
import re
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from vaderSentiment.vaderSentiment import SentimentIntensityAnalyzer

from services.sentiment.classifying import Head
from services.sentiment.encoding import Encoder
from services.sentiment.lexicon import Lexicon
from services.sentiment.scoring import LABELS, Label, reading

ROOT = Path(__file__).parents[1]
MODEL_DIRECTORY = ROOT / "services" / "sentiment" / "model"
SOCIAL = ROOT / "tests" / "unit" / "sentiment" / "social_test.jsonl"
LABELLED = ROOT.parent / "shared" / "data" / "labelled"

Reader = Callable[[Sequence[str]], list[Label]]


@dataclass(frozen=True)
class Sample:
    """Texts and what people said of them."""

    name: str
    texts: list[str]
    labels: list[Label]


@dataclass(frozen=True)
class Result:
    accuracy: float
    macro_f1: float
    per_second: float


def social() -> Sample:
    rows = [json.loads(line) for line in SOCIAL.read_text().splitlines()]
    return Sample("own social test", [r["text"] for r in rows], [r["label"] for r in rows])


def tweets(labelled: Path) -> Sample:
    """The validation part of Twitter Financial News: 0 bearish, 1 bullish, 2 neutral."""
    names: dict[str, Label] = {"0": "negative", "1": "positive", "2": "neutral"}
    with (labelled / "twitter_financial_news" / "sent_valid.csv").open(newline="") as lines:
        rows = list(csv.DictReader(lines))
    return Sample("tweets (valid)", [r["text"] for r in rows], [names[r["label"]] for r in rows])


def headlines(labelled: Path) -> Sample:
    """SEntFiN headlines whose entities all have one label."""
    texts, labels = [], []
    path = labelled / "sentfin" / "SEntFiN.csv"
    with path.open(newline="", errors="replace") as lines:
        for row in csv.DictReader(lines):
            # Not parsed as Python: names with apostrophes are not escaped in the file.
            found = set(re.findall(rf"'\s*:\s*'({'|'.join(LABELS)})'", row["Decisions"]))
            if len(found) == 1:
                texts.append(row["Title"])
                labels.append(found.pop())
    return Sample("headlines (SEntFiN)", texts, labels)


def model_reader() -> Reader:
    encoder, head = Encoder.load(MODEL_DIRECTORY), Head.load(MODEL_DIRECTORY)

    def read(texts: Sequence[str]) -> list[Label]:
        rows = head.probabilities(encoder.embed(texts)).tolist()
        return [reading(row, method="model", model=head.model, version=head.version).label for row in rows]

    return read


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


def macro_f1(truth: Sequence[Label], found: Sequence[Label]) -> float:
    def f1(label: Label) -> float:
        hits = sum(t == f == label for t, f in zip(truth, found, strict=True))
        named = sum(t == label for t in truth) + sum(f == label for f in found)
        return 2 * hits / named if named else 0.0

    return sum(map(f1, LABELS)) / len(LABELS)


def judged(sample: Sample, read: Reader) -> Result:
    started = time.process_time()
    found = read(sample.texts)
    spent = time.process_time() - started
    right = sum(t == f for t, f in zip(sample.labels, found, strict=True))
    return Result(right / len(found), macro_f1(sample.labels, found), len(found) / spent)


def samples(labelled: Path) -> Iterator[Sample]:
    yield social()
    for load in (tweets, headlines):
        try:
            yield load(labelled)
        except FileNotFoundError as missing:
            print(f"skipped {load.__name__}: {missing.filename} is absent")


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--labelled", type=Path, default=LABELLED)
    asked = parser.parse_args()
    readers = {"model": model_reader(), "VADER": vader_reader(), "fallback": fallback_reader()}
    print(
        f"{'set':<20} {'n':>6}  {'reader':<9} {'accuracy':>8} {'macro-F1':>8} {'per CPU s':>9} {'x VADER':>8}"
    )
    for sample in samples(asked.labelled):
        results = {name: judged(sample, read) for name, read in readers.items()}
        for name, r in results.items():
            ratio = r.per_second / results["VADER"].per_second
            print(
                f"{sample.name:<20} {len(sample.texts):>6}  {name:<9} {r.accuracy:>8.3f} {r.macro_f1:>8.3f} "
                f"{r.per_second:>9.0f} {ratio:>8.3f}"
            )


if __name__ == "__main__":
    main()
