"""The raw bucket: parts of posts as their source had them, one JSON object a line."""

import json
import shutil
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import date
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from services.ingestion.archive import BadLine, read_archive
from services.ingestion.reading import RawPost

if TYPE_CHECKING:
    from types_boto3_s3.service_resource import Bucket


class RawParts:
    def __init__(self, bucket: "Bucket") -> None:
        self._bucket = bucket

    def read(self, key: str) -> Iterator[RawPost | BadLine]:
        """The part's rows; a bad line counts as in the file the part was cut from."""
        found = self._bucket.Object(key).get()
        before = int(found["Metadata"].get("first-line", "1")) - 1
        with TemporaryDirectory() as folder:
            path = Path(folder) / "part.ndjson"
            with path.open("wb") as lines:
                shutil.copyfileobj(found["Body"], lines)
            for row in read_archive(path):
                yield replace(row, line_number=row.line_number + before) if isinstance(row, BadLine) else row

    def put(self, source: str, day: date, name: str, rows: Sequence[Mapping[str, Any]]) -> str:
        """Writes a part of *source*'s rows; gives its key. The same name is written over."""
        key = f"raw/source={source}/dt={day.isoformat()}/{name}.ndjson"
        body = "".join(json.dumps(row, sort_keys=True) + "\n" for row in rows)
        stated = {"first-line": "1", "origin": quote(name)}
        self._bucket.put_object(
            Key=key, Body=body.encode(), ContentType="application/x-ndjson", Metadata=stated
        )
        return key
