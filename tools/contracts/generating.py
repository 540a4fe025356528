"""What is made of the contracts for others, from the classes and templates alone; no hand edits it."""

from collections.abc import Iterator
from pathlib import Path

import yaml

from contracts.events.catalogue import EVENTS
from tools.contracts.asyncapi import asyncapi
from tools.contracts.catalogue import Entry, entries, markdown, needs_text, overview, page
from tools.contracts.drawing import svg
from tools.contracts.graph import Graph, graph, mermaid
from tools.contracts.needing import declared
from tools.contracts.reading import needs_of
from tools.contracts.registry import registry_name, registry_schema
from tools.contracts.schemas import written_schemas
from tools.contracts.shelf import Document, Shelf, text_of
from tools.contracts.typescript import typescript
from tools.contracts.wiring import inboxes

_FOLDERS = ("registry/*.json", "typescript/*.d.ts", "catalogue/*")


def documents(shelf: Shelf) -> Iterator[tuple[Path, str]]:
    """Every generated file below `contracts/` and its right contents."""
    root = shelf.root.parent
    schemas, found, drawn = written_schemas(), inboxes(root), graph(root)
    ours = {service: list(needs_of(service, root, schemas, found)) for service in drawn.services}
    needs = [need for several in ours.values() for need in several]
    needs += [need for need in declared(shelf) if not ours.get(need.team)]
    yield Path("asyncapi.yaml"), _yaml(asyncapi(shelf, schemas, found, needs))
    for name, cls in EVENTS.items():
        yield Path("registry") / f"{registry_name(cls)}.json", text_of(registry_schema(name, schemas))
    yield Path("typescript") / "events.d.ts", typescript(schemas)
    for service, read in ours.items():
        if read:
            yield Path("needs") / f"{service}.yaml", needs_text(service, read)
    yield from _catalogue(entries(shelf, schemas, drawn, needs), drawn)


def _catalogue(found: list[Entry], drawn: Graph) -> Iterator[tuple[Path, str]]:
    folder = Path("catalogue")
    yield folder / "index.html", page(found, drawn)
    yield folder / "README.md", overview(found, drawn)
    for entry in found:
        yield folder / f"{entry.name}.md", markdown(entry)
    yield folder / "graph.svg", svg(drawn)
    yield folder / "graph.json", text_of(drawn.as_json())
    yield folder / "graph.mmd", mermaid(drawn)


def stale(shelf: Shelf) -> list[str]:
    """Generated files that differ, are missing, or that nothing generates any more."""
    wanted = dict(documents(shelf))
    differing = {path for path, text in wanted.items() if _text(shelf.root / path) != text}
    return sorted(path.as_posix() for path in differing | set(_left_over(shelf, wanted)))


def generate(shelf: Shelf) -> list[str]:
    """Writes what is stale, takes away what nothing generates any more, and names both."""
    wanted, told = dict(documents(shelf)), stale(shelf)
    for path, text in wanted.items():
        if path.as_posix() in told:
            (shelf.root / path).parent.mkdir(parents=True, exist_ok=True)
            (shelf.root / path).write_text(text, encoding="utf-8")
    for path in _left_over(shelf, wanted):
        (shelf.root / path).unlink()
    return told


def _left_over(shelf: Shelf, wanted: dict[Path, str]) -> list[Path]:
    here = (path.relative_to(shelf.root) for glob in _FOLDERS for path in shelf.root.glob(glob))
    return [path for path in here if path not in wanted]


def _text(path: Path) -> str | None:
    return path.read_text(encoding="utf-8") if path.exists() else None


class _Dumper(yaml.SafeDumper):
    """Repeats what it repeats: anchors would be YAML only machines read."""

    def ignore_aliases(self, data: object) -> bool:
        return True


def _yaml(document: Document) -> str:
    head = "# Written by `tape contracts generate` from the event classes and templates; not to be edited.\n"
    return head + yaml.dump(document, Dumper=_Dumper, sort_keys=False, allow_unicode=True, width=110)
