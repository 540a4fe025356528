"""Starts ministack with functions on a bare interpreter. Run by the emulator's own environment.

Two things are bent, both held by tests in tests/e2e/test_emulator.py:

- ministack runs functions on `sys.executable`, whose site-packages they would see, so that a missing
  dependency would go unnoticed until AWS. The name is pointed at an environment with nothing in it.
- ministack keeps a copy of a package, up to 250 MB, in memory for every function, writes it to disk for
  every worker and unpacks it there. A function is given a ticket instead: a small archive that names the
  object it came from, which is unpacked once and linked wherever a worker hands the ticket in.
"""

import hashlib
import io
import json
import os
import sys
import tempfile
import threading
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

_TICKET = ".unpacked-once"
_BIGGEST = 250 * 1024 * 1024
"""Bytes unpacked. What is larger is left to ministack, which refuses it as AWS does."""

_unpack = zipfile.ZipFile.extractall
_one_at_a_time = threading.Lock()


class Shelf:
    """Packages as they were unpacked, by the digest of their archive."""

    def __init__(self, folder: Path, fetch: Callable[[str, str, str | None], bytes | None]) -> None:
        self._folder = folder
        self._fetch = fetch
        self._known: dict[tuple[str, str, str], bytes] = {}

    def ticket(self, bucket: str, key: str, version_id: str | None = None) -> bytes | None:
        """What a function keeps in place of the archive *key* in *bucket*; None where there is none."""
        from ministack.services import s3

        etag = (s3._buckets.get(bucket) or {"objects": {}})["objects"].get(key, {}).get("etag", "")
        if version_id or not etag:
            return self._fetch(bucket, key, version_id)
        if (bucket, key, etag) not in self._known:
            archive = self._fetch(bucket, key, None)
            if not archive or _size(archive) > _BIGGEST:
                return archive
            digest = hashlib.sha256(archive).hexdigest()
            self._known[bucket, key, etag] = _written(bucket, key, digest)
        return self._known[bucket, key, etag]

    def unpacked(self, bucket: str, key: str, digest: str) -> Path:
        """The folder of the package behind a ticket; fetched again where a restart emptied the shelf."""
        place = self._folder / digest
        with _one_at_a_time:
            if not place.exists():
                archive = self._fetch(bucket, key, None)
                if not archive or hashlib.sha256(archive).hexdigest() != digest:
                    raise RuntimeError(f"s3://{bucket}/{key} is no longer what was deployed; deploy again")
                self._folder.mkdir(exist_ok=True)
                fresh = Path(tempfile.mkdtemp(dir=self._folder))
                with zipfile.ZipFile(io.BytesIO(archive)) as opened:
                    _unpack(opened, fresh)
                fresh.rename(place)
        return place


def _size(archive: bytes) -> int:
    try:
        with zipfile.ZipFile(io.BytesIO(archive)) as opened:
            return sum(entry.file_size for entry in opened.infolist())
    except zipfile.BadZipFile:
        return _BIGGEST + 1


def _written(bucket: str, key: str, digest: str) -> bytes:
    ticket = io.BytesIO()
    with zipfile.ZipFile(ticket, "w") as archive:
        named = zipfile.ZipInfo(_TICKET)  # dated 1980, so that the same package gives the same bytes
        archive.writestr(named, json.dumps({"bucket": bucket, "key": key, "digest": digest}))
    return ticket.getvalue()


def _lay_out(shelf: Shelf) -> Any:
    """`ZipFile.extractall`; a ticket's package is linked, entry by entry of its top folder."""

    def extractall(archive: zipfile.ZipFile, path: Any = None, *args: Any, **kwargs: Any) -> None:
        if archive.namelist() != [_TICKET]:
            return _unpack(archive, path, *args, **kwargs)
        for entry in shelf.unpacked(**json.loads(archive.read(_TICKET))).iterdir():
            (Path(path or ".") / entry.name).symlink_to(entry)
        return None

    return extractall


def main() -> None:
    sys.executable = os.environ["TICKERTAPE_RUNTIME_PYTHON"]
    from ministack.app import main as serve
    from ministack.services import lambda_svc

    shelf = Shelf(Path(tempfile.gettempdir()) / "unpacked", lambda_svc._fetch_code_from_s3)
    lambda_svc._fetch_code_from_s3 = shelf.ticket
    zipfile.ZipFile.extractall = _lay_out(shelf)  # type: ignore[method-assign]
    serve()


main()
