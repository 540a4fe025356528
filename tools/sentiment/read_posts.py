"""Real posts and comments that one of us read and labelled: where they lie, never what they say.

`read_posts.json` has, of each part and archive, the columns of the text and the rows of each label. The
archives (see the model card) are needed to train and to measure. `train` is of the one whose licence allows
it, `test` of other archives and years, drawn by lot and labelled before any model read them.
"""

import csv
import html
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Literal

from services.sentiment.scoring import BETWEEN_TITLE_AND_BODY, LABELS, Label

READ = Path(__file__).parent / "read_posts.json"
_GONE = {"", "[removed]", "[deleted]"}


def read_posts(posts: Path, part: Literal["train", "test"]) -> Iterator[tuple[str, Label]]:
    """Text and label of each post of a part. Raises FileNotFoundError where an archive is absent."""
    for archive, read in json.loads(READ.read_text())[part].items():
        label_of = {row: label for label in LABELS for row in read[label]}
        with (posts / archive).open(newline="", errors="replace") as lines:
            for number, row in enumerate(csv.DictReader(lines)):
                if number in label_of:
                    yield _text(row, read["columns"]), label_of[number]


def _text(row: dict[str, str | None], columns: list[str]) -> str:
    parts = [(row[column] or "").strip() for column in columns]
    return html.unescape(mended(BETWEEN_TITLE_AND_BODY.join(part for part in parts if part not in _GONE)))


def mended(text: str) -> str:
    """UTF-8 that was once read as Windows-1252, read aright; any other text as it is."""
    try:
        return text.encode("cp1252").decode()
    except UnicodeError:
        return text
