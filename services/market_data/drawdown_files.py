"""The bucket's drawdowns: an immutable Parquet part a run, and CSV views of what the newest runs say.

A part is `drawdowns/universe=…/dt=…/<run>.parquet`, the run named by when it was due; of a day's parts, the
last by name counts. Views are `views/<universe>/….csv`.
"""

from collections.abc import Callable
from datetime import UTC, date, datetime
from typing import TYPE_CHECKING, Any

from botocore.exceptions import ClientError

from services.market_data import parquet
from services.market_data.standings import Standing
from services.market_data.views import candidates, with_day

if TYPE_CHECKING:
    from types_boto3_s3.client import S3Client

_OLD_NAMES = {"russell1000": "russell_1000"}
_TRIES = 20
_TAKEN = ("PreconditionFailed", "ConditionalRequestConflict")


class ViewContended(Exception):
    """Others wrote a view between each of our reads and writes of it."""


class DrawdownFiles:
    def __init__(self, client: "S3Client", bucket: str) -> None:
        self._client, self._bucket = client, bucket

    def keep(
        self, universe: str, day: date, run: datetime, standings: list[Standing]
    ) -> tuple[str, list[Standing]]:
        """Gives the address of the run's part and the rows in it: the first that were written stand."""
        key = f"{_folder(universe, day)}{run.astimezone(UTC):%Y%m%dT%H%M%SZ}.parquet"
        body, kind = parquet.written(standings), "application/vnd.apache.parquet"
        if not self._put(key, body, kind, IfNoneMatch="*"):
            standings = self._part(key)
        return f"s3://{self._bucket}/{key}", standings

    def read(self, address: str) -> list[Standing]:
        """The rows of a part."""
        return self._part(address.removeprefix(f"s3://{self._bucket}/"))

    def refresh(self, universe: str, day: date) -> None:
        """Has the views say of *day* what its newest run does. Raises ViewContended."""
        self._renew(
            f"views/{universe}/{_OLD_NAMES.get(universe, universe)}_drawdown_results.csv",
            lambda view: with_day(view, day, self._newest(universe, day)),
        )
        self._renew(
            f"views/{universe}/daily_top_candidates.csv",
            lambda view: candidates(view, day, self._newest(universe, day)),
        )

    def _renew(self, key: str, change: Callable[[str], str]) -> None:
        """Writes what *change* makes of a view, if it is still the one that was read; else begins again.

        *change* looks for parts after the view was read. So a part it misses is one whose run has yet to read
        the view, and finds there, or writes over, what is written here.
        """
        for _ in range(_TRIES):
            view, unmoved = self._view(key)
            changed = change(view)
            if changed == view or self._put(key, changed.encode(), "text/csv", **unmoved):
                return
        raise ViewContended(f"{key} was written by others {_TRIES} times while we tried")

    def _view(self, key: str) -> tuple[str, dict[str, Any]]:
        try:
            found = self._client.get_object(Bucket=self._bucket, Key=key)
        except self._client.exceptions.NoSuchKey:
            return "", {"IfNoneMatch": "*"}
        return found["Body"].read().decode(), {"IfMatch": found["ETag"]}

    def _newest(self, universe: str, day: date) -> list[Standing]:
        pages = self._client.get_paginator("list_objects_v2").paginate(
            Bucket=self._bucket, Prefix=_folder(universe, day)
        )
        return self._part(max(found["Key"] for page in pages for found in page.get("Contents", [])))

    def _part(self, key: str) -> list[Standing]:
        return parquet.read(self._client.get_object(Bucket=self._bucket, Key=key)["Body"].read())

    def _put(self, key: str, body: bytes, kind: str, **condition: Any) -> bool:
        """False where the condition does not hold."""
        try:
            self._client.put_object(Bucket=self._bucket, Key=key, Body=body, ContentType=kind, **condition)
        except ClientError as error:
            if error.response["Error"]["Code"] not in _TAKEN:
                raise
            return False
        return True


def _folder(universe: str, day: date) -> str:
    return f"drawdowns/universe={universe}/dt={day}/"
