"""The briefings bucket: two objects a reader, day and cadence, the text and the HTML of a mail."""

from datetime import date
from hashlib import sha256
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from types_boto3_s3 import S3Client


class BriefingsBucket:
    def __init__(self, client: "S3Client", bucket: str) -> None:
        self._client, self._bucket = client, bucket

    def addresses(self, user_id: str, day: date, cadence: str) -> tuple[str, str]:
        """Where the text and the HTML lie, as s3:// addresses."""
        text, html = _keys(user_id, day, cadence)
        return f"s3://{self._bucket}/{text}", f"s3://{self._bucket}/{html}"

    def put(self, user_id: str, day: date, cadence: str, *, text: str, html: str) -> None:
        text_key, html_key = _keys(user_id, day, cadence)
        for key, kind, part in ((text_key, "text/plain", text), (html_key, "text/html", html)):
            self._client.put_object(
                Bucket=self._bucket, Key=key, Body=part.encode(), ContentType=f"{kind}; charset=utf-8"
            )

    def remove(self, user_id: str, day: date, cadence: str) -> None:
        for key in _keys(user_id, day, cadence):
            self._client.delete_object(Bucket=self._bucket, Key=key)


def _keys(user_id: str, day: date, cadence: str) -> tuple[str, str]:
    # An id may hold what a key or a path takes for its own, and is often an address: it is hashed.
    name = f"briefings/dt={day}/{cadence}/{sha256(user_id.encode()).hexdigest()}"
    return f"{name}.txt", f"{name}.html"
