"""`tape score`: what texts say, line by line, without a platform."""

import json
import os
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Annotated, Any, BinaryIO

import typer
from rich.console import Console

from services.sentiment.scoring import KINDS, LABELS, Kind, Reading, unscorable
from tools.sentiment.judging import judged
from tools.sentiment.lessons import said
from tools.tape.errors import TapeError
from tools.tape.linking import LONGEST, numbered, opened

Read = Callable[[Sequence[str]], Sequence[Reading]]


class NoText(ValueError):
    """A line that cannot be scored; the message says why."""


@dataclass
class Tally:
    """What a run could not use, and of lines with a label of people's: kind, that label, the one found."""

    bad: int = 0
    compared: list[tuple[str, str, str | None]] = field(default_factory=list)


def score(
    file: Annotated[
        Path, typer.Argument(help="One JSON object a line; - reads standard input.", show_default=False)
    ] = Path("-"),
    kind: Annotated[
        str | None, typer.Option(help="What the texts are: news or social; either unless said.")
    ] = None,
    model: Annotated[
        Path | None,
        typer.Option(
            metavar="DIR", help="A model as `tape model import --into DIR` writes it, not the packaged one."
        ),
    ] = None,
) -> None:
    """Score what texts say: JSON lines in, JSON lines out, each as soon as it is read.

    A line is {"id", "text"}; without an id it has its number, and with a "ticker" what is said of that one
    is scored. A text nobody can read, such as a lone link, has "label": null and "why": that is not neutral.
    "method" is model, or fallback where the word list stood in. Lines that are no texts are told by number,
    and the exit code is 2. Where lines have the "label" that people gave, a table of how often it was found
    follows on the error stream, by their "kind".

    Example: echo '{"id": "1", "text": "GME to the moon"}' | tape score --kind social

    {"id": "1", "label": "positive", "polarity": 0.9, "probabilities": {"negative": 0.02, …}, "model": …}
    """
    told = Console(stderr=True)
    try:
        read = _reader(model, _kind(kind), told)
        with opened(file) as lines:
            tally = _score_all(lines, read, told)
        sys.stdout.flush()
    except BrokenPipeError:
        # Whoever reads us (`head`) has enough: an end, not an error. Python would complain again at exit.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        raise typer.Exit from None
    _tell(tally, told)
    if tally.bad:
        raise TapeError(f"{tally.bad:,} line(s) were no texts; the others are scored")


def scored(row: dict[str, Any], read: Read) -> dict[str, Any]:
    """What a row's text says."""
    text = said(row)
    if why := unscorable(text):
        nothing = dict.fromkeys(("label", "polarity", "probabilities", "model", "method"))
        return {"id": row["id"], **nothing, "why": why}
    (found,) = read([text])
    shares = zip(LABELS, map(float, found.probabilities), strict=True)
    return {
        "id": row["id"],
        "label": found.label,
        "polarity": float(found.polarity),
        "probabilities": dict(shares),
        "model": f"{found.model}@{found.version}",
        "method": found.method,
    }


def _score_all(lines: BinaryIO, read: Read, told: Console) -> Tally:
    tally = Tally()
    for number, line in numbered(lines):
        try:
            if line is None:
                raise NoText(f"longer than {LONGEST:,} bytes")
            row = _row(line, number)
        except NoText as error:
            tally.bad += 1
            told.print(f"line {number}: {error}", markup=False, highlight=False, soft_wrap=True)
        else:
            print(json.dumps(answer := scored(row, read)), flush=True)
            if "label" in row:
                tally.compared.append((str(row.get("kind", "all")), row["label"], answer["label"]))
    return tally


def _row(line: bytes, number: int) -> dict[str, Any]:
    """Raises NoText."""
    try:
        told = json.loads(line)
    except (ValueError, RecursionError) as error:
        raise NoText(f"not JSON: {error}"[:200]) from error
    if not isinstance(told, dict):
        raise NoText('not an object with "id" and "text"')
    row: dict[str, Any] = {"id": number, **told}
    if row["id"] == "" or isinstance(row["id"], bool) or not isinstance(row["id"], str | int):
        raise NoText('"id" is empty, or neither string nor number')
    if not isinstance(row.get("text"), str):
        raise NoText('"text" is missing or no string')
    if not isinstance(row.get("ticker", ""), str):
        raise NoText('"ticker" is no string')
    if row.get("label", LABELS[0]) not in LABELS:
        raise NoText(f'"label" is none of {", ".join(LABELS)}')
    return row


def _tell(tally: Tally, told: Console) -> None:
    kinds = list(dict.fromkeys(kind for kind, _, _ in tally.compared))
    every = ["all"] if len(kinds) > 1 else []
    columns = f"{'accuracy':>8} {'macro-F1':>8} {'neutral recall':>14}"
    if kinds:
        told.print(f"{'kind':<22} {'n':>5} {columns}", highlight=False)
    for kind in (*kinds, *every):
        both = [(given, found) for of, given, found in tally.compared if kind in (of, "all")]
        told.print(f"{kind[:22]:<22} {len(both):>5} {_figures(both)}", markup=False, highlight=False)


def _figures(both: Sequence[tuple[str, str | None]]) -> str:
    verdict = judged([given for given, _ in both], [found for _, found in both])
    recall = "" if verdict.neutral_recall is None else f"{verdict.neutral_recall:.2f}"
    return f"{verdict.accuracy:>8.3f} {verdict.macro_f1:>8.3f} {recall:>14}"


def _kind(stated: str | None) -> Kind | None:
    found: Kind | None = next((kind for kind in KINDS if kind == stated), None)
    if stated is not None and found is None:
        raise TapeError(f"no kind {stated[:64]!r}; --kind is {' or '.join(KINDS)}, or left out")
    return found


def _reader(folder: Path | None, kind: Kind | None, told: Console) -> Read:
    # Not above: the model takes longer to load than most commands to run.
    from services.sentiment.deployed import PACKAGED, deployed
    from services.sentiment.lexicon import Lexicon
    from services.sentiment.readers import Reader

    if folder and not (folder / "model.json").is_file():
        raise TapeError(f"{folder} has no model.json; make it with `tape model import DIR --into {folder}`")

    def failed(*, extra: dict[str, object]) -> None:
        told.print(f"the model failed, the word list reads: {extra['reason']}", markup=False, highlight=False)

    model = deployed(str(folder.resolve()) if folder else PACKAGED, Path, kind=kind)
    return Reader(model, fallback=Lexicon().read, report=failed)
