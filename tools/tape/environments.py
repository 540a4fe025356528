"""Interpreters apart from ours, made on demand: what they hold, no service and no test can lean on."""

import shutil
import subprocess
import sys
from collections.abc import Sequence
from hashlib import sha256
from pathlib import Path

from tools.tape.errors import TapeError

TORCH = "torch==2.13.0"
"""By version alone: builds for processors alone differ by platform and lie where pip is told to look."""


def installed(
    place: Path, lock: Path, name: str, *, bare: Sequence[str] = (), unlocked: Sequence[str] = ()
) -> Path:
    """The interpreter *name* below *place*, installed once from *lock*; those called *bare* get nothing.

    What is *unlocked* is fetched by pip, alone, as pip's own settings say. Raises TapeError.
    """
    stamp = place / "lock.sha256"
    wanted = sha256(lock.read_bytes() + sys.version.encode() + "".join(unlocked).encode()).hexdigest()
    python = place / name / "bin" / "python"
    if not (stamp.exists() and stamp.read_text(encoding="utf-8") == wanted):
        shutil.rmtree(place, ignore_errors=True)
        uv = str(Path(sys.executable).with_name("uv"))
        for one in (name, *bare):
            _run([uv, "venv", "--quiet", "--python", sys.executable, str(place / one)])
        install = [uv, "pip", "install", "--quiet", "--compile-bytecode", "-p", str(python)]
        _run([*install, "--require-hashes", "-r", str(lock)])
        for asked in unlocked:
            pip = [sys.executable, "-m", "pip", "--python", str(python), "install", "--quiet"]
            _run([*pip, "--disable-pip-version-check", "--no-deps", asked])
        stamp.write_text(wanted, encoding="utf-8")
    return python


def _run(command: list[str]) -> None:
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode:
        raise TapeError(f"`{' '.join(command[:4])} …` failed: {done.stderr.strip().splitlines()[-1:]}")
