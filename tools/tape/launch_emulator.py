"""Starts ministack with functions on a bare interpreter. Run by the emulator's own environment.

Two things are bent, both held by tests in tests/e2e/test_emulator.py:

- ministack runs functions on `sys.executable`, whose site-packages they would see, so that a missing
  dependency would go unnoticed until AWS. The name is pointed at an environment with nothing in it.
- ministack unpacks a package anew for every worker, up to 250 MB of it. Unpacked once, the
  files are linked.
"""

import hashlib
import os
import shutil
import sys
import tempfile
import zipfile
from pathlib import Path
from typing import Any

_unpack = zipfile.ZipFile.extractall


def _link_unpacked(archive: zipfile.ZipFile, path: Any = None, *args: Any, **kwargs: Any) -> None:
    """`ZipFile.extractall`, from a copy unpacked before where there is one."""
    listing = "\n".join(f"{e.filename} {e.CRC} {e.file_size}" for e in archive.infolist())
    shelf = Path(tempfile.gettempdir()) / "unpacked"
    unpacked = shelf / hashlib.sha256(listing.encode()).hexdigest()
    if not unpacked.exists():
        shelf.mkdir(exist_ok=True)
        fresh = tempfile.mkdtemp(dir=shelf)
        _unpack(archive, fresh, *args, **kwargs)
        try:
            Path(fresh).rename(unpacked)
        except OSError:  # another thread was first
            shutil.rmtree(fresh)
    shutil.copytree(unpacked, path or ".", copy_function=os.link, dirs_exist_ok=True)


def main() -> None:
    sys.executable = os.environ["TICKERTAPE_RUNTIME_PYTHON"]
    zipfile.ZipFile.extractall = _link_unpacked  # type: ignore[assignment, method-assign]
    from ministack.app import main as serve

    serve()


main()
