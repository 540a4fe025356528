"""The raw bucket: parts of posts as their source had them, one JSON object a line."""

import json
import shutil
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import date, datetime
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from services.ingestion.archive import BadLine, read_archive
from services.ingestion.reading import RawPost
from services.ingestion.scrubbing import scrubbed

if TYPE_CHECKING:
    from types_boto3_s3.service_resource import Bucket


SCRUBBED = ".scrubbed"
"""What a part's key ends with once words were taken out of it."""


class RawParts:
    def __init__(self, bucket: "Bucket") -> None:
        self._bucket = bucket

    def read(self, key: str) -> Iterator[RawPost | BadLine]:
        """The part's rows; a bad line counts as in the file the part was cut from."""
        found = self._get(key) or self._bucket.Object(key + SCRUBBED).get()
        before = int(found["Metadata"].get("first-line", "1")) - 1
        with TemporaryDirectory() as folder:
            path = Path(folder) / "part.ndjson"
            with path.open("wb") as lines:
                shutil.copyfileobj(found["Body"], lines)
            for row in read_archive(path):
                yield replace(row, line_number=row.line_number + before) if isinstance(row, BadLine) else row

    def scrub(self, key: str, gone: Mapping[str, str]) -> None:
        """Takes the words of *gone* (post id to why) out of a part. Nothing happens where it expired.

        What is left lies beside it, where nothing lands, and the part is deleted. Raises ClientError when
        another writer was quicker; a second try begins with what that one left.
        """
        before = self._get(key + SCRUBBED)
        if found := before or self._get(key):
            lines = found["Body"].read().decode("utf-8", "replace").removesuffix("\n").split("\n")
            left = "".join(_scrubbed(line, gone) + "\n" for line in lines)
            unmoved: Any = {"IfMatch": before["ETag"]} if before else {"IfNoneMatch": "*"}
            self._bucket.put_object(
                Key=key + SCRUBBED,
                Body=left.encode("utf-8", "replace"),
                ContentType="application/x-ndjson",
                Metadata=found["Metadata"],
                **unmoved,
            )
            self._bucket.Object(key).delete()

    def _get(self, key: str) -> Any:
        try:
            return self._bucket.Object(key).get()
        except self._bucket.meta.client.exceptions.NoSuchKey:
            return None

    def put(self, source: str, day: date, name: str, rows: Sequence[Mapping[str, Any]]) -> str:
        """Writes a part of *source*'s rows; gives its key. The same name is written over."""
        key = f"raw/source={source}/dt={day.isoformat()}/{name}.ndjson"
        body = "".join(json.dumps(row, sort_keys=True) + "\n" for row in rows)
        stated = {"first-line": "1", "origin": quote(name)}
        self._bucket.put_object(
            Key=key, Body=body.encode(), ContentType="application/x-ndjson", Metadata=stated
        )
        return key

    def keys(self, source: str, day: date) -> Iterator[str]:
        """The parts of *source* that landed on *day*."""
        prefix = f"raw/source={source}/dt={day.isoformat()}/"
        return (found.key for found in self._bucket.objects.filter(Prefix=prefix))

    def put_mentions(self, source: str, at: datetime, rows: Sequence[Mapping[str, Any]]) -> str:
        """Writes both counts beside each other, where no part is looked for; gives the key."""
        key = f"mentions/source={source}/dt={at.date().isoformat()}/{at:%H%M%S}.ndjson"
        body = "".join(json.dumps(row) + "\n" for row in rows)
        self._bucket.put_object(Key=key, Body=body.encode(), ContentType="application/x-ndjson")
        return key


def _scrubbed(line: str, gone: Mapping[str, str]) -> str:
    try:
        row = json.loads(line)
    except ValueError:
        return line
    return json.dumps(scrubbed(row, gone), sort_keys=True) if isinstance(row, dict) else line
