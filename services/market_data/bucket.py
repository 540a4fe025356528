"""Text files in the service's bucket."""

from collections.abc import Iterator
from typing import TYPE_CHECKING

from botocore.exceptions import ClientError

if TYPE_CHECKING:
    from types_boto3_s3.client import S3Client


class BucketFile:
    def __init__(self, client: "S3Client", bucket: str, key: str) -> None:
        self._client, self._bucket, self._key = client, bucket, key

    def version(self) -> str | None:
        """The ETag, none when no such file lies there."""
        try:
            return self._client.head_object(Bucket=self._bucket, Key=self._key)["ETag"]
        except ClientError as error:
            if error.response["Error"]["Code"] not in ("404", "NoSuchKey"):
                raise
            return None

    def lines(self) -> Iterator[str]:
        """Streams the file, line by line."""
        body = self._client.get_object(Bucket=self._bucket, Key=self._key)["Body"]
        for line in body.iter_lines():
            yield line.decode()
