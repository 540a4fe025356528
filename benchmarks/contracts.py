"""How long an app waits for `import` of the published contracts, beside pydantic alone.

    python -m benchmarks.contracts [--rounds N]

Builds the package from this checkout, installs it with compiled bytecode as pip would, and starts a fresh
interpreter for every figure, each kind in turn, so that a busy moment hurts all alike. Printed are medians of
wall time in milliseconds, without the start of the interpreter, and the ratio to the peer: a file with one
pydantic model of one constrained field, built at its first use as ours are. `import contracts` is what an
app's start waits for; the last line is its whole way to its first event, in which pydantic is read, builds
what is used, and looks for plugins in every installed package.
"""

import argparse
import compileall
import os
import statistics
import subprocess
import sys
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path
from zipfile import ZipFile

ROOT = Path(__file__).parents[1]

_APP = "from contracts import Bus, TickerFollowedV1"
_FIRST = (
    f"{_APP}\nfrom datetime import UTC, datetime\nnow = datetime.now(UTC)\n"
    "class Client:\n"
    "    def describe_event_bus(self, Name): return {}\n"
    "    def put_events(self, Entries): return {'Entries': [{}]}\n"
    "event = TickerFollowedV1(user_id='u', ticker='GME', rules=(), followed_at=now)\n"
    "Bus('tickertape', Client()).publish(event, key='click-1', at=now)"
)
PEER = "one pydantic model"
KINDS = {
    "import pydantic": "import pydantic",
    "from pydantic import BaseModel": "from pydantic import BaseModel",
    PEER: "from pydantic import BaseModel, Field\n"
    "class One(BaseModel, defer_build=True): field: int = Field(ge=0)",
    "import contracts": "import contracts",
    "and the names an app uses": _APP,
    "the same, and the first event": _FIRST,
}


def install(folder: Path) -> None:
    """The package as a stranger has it, below *folder*."""
    command = [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(folder)]
    subprocess.run(command, cwd=ROOT / "contracts", check=True, capture_output=True)
    with ZipFile(next(folder.glob("*.whl"))) as wheel:
        wheel.extractall(folder)
    compileall.compile_dir(folder, quiet=1)


def milliseconds(work: str, folder: Path) -> float:
    """Wall time of *work* in an interpreter of its own that sees the package and not the repository."""
    timed = (
        f"import sys, time\nsys.path = [{str(folder)!r}, *(p for p in sys.path[1:] if p != {str(ROOT)!r})]\n"
        f"begun = time.perf_counter()\n{work}\nprint((time.perf_counter() - begun) * 1000)"
    )
    given = {name: value for name, value in os.environ.items() if not name.startswith("PYTHON")}
    done = subprocess.run(
        [sys.executable, "-c", timed], cwd=folder, env=given, check=True, capture_output=True, text=True
    )
    return float(done.stdout)


def medians(folder: Path, rounds: int) -> Mapping[str, float]:
    taken: dict[str, list[float]] = {kind: [] for kind in KINDS}
    for _ in range(rounds):
        for kind, work in KINDS.items():
            taken[kind].append(milliseconds(work, folder))
    return {kind: statistics.median(times) for kind, times in taken.items()}


def main(arguments: Sequence[str] | None = None) -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--rounds", type=int, default=25)
    rounds = parser.parse_args(arguments).rounds
    with tempfile.TemporaryDirectory() as folder:
        install(Path(folder))
        found = medians(Path(folder), rounds)
    print(f"median of {rounds} fresh interpreters, Python {sys.version.split()[0]}")
    for kind, time in found.items():
        print(f"  {kind:<32} {time:6.1f} ms   {time / found[PEER]:4.2f} ×")


if __name__ == "__main__":
    main()
