"""`tickertape-needs FILE`: holds a team's declared needs against the schemas of the installed contracts."""

import argparse
import json
import sys
from collections.abc import Sequence
from importlib import metadata
from pathlib import Path

from contracts.needs.fields import Document
from contracts.needs.needing import NeedsUnreadable, Unmet, counted, read_needs, unmet

_SCHEMAS = Path(__file__).parents[1] / "schemas"
_PACKAGE = "tickertape-contracts"


def main(arguments: Sequence[str] | None = None) -> int:
    """Exit code 0 when every need is met, 1 when one is not, 2 for a file that cannot be read."""
    asked = _parser().parse_args(arguments)
    try:
        needs = read_needs(asked.file)
    except NeedsUnreadable as error:
        print(f"tickertape-needs: {error}", file=sys.stderr)
        return 2
    found = list(unmet(needs, _published()))
    if asked.json:
        print(json.dumps({"unmet": [_as_json(one) for one in found]}, indent=2, ensure_ascii=False))
    else:
        print(*(f"broken  {one}" for one in found), sep="\n", end="\n" if found else "")
        print(f"{len(found)} broken" if found else f"{counted(needs)} met by {_said()}")
    return 1 if found else 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="tickertape-needs", description=(__doc__ or "").partition(": ")[2])
    parser.add_argument("file", type=Path, metavar="FILE", help="your needs as YAML")
    parser.add_argument("--json", action="store_true", help="print one JSON document and nothing else")
    return parser


def _published() -> dict[str, Document]:
    return {path.stem: json.loads(path.read_text("utf-8")) for path in sorted(_SCHEMAS.glob("*.json"))}


def _as_json(one: Unmet) -> dict[str, str]:
    return {
        "team": one.need.team,
        "event": one.need.event,
        "field": one.path,
        "fault": one.fault,
        "why": one.need.why,
    }


def _said() -> str:
    try:
        return f"{_PACKAGE} {metadata.version(_PACKAGE)}"
    except metadata.PackageNotFoundError:
        return "the contracts of this checkout"


if __name__ == "__main__":
    sys.exit(main())
