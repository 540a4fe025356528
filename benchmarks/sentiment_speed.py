"""How fast texts are read, and how soon the first, beside the transformers pipeline with the same weights.

At the size of BERT-base: a classifier of FinBERT's kind that has been taught something, which
`tools.sentiment.widened` writes, imported as by `tape model import`. At the size of the packaged model: that
one, and its weights in fp32.
A reader is a fresh process on one thread; all take turns, and of each the best round counts. Texts are
counted by seconds of the processor, which a busy machine leaves as they are. "load" is up to the first
reading, by the clock and by the processor; imports are timed apart.
"""

import json
import subprocess
import sys
import tempfile
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from services.sentiment.scoring import readable

ROOT = Path(__file__).parents[1]

_BEGIN = """
import json, sys, time
texts = json.loads(sys.stdin.read())
began = time.perf_counter()
"""
_OURS = """
from services.sentiment.deployed import deployed
ready = time.perf_counter(), time.process_time()
read = deployed(sys.argv[1], lambda key: key, kind="social")
"""
_PIPELINE = """
from transformers import pipeline
ready = time.perf_counter(), time.process_time()
read = pipeline("text-classification", model=sys.argv[1], device="cpu")
"""
_PIPELINE_OF_THE_PACKAGED = """
from transformers import pipeline
from services.sentiment.classifying import Head
from services.sentiment.readers import MODEL_DIRECTORY
from services.sentiment.scoring import reading
ready = time.perf_counter(), time.process_time()
vectors = pipeline("feature-extraction", model=sys.argv[1], device="cpu", return_tensors=True)
head = Head.load(MODEL_DIRECTORY)
def read(texts):
    means = [found[0].mean(0).numpy() for found in vectors(texts)]
    rows = head.probabilities([mean / (mean @ mean) ** 0.5 for mean in means], "social")
    return [reading(row.tolist(), method="model", model="", version="") for row in rows]
"""
_END = """
read(["I like the stock."])
loaded = time.perf_counter(), time.process_time()
answers = read(texts)
spent = time.process_time() - loaded[1]
labels = [str(a["label"]).lower() if isinstance(a, dict) else a.label for a in answers]
waited, worked = loaded[0] - ready[0], loaded[1] - ready[1]
print(json.dumps([ready[0] - began, waited, worked, len(texts) / spent, labels]))
"""


@dataclass(frozen=True)
class Round:
    """Seconds to import; to load and read one text, by the clock and the processor; texts a second."""

    imports: float
    load: float
    load_work: float
    speed: float
    labels: list[str]


BASE, OWN = "pipeline, base", "pipeline, its weights"
EVERY = 3
"""Of the texts every third is read at the size of BERT-base: a pipeline takes a minute for all."""


@dataclass(frozen=True)
class Reader:
    """*peer* is the reader with the same weights that it is measured against."""

    name: str
    read: Callable[[], Round]
    peer: str | None = None


def tell_speed(texts: Sequence[str], *, rounds: int, alone: bool) -> None:
    """With *alone* the packaged model without its peers, which need torch."""
    said = [readable(text) for text in texts]
    packaged = Reader("packaged", lambda: _timed(sys.executable, _OURS, "packaged", said), OWN)
    with tempfile.TemporaryDirectory() as folder:
        readers = [packaged] if alone else [*_peers(Path(folder), said), packaged]
        _tell(readers, _in_turns(readers, rounds))
    if alone:
        print("BERT-base and the transformers pipelines were left out (--short): they need torch")
    print(f"{len(said)} texts, best of {rounds} round(s)")


def _peers(folder: Path, texts: Sequence[str]) -> list[Reader]:
    from tools.tape.importing import export_python

    torch, few = str(export_python()), texts[::EVERY]
    _run([torch, "-m", "tools.sentiment.widened", str(folder)])
    imported = [torch, "-m", "tools.sentiment.importing", str(folder / "base"), str(folder / "int8")]
    card = json.loads(_run([*imported, "--name", "base"]).splitlines()[-1])
    print(
        f"\nBERT-base in int8: {card['agreement']:.2%} of {card['compared']} labels as transformers has them"
    )
    return [
        Reader(BASE, lambda: _timed(torch, _PIPELINE, str(folder / "base"), few)),
        Reader("base, int8", lambda: _timed(sys.executable, _OURS, str(folder / "int8"), few), BASE),
        Reader(OWN, lambda: _timed(torch, _PIPELINE_OF_THE_PACKAGED, str(folder / "own"), texts)),
    ]


def _timed(python: str, code: str, model: str, texts: Sequence[str]) -> Round:
    told = _run([python, "-c", _BEGIN + code + _END, model], said=json.dumps(texts))
    return Round(*json.loads(told.splitlines()[-1]))


def _run(command: Sequence[str], said: str = "") -> str:
    done = subprocess.run(command, cwd=ROOT, input=said, capture_output=True, text=True, check=False)
    if done.returncode:
        raise SystemExit(f"{' '.join(command[:3])[:80]} failed: {done.stderr.strip()[-500:]}")
    return done.stdout


def _in_turns(readers: Sequence[Reader], rounds: int) -> dict[str, Round]:
    taken: dict[str, list[Round]] = {reader.name: [] for reader in readers}
    for _ in range(rounds):
        for reader in readers:
            taken[reader.name].append(reader.read())
    return {name: _best(found) for name, found in taken.items()}


def _best(rounds: Sequence[Round]) -> Round:
    return Round(
        imports=min(one.imports for one in rounds),
        load=min(one.load for one in rounds),
        load_work=min(one.load_work for one in rounds),
        speed=max(one.speed for one in rounds),
        labels=rounds[0].labels,
    )


def _tell(readers: Sequence[Reader], found: dict[str, Round]) -> None:
    columns = (
        f"{'texts/CPU s':>11} {'ratio':>7} {'same labels':>11} {'load s':>7} {'(CPU)':>7} {'imports s':>9}"
    )
    print(f"\n{'reader':<22} {columns}")
    for reader in readers:
        one, peer = found[reader.name], found.get(reader.peer or "")
        ratio = f"{one.speed / peer.speed:.1f} x" if peer else ""
        same = f"{_agreed(one.labels, peer.labels):.2%}" if peer else ""
        times = f"{one.load:>7.2f} {one.load_work:>7.2f} {one.imports:>9.2f}"
        print(f"{reader.name:<22} {one.speed:>11.1f} {ratio:>7} {same:>11} {times}")


def _agreed(labels: Sequence[str], others: Sequence[str]) -> float:
    return sum(a == b for a, b in zip(labels, others, strict=True)) / len(labels)
