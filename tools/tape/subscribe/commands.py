"""`tape subscribe`: a folder of one's own that hears events, and what to type next."""

import shlex
import shutil
import sys
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from tools.contracts.graph import graph
from tools.contracts.shelf import ROOT
from tools.tape.known import event_class
from tools.tape.subscribe import scaffolding

out = Console()
_BIN = Path(sys.executable).parent


def subscribe(
    name: Annotated[str, typer.Argument(metavar="NAME", help="Names the consumer, for example price-watch.")],
    to: Annotated[
        list[str], typer.Option("--to", metavar="DETAIL-TYPE", help="An event to hear; may be repeated.")
    ],
    into: Annotated[
        Path | None, typer.Option(metavar="DIR", help="The folder to make; ./NAME by default.")
    ] = None,
) -> None:
    """Make a consumer of your own: a folder with an inbox, a handler, a test and a README.

    For example: tape subscribe price-watch --to PriceUpdated.v1 --to SentimentScored.v1 --into ../price-watch
    """
    detail_types = [event_class(detail_type).detail_type for detail_type in to]
    folder = into or Path(name)
    made = scaffolding.subscribe(name, detail_types, folder)
    _line(f"made {folder} with {len(made)} files; README.md tells what each is for")
    for path in made:
        _line(f"  {path.relative_to(folder)}")
    for event in scaffolding.unannounced(detail_types, graph(ROOT)):
        _line(f"note: no service announces {event} yet; `tape publish` does, to try")
    _show_next(folder, name, detail_types[0])


def _show_next(folder: Path, name: str, event: str) -> None:
    _line("\nnext:")
    if not _on_the_path():
        _line(f"  export PATH={shlex.quote(str(_BIN))}:$PATH")
    _line(f"  cd {shlex.quote(str(folder))} && python -m pytest -q")
    _line("  tape deploy .    # to what `tape up --detach` started")
    _line(f"  tape publish {event} --file tests/samples/{event}.json")
    _line(f"  tape rows {name}-Received")


def _on_the_path() -> bool:
    """Whether the shell finds this `tape` and its python by their names."""
    return all(shutil.which(command) == str(_BIN / command) for command in ("tape", "python"))


def _line(text: str) -> None:
    """As it stands: neither wrapped, nor coloured, nor read as markup."""
    out.print(text, soft_wrap=True, highlight=False, markup=False)
