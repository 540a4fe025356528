"""The models an operator imported, as the service's bucket holds them: models/<name>/<mark>/."""

import json
import re
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Any

from botocore.exceptions import ClientError

if TYPE_CHECKING:
    from types_boto3_s3.service_resource import Bucket

_CARD = "model.json"
_PLACE = re.compile(r"models/[a-z0-9][a-z0-9.-]{0,39}/[0-9a-f]{16}")

_ABSENT = frozenset({"NoSuchKey", "AccessDenied"})
"""Who may not list a bucket is told that access is denied, not that there is nothing."""


class Imports:
    def __init__(self, bucket: "Bucket", into: Path | None = None) -> None:
        self._bucket = bucket
        self._into = into or Path(tempfile.gettempdir())

    def card(self, key: str) -> dict[str, Any] | None:
        """What is told of the model below *key*; none where there is none."""
        if not _PLACE.fullmatch(key):
            return None
        try:
            card: dict[str, Any] = json.load(self._bucket.Object(f"{key}/{_CARD}").get()["Body"])
        except ClientError as error:
            if error.response["Error"]["Code"] not in _ABSENT:
                raise
            return None
        return card

    def fetch(self, key: str) -> Path:
        """The folder with the files below *key*, downloaded unless this machine has it already."""
        place = self._into / key
        if not place.exists():
            place.parent.mkdir(parents=True, exist_ok=True)
            # Moved when whole: a start that was cut short leaves no half of a model.
            with tempfile.TemporaryDirectory(dir=place.parent) as scratch:
                self._download(key, whole := Path(scratch) / "whole")
                whole.rename(place)
        return place

    def _download(self, key: str, into: Path) -> None:
        into.mkdir()
        self._bucket.download_file(f"{key}/{_CARD}", str(into / _CARD))
        for name in json.loads((into / _CARD).read_text(encoding="utf-8"))["sha256"]:
            self._bucket.download_file(f"{key}/{name}", str(into / Path(name).name))
