"""Cuts an archive of posts into parts of native rows, in constant memory, keeping their line numbers."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from services.ingestion.archive import ColumnsMissing, native_lines
from tools.tape.errors import TapeError

LINES = 500
"""Rows in a part: a part is one Lambda's work."""
SUFFIXES = (".ndjson", ".jsonl", ".json", ".zst", ".gz", ".csv")


@dataclass(frozen=True)
class Part:
    """Rows *first_line*… of *origin*, one JSON document a line."""

    origin: str
    first_line: int
    lines: tuple[str, ...]


def files(path: Path, option: str = "--posts") -> list[Path]:
    """The archives at *path*: itself, or those in the folder. Raises TapeError when there are none."""
    if not path.exists():
        raise TapeError(
            f"{path} does not exist; {option} takes an archive ({', '.join(SUFFIXES)}) or a folder of them"
        )
    found = sorted(p for p in path.iterdir() if p.suffix in SUFFIXES) if path.is_dir() else [path]
    if not found or not all(p.suffix in SUFFIXES for p in found):
        raise TapeError(f"{path} holds no archive; {option} takes {', '.join(SUFFIXES)} or a folder of them")
    return found


def parts(path: Path, size: int = LINES) -> Iterator[Part]:
    """The parts of one archive, one at a time."""
    kept: list[str] = []
    first = 1
    for number, line in _lines(path):
        if kept and (len(kept) == size or number != first + len(kept)):
            yield Part(path.name, first, tuple(kept))
            kept = []
        if not kept:
            first = number
        kept.append(line)
    if kept:
        yield Part(path.name, first, tuple(kept))


def _lines(path: Path) -> Iterator[tuple[int, str]]:
    try:
        yield from native_lines(path)
    except ColumnsMissing as missing:
        raise TapeError(f"{path.name}: {missing}") from missing
    except OSError as error:
        raise TapeError(f"cannot read {path}: {error.strerror or error}") from error
