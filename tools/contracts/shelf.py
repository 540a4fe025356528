"""Where the contracts lie on disk.

schemas/PostIngested.v1.json             the newest revision, the one to read
schemas/history/PostIngested.v1-1.json   the first revision, kept byte for byte once a second came
samples/PostIngested.v1.json             a true event; a sample for a later revision is …v1-2.json
frozen.json                              SHA-256 of every revision and sample; it only ever grows
needs/sentiment.yaml                     what a consumer reads, and how it reads it
"""

import hashlib
import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[2]

Document = dict[str, Any]


@dataclass(frozen=True)
class Shelf:
    """A folder of contracts; *root* is `contracts/`."""

    root: Path

    @property
    def schemas(self) -> Path:
        return self.root / "schemas"

    @property
    def samples(self) -> Path:
        return self.root / "samples"

    @property
    def manifest(self) -> Path:
        return self.root / "frozen.json"

    @property
    def needs(self) -> Path:
        return self.root / "needs"

    def revision(self, name: str, number: int, newest: int) -> Path:
        """The file of a schema's revision; the first is 1."""
        if number == newest:
            return self.schemas / f"{name}.json"
        return self.schemas / "history" / f"{name}-{number}.json"

    def sample(self, detail_type: str) -> Document:
        """The first sample of a detail-type: a whole CloudEvent."""
        return load(self.samples / f"{detail_type}.json")


OURS = Shelf(ROOT / "contracts")


def detail_type_of(sample: Path) -> str:
    """`PostIngested.v1` for both PostIngested.v1.json and PostIngested.v1-2.json."""
    return sample.stem.partition("-")[0]


def load(path: Path) -> Document:
    document: Document = json.loads(path.read_text(encoding="utf-8"))
    return document


def text_of(document: Document) -> str:
    """The one way JSON is written here."""
    return json.dumps(document, indent=2, ensure_ascii=False) + "\n"


def digest(text: str) -> str:
    return hashlib.sha256(text.encode("utf-8")).hexdigest()
