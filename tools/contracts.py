"""Writes what others read of the contracts, from the classes alone: JSON Schemas and samples.

    python -m tools.contracts            write what is missing; say what differs
    python -m tools.contracts --check    write nothing; exit 1 when something differs

A schema or a sample that is there already is frozen: it is compared, never overwritten.
"""

import argparse
import json
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from pydantic.json_schema import GenerateJsonSchema

from contracts.events.catalogue import EVENTS
from contracts.events.envelope import Envelope, Event

CONTRACTS = Path(__file__).parents[1] / "contracts"
SCHEMAS, SAMPLES = CONTRACTS / "schemas", CONTRACTS / "samples"


def schema_of(cls: type[Event]) -> dict[str, Any]:
    """The JSON Schema (2020-12) of the event's `data`, open to fields added later."""
    schema = cls.model_json_schema(mode="serialization", schema_generator=GenerateJsonSchema)
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "$id": f"https://tickertape.example/schemas/{cls.detail_type}.json",
        **_opened(schema),
        "title": cls.detail_type,
        "x-source": cls.source,
        "x-subject": "/".join(cls.about),
    }


def envelope_schema() -> dict[str, Any]:
    """The JSON Schema of `detail`: the CloudEvents envelope around any event."""
    schema: dict[str, Any] = _opened(Envelope.model_json_schema(mode="serialization"))
    return {"$schema": "https://json-schema.org/draft/2020-12/schema", **schema, "title": "Envelope"}


def _opened(schema: Any) -> Any:
    """Writers are strict, the published schema is not: a field of tomorrow must pass readers' validators."""
    if isinstance(schema, dict):
        kept = {
            key: value for key, value in schema.items() if key != "additionalProperties" or value is not False
        }
        return {
            key: _opened(value) for key, value in kept.items() if key != "title" or not isinstance(value, str)
        }
    return [_opened(item) for item in schema] if isinstance(schema, list) else schema


def frozen() -> Iterator[tuple[Path, str]]:
    """Every schema file and its right contents."""
    yield SCHEMAS / "Envelope.json", _text(envelope_schema())
    for detail_type, cls in EVENTS.items():
        yield SCHEMAS / f"{detail_type}.json", _text(schema_of(cls))


def _text(document: dict[str, Any]) -> str:
    return json.dumps(document, indent=2, ensure_ascii=False, sort_keys=False) + "\n"


def main(argv: Sequence[str] | None = None) -> int:
    """Exit code 1 when a frozen file differs from the classes, 0 otherwise."""
    parser = argparse.ArgumentParser(
        prog="python -m tools.contracts", description=(__doc__ or "").split("\n")[0]
    )
    parser.add_argument("--check", action="store_true", help="write nothing")
    options = parser.parse_args(argv)
    differing = []
    for path, text in frozen():
        if not path.exists() and not options.check:
            path.parent.mkdir(exist_ok=True)
            path.write_text(text, encoding="utf-8")
            print(f"wrote {path.relative_to(CONTRACTS.parent)}")
        elif not path.exists() or path.read_text(encoding="utf-8") != text:
            differing.append(path.relative_to(CONTRACTS.parent).as_posix())
    for name in differing:
        print(
            f"{name} differs from its class; a published version never changes: add a new one",
            file=sys.stderr,
        )
    return 1 if differing else 0


if __name__ == "__main__":
    sys.exit(main())
