"""The raw bucket as backfills use it: archives as they were handed in, parts cut from them, reports."""

import json
import re
from collections.abc import Iterator, Sequence
from datetime import date, datetime
from hashlib import sha256
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING
from urllib.parse import quote

from botocore.exceptions import ClientError

from services.ingestion.archive import native_lines
from services.ingestion.completeness import DayReport
from services.ingestion.dating import Line
from services.ingestion.keeping import ARCHIVES
from services.ingestion.parts import SCRUBBED

if TYPE_CHECKING:
    from types_boto3_s3.service_resource import Bucket

HANDED_IN = "archives"
"""`archives/<what it holds, hashed>/<name>`"""


class BackfillFiles:
    def __init__(self, bucket: "Bucket") -> None:
        self._bucket = bucket

    def lines(self, archive: str) -> Iterator[Line]:
        """Each row of an archive as a line of NDJSON; the whole lies on disk while it is read."""
        with TemporaryDirectory() as folder:
            path = Path(folder) / archive.rpartition("/")[2]
            self._bucket.download_file(archive, str(path))
            yield from native_lines(path)

    def handed_in_before(self, moment: datetime) -> list[str]:
        """Archives that were there before *moment*, in UTC."""
        found = self._bucket.objects.filter(Prefix=f"{HANDED_IN}/")
        return [archive.key for archive in found if archive.last_modified < moment]

    def take_back(self, archive: str) -> None:
        self._bucket.Object(archive).delete()

    def put_part(self, day: date, origin: str, number: int, lines: Sequence[str]) -> str:
        """Writes a part unless it, or what is left of it, is there; gives its key, named by what it holds."""
        body = "".join(line + "\n" for line in lines).encode("utf-8", "replace")
        name = f"{stem(origin)}-{number:06d}-{sha256(body).hexdigest()[:12]}"
        key = f"{ARCHIVES}dt={day.isoformat()}/{name}.ndjson"
        if self._there(key + SCRUBBED):
            return key  # words were taken out of it since, and are not put in again
        stated = {"first-line": "1", "origin": quote(origin.rpartition("/")[2])}
        try:
            self._bucket.put_object(
                Key=key, Body=body, ContentType="application/x-ndjson", Metadata=stated, IfNoneMatch="*"
            )
        except ClientError as error:
            if error.response["Error"]["Code"] != "PreconditionFailed":
                raise
        return key

    def _there(self, key: str) -> bool:
        try:
            self._bucket.Object(key).load()
        except ClientError as error:
            if error.response["Error"]["Code"] != "404":
                raise
            return False
        return True

    def put_report(self, report: DayReport, parts: Sequence[str]) -> None:
        told = {**report.model_dump(mode="json"), "complete": report.complete, "part_keys": list(parts)}
        body = json.dumps(told, indent=1).encode()
        self._bucket.put_object(
            Key=report_key(report.run, report.day), Body=body, ContentType="application/json"
        )

    def parts(self, run: str, day: date) -> list[str]:
        """Keys of the parts a day was put into."""
        body = self._bucket.Object(report_key(run, day)).get()["Body"].read()
        return [str(key) for key in json.loads(body)["part_keys"]]


def report_key(run: str, day: date) -> str:
    return f"backfills/run={run}/dt={day.isoformat()}.json"


def stem(archive: str) -> str:
    """`RC_2021-01` of `archives/…/RC_2021-01.ndjson.zst`: what compression it came in does not matter."""
    return re.sub(r"[^0-9A-Za-z_-]+", "_", archive.rpartition("/")[2].partition(".")[0])[:60] or "archive"
