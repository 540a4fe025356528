"""The models an operator imported, as the service's bucket holds them: models/<name>/<mark>/."""

import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from types_boto3_s3.service_resource import Bucket

FILES = ("model.onnx", "tokenizer.json", "model.json")


class Imports:
    def __init__(self, bucket: "Bucket", into: Path | None = None) -> None:
        self._bucket = bucket
        self._into = into or Path(tempfile.gettempdir())

    def fetch(self, key: str) -> Path:
        """The folder with the files below *key*, downloaded unless this machine has it already."""
        place = self._into / key
        if not place.exists():
            place.parent.mkdir(parents=True, exist_ok=True)
            # Moved when whole: a start that was cut short leaves no half of a model.
            with tempfile.TemporaryDirectory(dir=place.parent) as scratch:
                whole = Path(scratch) / "whole"
                whole.mkdir()
                for name in FILES:
                    self._bucket.download_file(f"{key}/{name}", str(whole / name))
                whole.rename(place)
        return place
