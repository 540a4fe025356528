"""The bucket's pictures: `charts/<ticker>/<day>-<what it shows>.png`, drawn where nobody asked before."""

from datetime import date
from hashlib import sha256
from typing import TYPE_CHECKING

from botocore.exceptions import ClientError

from services.market_data.charting import Chart
from services.market_data.pictures import png, svg

if TYPE_CHECKING:
    from types_boto3_s3.client import S3Client

LASTS = 3600
"""Seconds an address can be used."""


class ChartFiles:
    def __init__(self, client: "S3Client", bucket: str) -> None:
        self._client, self._bucket = client, bucket

    def address(self, ticker: str, day: date, chart: Chart) -> str:
        """Where anybody finds the picture for an hour."""
        drawing = svg(chart)
        key = f"charts/{ticker}/{day}-{sha256(drawing.encode()).hexdigest()[:16]}.png"
        if not self._is_there(key):
            self._client.put_object(Bucket=self._bucket, Key=key, Body=png(drawing), ContentType="image/png")
        return self._client.generate_presigned_url(
            "get_object", Params={"Bucket": self._bucket, "Key": key}, ExpiresIn=LASTS
        )

    def _is_there(self, key: str) -> bool:
        try:
            self._client.head_object(Bucket=self._bucket, Key=key)
        except ClientError as error:
            if error.response["Error"]["Code"] not in ("404", "NoSuchKey"):
                raise
            return False
        return True
