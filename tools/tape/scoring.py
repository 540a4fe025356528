"""`tape score`: what texts say, line by line, without a platform."""

import json
import os
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Annotated, Any, BinaryIO

import typer
from rich.console import Console

from services.sentiment.scoring import KINDS, LABELS, Kind, Reading, unscorable
from tools.tape.errors import TapeError
from tools.tape.linking import LONGEST, numbered, opened

Read = Callable[[Sequence[str]], Sequence[Reading]]


class NoText(ValueError):
    """A line that cannot be scored; the message says why."""


def score(
    file: Annotated[
        Path, typer.Argument(help="One JSON object a line; - reads standard input.", show_default=False)
    ] = Path("-"),
    kind: Annotated[
        str | None, typer.Option(help="What the texts are: news or social; either unless said.")
    ] = None,
) -> None:
    """Score what texts say: JSON lines in, JSON lines out, each as soon as it is read.

    A line is {"id", "text"}. A text nobody can read, such as a lone link, has "label": null and "why": that
    is not neutral. "method" is model, or fallback where the word list stood in. Lines that are no texts are
    told by number, and the exit code is 2.

    Example: echo '{"id": "1", "text": "GME to the moon"}' | tape score --kind social

    {"id": "1", "label": "positive", "polarity": 0.9, "probabilities": {"negative": 0.02, …}, "model": …}
    """
    told = Console(stderr=True)
    try:
        read = _reader(_kind(kind), told)
        with opened(file) as lines:
            bad = _score_all(lines, read, told)
        sys.stdout.flush()
    except BrokenPipeError:
        # Whoever reads us (`head`) has enough: an end, not an error. Python would complain again at exit.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        raise typer.Exit from None
    if bad:
        raise TapeError(f"{bad:,} line(s) were no texts; the others are scored")


def scored(line: bytes, read: Read) -> dict[str, Any]:
    """What a line's text says; raises NoText."""
    id_, text = _text(line)
    if why := unscorable(text):
        nothing = dict.fromkeys(("label", "polarity", "probabilities", "model", "method"))
        return {"id": id_, **nothing, "why": why}
    (found,) = read([text])
    shares = zip(LABELS, map(float, found.probabilities), strict=True)
    return {
        "id": id_,
        "label": found.label,
        "polarity": float(found.polarity),
        "probabilities": dict(shares),
        "model": f"{found.model}@{found.version}",
        "method": found.method,
    }


def _score_all(lines: BinaryIO, read: Read, told: Console) -> int:
    """How many lines were no texts."""
    bad = 0
    for number, line in numbered(lines):
        try:
            if line is None:
                raise NoText(f"longer than {LONGEST:,} bytes")
            print(json.dumps(scored(line, read)), flush=True)
        except NoText as error:
            bad += 1
            told.print(f"line {number}: {error}", markup=False, highlight=False, soft_wrap=True)
    return bad


def _text(line: bytes) -> tuple[str | int, str]:
    try:
        row = json.loads(line)
    except (ValueError, RecursionError) as error:
        raise NoText(f"not JSON: {error}"[:200]) from error
    if not isinstance(row, dict):
        raise NoText('not an object with "id" and "text"')
    id_, text = row.get("id"), row.get("text")
    if not isinstance(id_, str | int) or isinstance(id_, bool) or id_ == "":
        raise NoText('"id" is missing, empty, or neither string nor number')
    if not isinstance(text, str):
        raise NoText('"text" is missing or no string')
    return id_, text


def _kind(stated: str | None) -> Kind | None:
    found: Kind | None = next((kind for kind in KINDS if kind == stated), None)
    if stated is not None and found is None:
        raise TapeError(f"no kind {stated[:64]!r}; --kind is {' or '.join(KINDS)}, or left out")
    return found


def _reader(kind: Kind | None, told: Console) -> Read:
    # Not above: the model takes longer to load than most commands to run.
    from services.sentiment.lexicon import Lexicon
    from services.sentiment.readers import Reader, warm

    def failed(*, extra: dict[str, object]) -> None:
        told.print(f"the model failed, the word list reads: {extra['reason']}", markup=False, highlight=False)

    return Reader(warm(kind=kind), fallback=Lexicon().read, report=failed)
