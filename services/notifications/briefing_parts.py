"""The parts of a briefing where its event says they lie."""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from types_boto3_s3 import S3Client


class BriefingParts:
    def __init__(self, client: "S3Client") -> None:
        self._client = client

    def read(self, place: str) -> str | None:
        """The text at an s3:// address; none where it is gone, as when its reader left."""
        bucket, _, key = place.removeprefix("s3://").partition("/")
        try:
            return self._client.get_object(Bucket=bucket, Key=key)["Body"].read().decode()
        except self._client.exceptions.NoSuchKey:
            return None
