"""Files the bot hands out: in a bucket that forgets them, under addresses that end within the hour."""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from types_boto3_s3 import S3Client

_VALID = 3600
"""Seconds."""


class DownloadsBucket:
    def __init__(self, client: "S3Client", bucket: str) -> None:
        self._client, self._bucket = client, bucket

    def share(self, name: str, content: str) -> str:
        """The address; the same name and content again change nothing."""
        self._client.put_object(
            Bucket=self._bucket,
            Key=name,
            Body=content.encode(),
            ContentType="text/csv; charset=utf-8",
            ContentDisposition=f'attachment; filename="{name}"',
        )
        return self._client.generate_presigned_url(
            "get_object", Params={"Bucket": self._bucket, "Key": name}, ExpiresIn=_VALID
        )
