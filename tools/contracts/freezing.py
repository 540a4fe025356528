"""Publishing: what was published is remembered by its digest, and nothing ever edits an old entry."""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from jsonschema import Draft202012Validator
from pydantic import ValidationError

from contracts.events.catalogue import EVENTS
from contracts.events.envelope import Envelope
from tools.contracts import breaks as rules
from tools.contracts.breaks import Break
from tools.contracts.shelf import Document, Shelf, detail_type_of, digest, load, text_of
from tools.tape.errors import TapeError


@dataclass(frozen=True)
class Manifest:
    """SHA-256 of every revision of every schema, oldest first, and of every sample by file name."""

    schemas: Mapping[str, tuple[str, ...]]
    samples: Mapping[str, str]

    @classmethod
    def parse(cls, text: str) -> "Manifest":
        document = json.loads(text)
        revisions = {name: tuple(digests) for name, digests in document["schemas"].items()}
        return cls(revisions, document["samples"])

    @classmethod
    def of(cls, shelf: Shelf) -> "Manifest":
        return cls.parse(shelf.manifest.read_text("utf-8")) if shelf.manifest.exists() else cls({}, {})

    def text(self) -> str:
        schemas = {name: list(self.schemas[name]) for name in sorted(self.schemas)}
        return text_of({"schemas": schemas, "samples": dict(sorted(self.samples.items()))})


def revisions(shelf: Shelf, name: str) -> list[Document]:
    """Every published revision of a schema, oldest first."""
    newest = len(Manifest.of(shelf).schemas.get(name, ()))
    return [load(shelf.revision(name, number, newest)) for number in range(1, newest + 1)]


def edited(shelf: Shelf) -> Iterator[Break]:
    """Published files that are no longer what was published."""
    manifest = Manifest.of(shelf)
    for name, digests in manifest.schemas.items():
        for number, known in enumerate(digests, start=1):
            path = shelf.revision(name, number, len(digests))
            if not path.exists() or digest(path.read_text("utf-8")) != known:
                what = f"revision {number} ({path.relative_to(shelf.root).as_posix()}) was edited or is gone"
                yield Break(name, "", rules.SCHEMA_IS_FROZEN, what)
    for file, known in manifest.samples.items():
        path = shelf.samples / file
        if not path.exists() or digest(path.read_text("utf-8")) != known:
            what = f"sample {file} was edited or is gone"
            yield Break(detail_type_of(path), "", rules.SAMPLE_IS_FROZEN, what)


def rewritten(before: Manifest, now: Manifest) -> Iterator[Break]:
    """Entries of an earlier manifest that the later one edited or lost."""
    for name, digests in before.schemas.items():
        if now.schemas.get(name, ())[: len(digests)] != digests:
            yield Break(
                name, "", rules.ENTRY_IS_FROZEN, "its revisions in frozen.json are not the earlier ones"
            )
    for file, known in before.samples.items():
        if now.samples.get(file) != known:
            yield Break(file.removesuffix(".json"), "", rules.ENTRY_IS_FROZEN, "its sample's entry changed")


def unpublished(shelf: Shelf, written: Mapping[str, Document]) -> list[str]:
    """Contracts whose class says something else than the newest published revision."""
    manifest = Manifest.of(shelf)
    return [
        name
        for name, schema in written.items()
        if digest(text_of(schema)) not in manifest.schemas.get(name, ())[-1:]
    ]


def freeze(shelf: Shelf, written: Mapping[str, Document]) -> list[str]:
    """Publishes what is new and gives a line for each; the caller has made sure that nothing breaks.

    A changed schema becomes the next revision and the one before it moves to `history/`, byte for byte.
    Raises TapeError for a sample that is no such event.
    """
    manifest = Manifest.of(shelf)
    schemas, told = dict(manifest.schemas), []
    for name in unpublished(shelf, written):
        text, earlier = text_of(written[name]), schemas.get(name, ())
        _make_room(shelf, name, len(earlier))
        shelf.revision(name, 1, 1).write_text(text, encoding="utf-8")
        schemas[name] = (*earlier, digest(text))
        told.append(f"{name}: revision {len(schemas[name])}")
    fresh = _new_samples(shelf, manifest, written)
    told += [f"sample {file}" for file in fresh]
    shelf.manifest.write_text(Manifest(schemas, {**manifest.samples, **fresh}).text(), encoding="utf-8")
    return told


def _make_room(shelf: Shelf, name: str, newest: int) -> None:
    shelf.schemas.mkdir(parents=True, exist_ok=True)
    if newest:
        kept = shelf.revision(name, newest, newest + 1)
        kept.parent.mkdir(exist_ok=True)
        shelf.revision(name, newest, newest).replace(kept)


def _new_samples(shelf: Shelf, manifest: Manifest, written: Mapping[str, Document]) -> dict[str, str]:
    fresh = {}
    for path in sorted(shelf.samples.glob("*.json")):
        if path.name not in manifest.samples:
            text = path.read_text("utf-8")
            _fits(path.name, detail_type_of(path), text, written)
            fresh[path.name] = digest(text)
    return fresh


def _fits(file: str, detail_type: str, text: str, written: Mapping[str, Document]) -> None:
    if detail_type not in EVENTS:
        raise TapeError(f"sample {file}: there is no event {detail_type!r}; name the file after one")
    try:
        detail: dict[str, Any] = json.loads(text)
        EVENTS[detail_type].read(Envelope.model_validate(detail).data)
    except (ValueError, ValidationError) as error:
        raise TapeError(
            f"sample {file} is no {detail_type}: {str(error).splitlines()[0]}; mend it"
        ) from error
    fault = next(Draft202012Validator(written[detail_type]).iter_errors(detail["data"]), None)
    if fault or detail.get("type") != detail_type:
        raise TapeError(
            f"sample {file} is no {detail_type}: {fault.message if fault else 'its type'}; mend it"
        )
