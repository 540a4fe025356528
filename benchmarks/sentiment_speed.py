"""How fast texts are read, and how soon the first, beside the transformers pipeline with the same weights.

    OMP_NUM_THREADS=1 python -m benchmarks.sentiment_speed [--short] [--rounds 3]

BERT-base as FinBERT has it, with random weights: speed does not depend on what is known. Imported as by
`tape model import`; agreement is with transformers on the texts timed. One thread; a pipeline and ours take
turns, and of each the best round counts. "cold" is a fresh process up to its first reading; imports are
timed apart. `--short` leaves BERT-base out, which needs torch.
"""

import argparse
import json
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from pathlib import Path

from benchmarks.sentiment import OWN

ROOT = Path(__file__).parents[1]

_OURS = """
import json, sys, time
began = time.perf_counter()
from services.sentiment.deployed import deployed
ready = time.perf_counter()
read = deployed(sys.argv[1], lambda key: key, kind="social")
"""
_PIPELINE = """
import json, sys, time, warnings
began = time.perf_counter()
from transformers import pipeline
ready = time.perf_counter()
found = pipeline("text-classification", model=sys.argv[1], device="cpu")
read = lambda texts: found(list(texts))
"""
_TIMED = """
read(["I like the stock."])
loaded = time.perf_counter()
texts = json.loads(sys.stdin.read())
started = time.perf_counter()
answers = read(texts)
spent = time.perf_counter() - started
labels = [str(a["label"]).lower() if isinstance(a, dict) else a.label for a in answers]
print(json.dumps([ready - began, loaded - ready, len(texts) / spent, labels]))
"""

Round = tuple[float, float, float, list[str]]
"""Seconds to import, seconds to load and read one text, texts a second, labels."""


def texts() -> list[str]:
    return [json.loads(line)["text"] for line in OWN.read_text(encoding="utf-8").splitlines()]


def timed(python: str, code: str, model: str) -> Round:
    done = subprocess.run(
        [python, "-c", code + _TIMED, model],
        cwd=ROOT,
        input=json.dumps(texts()),
        capture_output=True,
        text=True,
        check=True,
    )
    imports, load, speed, labels = json.loads(done.stdout.splitlines()[-1])
    return imports, load, speed, labels


def best(rounds: Sequence[Round]) -> Round:
    imports, loads, speeds, _ = zip(*rounds, strict=True)
    return min(imports), min(loads), max(speeds), rounds[0][3]


def in_turns(readers: dict[str, Callable[[], Round]], rounds: int) -> dict[str, Round]:
    taken: dict[str, list[Round]] = {name: [] for name in readers}
    for _ in range(rounds):
        for name, read in readers.items():
            taken[name].append(read())
    return {name: best(found) for name, found in taken.items()}


def tell(found: dict[str, Round], peer: str | None) -> None:
    print(
        f"{'reader':<22} {'texts/s':>8} {'ratio':>6} {'cold load s':>11} {'imports s':>9} {'same labels':>11}"
    )
    for name, (imports, load, speed, labels) in found.items():
        ratio = agreed = ""
        if peer and name != "packaged":
            ratio = f"{speed / found[peer][2]:.1f} x"
            agreed = f"{sum(a == b for a, b in zip(labels, found[peer][3], strict=True)) / len(labels):.2%}"
        print(f"{name:<22} {speed:>8.1f} {ratio:>6} {load:>11.2f} {imports:>9.2f} {agreed:>11}")


def base_readers(folder: Path) -> dict[str, Callable[[], Round]]:
    """The pipeline and both precisions of ours, with the same weights of BERT-base."""
    from tools.tape.importing import export_python

    torch = str(export_python())
    original = folder / "original"
    subprocess.run(
        [torch, "-m", "tools.sentiment.untrained", str(original)], cwd=ROOT, check=True, capture_output=True
    )
    for precision in ("int8", "fp32"):
        # Whatever agrees is told below; a refusal leaves the files to be timed all the same.
        command = [torch, "-m", "tools.sentiment.importing", str(original), str(folder / precision)]
        told = subprocess.run(
            [*command, "--name", "base", "--precision", precision],
            cwd=ROOT,
            capture_output=True,
            text=True,
            check=False,
        )
        print(f"import {precision}: {(told.stdout or told.stderr).strip().splitlines()[-1][-160:]}")
    return {
        "transformers pipeline": lambda: timed(torch, _PIPELINE, str(original)),
        "ours, base int8": lambda: timed(sys.executable, _OURS, str(folder / "int8")),
        "ours, base fp32": lambda: timed(sys.executable, _OURS, str(folder / "fp32")),
    }


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--short", action="store_true", help="the packaged model alone; no torch")
    parser.add_argument("--rounds", type=int, default=3)
    asked = parser.parse_args()
    began = time.monotonic()
    with tempfile.TemporaryDirectory() as folder:
        readers = {} if asked.short else base_readers(Path(folder))
        readers["packaged"] = lambda: timed(sys.executable, _OURS, "packaged")
        tell(in_turns(readers, asked.rounds), None if asked.short else "transformers pipeline")
    if asked.short:
        print("BERT-base and the transformers pipeline were left out (--short): they need torch")
    print(f"{len(texts())} texts, {asked.rounds} round(s), {time.monotonic() - began:.0f} s in all")


if __name__ == "__main__":
    main()
