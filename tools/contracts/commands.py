"""`tape contracts …`: the gate, publishing, and what is made of the contracts for others."""

import json
from collections.abc import Sequence
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.table import Table
from rich.text import Text

from contracts.events.catalogue import EVENTS
from contracts.needs.needing import Need, counted
from tools.contracts.breaks import Break
from tools.contracts.checking import broken, confirmed
from tools.contracts.drawing import svg
from tools.contracts.freezing import Manifest, freeze, unpublished
from tools.contracts.generating import generate, stale
from tools.contracts.graph import Graph, graph, mermaid
from tools.contracts.history import commits, rewritten_since
from tools.contracts.needing import declared, read_needs, unmet
from tools.contracts.schemas import written_schemas
from tools.contracts.shelf import OURS, ROOT, text_of
from tools.tape.errors import TapeError

app = typer.Typer(
    no_args_is_help=True, add_completion=False, help="The event contracts: the gate, publishing, documents."
)
out = Console()


class Form(StrEnum):
    """How the graph is printed."""

    mermaid = "mermaid"
    svg = "svg"
    json = "json"


Json = Annotated[bool, typer.Option("--json", help="Print one JSON document and nothing else.")]


@app.command()
def check(
    needs: Annotated[
        Path | None, typer.Option(help="Check only this file of declared needs: a team's own.")
    ] = None,
    since: Annotated[
        str | None, typer.Option(help="A git revision whose frozen.json must still be there, entry by entry.")
    ] = None,
    history: Annotated[
        bool, typer.Option("--history", help="As --since, for every commit that changed frozen.json.")
    ] = False,
    json_: Json = False,
) -> None:
    """Hold the classes against everything published and every declared need; exit code 1 when one breaks."""
    written = written_schemas()
    if needs is not None:
        wanted = read_needs(needs)
        found, said = list(unmet(wanted, written)), f"{counted(wanted)} of {needs} met"
    else:
        wanted = declared(OURS)
        found = broken(OURS, written, wanted)
        before = ([since] if since else []) + (commits() if history else [])
        found += dict.fromkeys(fault for revision in before for fault in rewritten_since(revision))
        said = _summary(wanted, before if since or history else None)
    hurt = {fault.contract for fault in found}
    pending = [n for n in unpublished(OURS, written) if n not in hurt] if needs is None else []
    _tell(found, pending, said, json_=json_)
    if found:
        raise typer.Exit(1)


@app.command("freeze")
def publish(
    same_meaning: Annotated[
        list[str] | None,
        typer.Option(metavar="EVENT:FIELD", help="Its words changed, what it means did not; repeatable."),
    ] = None,
) -> None:
    """Publish what the classes added: new contracts, compatible revisions, new samples."""
    written = written_schemas()
    _refuse(confirmed(broken(OURS, written, declared(OURS)), same_meaning or []))
    told = freeze(OURS, written)
    for line in told:
        _line(f"published {line}")
    _line(f"{len(told)} published; `tape contracts generate` makes the documents follow")


@app.command("generate")
def write_documents(
    check_: Annotated[
        bool, typer.Option("--check", help="Write nothing; exit code 1 when one is stale.")
    ] = False,
) -> None:
    """Write AsyncAPI, TypeScript, registry schemas, catalogue and graph from the classes and templates."""
    if not check_:
        # What our services are said to need is written anew: a need that is broken would be gone unseen.
        _refuse(broken(OURS, written_schemas(), declared(OURS)))
    told = stale(OURS) if check_ else generate(OURS)
    for name in told:
        _line(f"{'stale' if check_ else 'wrote'} contracts/{name}")
    if check_ and told:
        _line("`tape contracts generate` writes them")
        raise typer.Exit(1)
    _line("every document follows the classes")


@app.command("graph")
def show_graph(
    form: Annotated[Form, typer.Option("--as", help="mermaid, svg or json.")] = Form.mermaid,
) -> None:
    """Print the graph of services and events; the same is kept in contracts/catalogue."""
    drawn = graph(ROOT)
    print({Form.mermaid: mermaid, Form.svg: svg, Form.json: _as_json}[form](drawn), end="")


@app.command()
def catalogue(
    event: Annotated[
        str | None, typer.Argument(metavar="DETAIL-TYPE", help="One event; all by default.")
    ] = None,
) -> None:
    """Show what an event means, who says and hears it, its fields and how to subscribe."""
    if event is not None and event not in EVENTS:
        raise TapeError(f"no event {event[:64]!r}; there are {', '.join(EVENTS)}")
    if event is not None:
        print((OURS.root / "catalogue" / f"{event}.md").read_text("utf-8"), end="")
        return
    table = Table(box=None, header_style="dim", pad_edge=False)
    for title in ("event", "announced by", "heard by", "meaning"):
        table.add_column(title, no_wrap=title == "event")
    for told in graph(ROOT).events:
        heard = ", ".join(told.heard_by) or Text("others", style="dim")
        table.add_row(told.detail_type, told.by, heard, (EVENTS[told.detail_type].__doc__ or "").strip())
    out.print(table)
    _line(f"one page with search: {OURS.root / 'catalogue' / 'index.html'}")


def _refuse(found: Sequence[Break]) -> None:
    if found:
        raise TapeError(f"{found[0]}; {found[0].way_out}. `tape contracts check` shows all {len(found)}")


def _as_json(drawn: Graph) -> str:
    return text_of(drawn.as_json())


def _tell(found: list[Break], pending: list[str], said: str, *, json_: bool) -> None:
    if json_:
        faults = [
            {
                "contract": b.contract,
                "field": b.path,
                "rule": b.rule.name,
                "what": b.what,
                "way_out": b.way_out,
            }
            for b in found
        ]
        print(json.dumps({"breaks": faults, "unpublished": pending}, indent=2, ensure_ascii=False))
        return
    for fault in found:
        out.print(Text.assemble(("broken  ", "bold red"), str(fault)), soft_wrap=True)
        _line(f"        {fault.rule.promise}: {fault.rule.hurt}")
        _line(f"        way out: {fault.way_out}")
    known = Manifest.of(OURS).schemas
    for name in pending:
        state = f"changed {name}: compatible" if name in known else f"new {name}"
        _line(f"{state}, not published yet; `tape contracts freeze` does")
    _line(f"{len(found)} broken" if found else said)


def _line(text: str) -> None:
    """As it stands: neither wrapped, nor coloured, nor read as markup."""
    out.print(text, soft_wrap=True, highlight=False, markup=False)


def _summary(needs: list[Need], before: list[str] | None) -> str:
    manifest = Manifest.of(OURS)
    revisions = sum(map(len, manifest.schemas.values()))
    said = (
        f"{revisions} published revisions of {len(manifest.schemas)} contracts and {len(manifest.samples)} "
        f"samples hold; {counted(needs)} met"
    )
    if before is None:
        return said
    if not before:
        return f"{said}; frozen.json compared with no earlier one: there is no git history here"
    return f"{said}; frozen.json still has every entry of {len(before)} commit{'s' * (len(before) != 1)}"
