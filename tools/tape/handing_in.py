"""Archives put where backfills read them: each under the hash of what it holds, and only once."""

import hashlib
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from botocore.exceptions import ClientError

from services.ingestion.backfill_files import HANDED_IN
from tools.tape.errors import TapeError
from tools.tape.parts import SUFFIXES
from tools.tape.platform import Platform

Tell = Callable[[int, int], None]
"""Told how many bytes are done, and of how many."""


class Bucket:
    """The ingestion service's bucket."""

    def __init__(self, platform: Platform) -> None:
        self._s3 = platform.target.client("s3")
        self.name = platform.bucket("ingestion")

    def upload(self, paths: Sequence[Path], tell: Tell) -> list[str]:
        """Uploads what is not there yet, in constant memory; gives the keys."""
        total, done, keys = sum(path.stat().st_size for path in paths), 0, []
        for path in paths:
            keys.append(f"{HANDED_IN}/{_digest(path)}/{path.name}")
            if not self._there(keys[-1]):
                self._s3.upload_file(str(path), self.name, keys[-1])
            done += path.stat().st_size
            tell(done, total)
        return keys

    def copied(self, address: str) -> list[str]:
        """Copies an object, or those below a prefix that ends in a slash, within S3; gives the keys."""
        bucket, _, key = address.removeprefix("s3://").partition("/")
        if not bucket or not key:
            raise TapeError(f"{address[:200]!r} is no address of an archive; write s3://BUCKET/KEY")
        found = self._archives(bucket, key) if key.endswith("/") else [key]
        if not found or not all(one.endswith(SUFFIXES) for one in found):
            raise TapeError(f"{address} holds no archive; --source takes {', '.join(SUFFIXES)}")
        return [self._copied(bucket, one) for one in found]

    def take_back(self, keys: Sequence[str]) -> None:
        """Deletes what was handed in: it is read, and may hold what is to be forgotten."""
        for key in keys:
            self._s3.delete_object(Bucket=self.name, Key=key)

    def _archives(self, bucket: str, prefix: str) -> list[str]:
        pages = self._s3.get_paginator("list_objects_v2").paginate(Bucket=bucket, Prefix=prefix)
        keys = [item["Key"] for page in pages for item in page.get("Contents", [])]
        return [key for key in keys if key.endswith(SUFFIXES)]

    def _copied(self, bucket: str, key: str) -> str:
        if bucket == self.name and key.startswith(f"{HANDED_IN}/"):
            return key
        try:
            stamp = self._s3.head_object(Bucket=bucket, Key=key)["ETag"]
        except ClientError as error:
            why = error.response["Error"]["Message"]
            raise TapeError(f"cannot read s3://{bucket}/{key}: {why}") from error
        there = f"{HANDED_IN}/{hashlib.sha256(stamp.encode()).hexdigest()[:16]}/{key.rpartition('/')[2]}"
        if not self._there(there):
            where: Any = {"Bucket": bucket, "Key": key}
            self._s3.copy(where, self.name, there)
        return there

    def _there(self, key: str) -> bool:
        try:
            self._s3.head_object(Bucket=self.name, Key=key)
        except ClientError:
            return False
        return True


def _digest(path: Path) -> str:
    with path.open("rb") as archive:
        return hashlib.file_digest(archive, "sha256").hexdigest()[:16]
