"""What frozen.json said at earlier commits: the witness when an entry is edited with what it vouches for."""

import shutil
import subprocess
from collections.abc import Iterator

from tools.contracts.breaks import Break
from tools.contracts.freezing import Manifest, rewritten
from tools.contracts.shelf import OURS, ROOT
from tools.tape.errors import TapeError

_PATH = OURS.manifest.relative_to(ROOT).as_posix()


def rewritten_since(revision: str) -> Iterator[Break]:
    """Entries git knows at *revision* that were edited or lost since. Raises TapeError without it."""
    return rewritten(_manifest_at(revision), Manifest.of(OURS))


def commits() -> list[str]:
    """Every commit that changed frozen.json, as far back as this clone goes; none outside of git.

    Only the main line: what a branch froze and gave up before it was merged was never published.
    """
    git = shutil.which("git")
    told = _git(git, "log", "--first-parent", "--format=%h", "--", _PATH) if git else None
    return told.stdout.split() if told and not told.returncode else []


def _manifest_at(revision: str) -> Manifest:
    git = shutil.which("git")
    if git is None:
        raise TapeError("--since needs git, which is not on the PATH")
    path = f"{revision}:{_PATH}"
    done = _git(git, "show", path)
    if done.returncode:
        raise TapeError(f"git has no {path}: {done.stderr.strip()}; name a revision that has it")
    return Manifest.parse(done.stdout)


def _git(git: str, *arguments: str) -> "subprocess.CompletedProcess[str]":
    return subprocess.run([git, *arguments], cwd=ROOT, capture_output=True, text=True, check=False)
