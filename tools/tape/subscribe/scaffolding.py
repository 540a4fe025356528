"""Makes the folder of a consumer of somebody else's: what is in it, filled in for the events it hears."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import jinja2

from contracts.events.catalogue import EVENTS
from contracts.needs.fields import rows
from contracts.needs.needing import Reading
from tools.contracts.graph import Graph
from tools.contracts.schemas import schema_of
from tools.contracts.shelf import OURS, ROOT, text_of
from tools.contracts.wiring import announcer, rule_for
from tools.tape.errors import TapeError
from tools.tape.subscribe.outside import checked_name

_FOLDER = Path(__file__).with_name("folder")
_SUFFIX = ".jinja"
_WIDTH = 110
"""Columns in a line of the folder's code, as its pyproject.toml says."""


@dataclass(frozen=True)
class Heard:
    """An event as the templates need it; *reads* is how each field it is about is read."""

    detail_type: str
    source: str
    cls: str
    module: str
    meaning: str
    use_case: str
    reads: Mapping[str, str]


def subscribe(name: str, detail_types: Sequence[str], folder: Path) -> list[Path]:
    """Writes the folder of the consumer *name* and gives its files. Nothing that is there is written over.

    Raises TapeError when the name is none, when something is in the folder already, or when none can be made.
    """
    files = contents(checked_name(name), list(dict.fromkeys(detail_types)))
    try:
        _must_be_free(folder)
        _write(files, folder)
    except OSError as error:
        raise TapeError(
            f"cannot make {folder}: {error.strerror} ({error.filename}); name another with --into"
        ) from error
    return [folder / path for path in files]


def contents(name: str, detail_types: Sequence[str]) -> dict[Path, str]:
    """Every file by its place in the folder."""
    asked = _asked(name, [_heard(detail_type) for detail_type in detail_types])
    files = {
        path.relative_to(_FOLDER).with_suffix(""): _render(path, asked)
        for path in sorted(_FOLDER.rglob(f"*{_SUFFIX}"))
    }
    files[Path("inbox.yaml")] = (ROOT / "infra" / "inbox.yaml").read_text("utf-8")
    samples = Path("tests", "samples")
    return files | {samples / f"{event}.json": text_of(OURS.sample(event)) for event in detail_types}


def unannounced(detail_types: Sequence[str], drawn: Graph) -> list[str]:
    """Those no service of ours announces so far; what an app announces does not count."""
    makers = {event.detail_type: event.makers for event in drawn.events}
    return [name for name in detail_types if announcer(name) != "app" and not makers[name]]


def _asked(name: str, events: Sequence[Heard]) -> dict[str, object]:
    rule = rule_for(*(event.detail_type for event in events))
    wanted = {"sources": rule["source"], "detail_types": rule["detail-type"], "imports": _imports(events)}
    return {"name": name, "events": events, "first": events[0], **wanted}


def _imports(events: Sequence[Heard]) -> list[str]:
    """The lines that bring the classes in, as the formatter would write them."""
    modules = {"contracts.events.envelope": ["Envelope", "Event", "Publish"]}
    for event in events:
        modules.setdefault(event.module, []).append(event.cls)
    return [_import(module, sorted(names)) for module, names in sorted(modules.items())]


def _import(module: str, names: Sequence[str]) -> str:
    line = f"from {module} import {', '.join(names)}"
    if len(line) <= _WIDTH:
        return line
    listed = "".join(f"    {name},\n" for name in names)
    return f"from {module} import (\n{listed})"


def _heard(detail_type: str) -> Heard:
    cls = EVENTS[detail_type]
    return Heard(
        detail_type=detail_type,
        source=cls.source,
        cls=cls.__name__,
        module=cls.__module__,
        meaning=(cls.__doc__ or "").strip().splitlines()[0],
        use_case="receive" + re.sub(r"([A-Z])", r"_\1", cls.__name__).lower(),
        reads=_reads(detail_type, cls.about),
    )


def _reads(detail_type: str, about: Sequence[str]) -> dict[str, str]:
    found = {row.path: row for row in rows(schema_of(EVENTS[detail_type]))}
    return {path: Reading(found[path].kind, found[path].may_lack).text() for path in about}


def _write(files: Mapping[Path, str], folder: Path) -> None:
    for path, text in files.items():
        place = folder / path
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_text(text, encoding="utf-8")


def _must_be_free(folder: Path) -> None:
    if folder.is_dir() and any(folder.iterdir()):
        raise TapeError(
            f"{folder} is not empty, and nothing of yours is written over; name another with --into"
        )
    if folder.exists() and not folder.is_dir():
        raise TapeError(f"{folder} is a file; name a folder with --into")


def _render(path: Path, asked: Mapping[str, object]) -> str:
    return _templates().get_template(path.relative_to(_FOLDER).as_posix()).render(**asked)


@cache
def _templates() -> jinja2.Environment:
    return jinja2.Environment(
        loader=jinja2.FileSystemLoader(_FOLDER),
        autoescape=False,  # noqa: S701 - code and Markdown, and every word in it is ours or was checked
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
        undefined=jinja2.StrictUndefined,
    )
