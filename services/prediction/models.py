"""The models bucket: one file a training, and the file that says which is in force from when on."""

import json
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Any

from botocore.exceptions import ClientError

from contracts.events.envelope import instant_text
from services.prediction.releasing import Release
from services.prediction.serving import canonical

if TYPE_CHECKING:
    from types_boto3_s3.client import S3Client

_CURRENT = "models/current.json"


class ModelsBucket:
    def __init__(self, client: "S3Client", bucket: str) -> None:
        self._client, self._bucket = client, bucket

    def keep(self, name: str, text: str) -> str:
        """Gives the key. A name that holds the hash of the text makes a repeat change nothing."""
        key = f"models/{name}.json"
        self._put(key, text)
        return key

    def text(self, key: str) -> str:
        return self._client.get_object(Bucket=self._bucket, Key=key)["Body"].read().decode()

    def note_training(self, due: datetime, outcome: Mapping[str, Any]) -> None:
        """What came of the training due then, for whoever asked for it."""
        self._put(_training(due), canonical(outcome))

    def training(self, due: datetime) -> dict[str, Any] | None:
        """None before it is done."""
        found = self._get(_training(due))
        return None if found is None else dict(json.loads(found["Body"].read()))

    def releases(self) -> tuple[list[Release], str | None]:
        """By time, with the ETag of the file that lists them; None before the first."""
        if (found := self._get(_CURRENT)) is None:
            return [], None
        listed = json.loads(found["Body"].read())["releases"]
        return [Release(datetime.fromisoformat(r["due"]), r["key"]) for r in listed], found["ETag"]

    def put_in_force(self, releases: Sequence[Release], seen: str | None) -> None:
        """Raises PreconditionFailed where another training got there first."""
        listed = [{"due": instant_text(r.due), "key": r.key} for r in releases]
        self._put(
            _CURRENT, canonical({"releases": listed}), **{"IfMatch": seen} if seen else {"IfNoneMatch": "*"}
        )

    def _get(self, key: str) -> Any:
        try:
            return self._client.get_object(Bucket=self._bucket, Key=key)
        except ClientError as error:
            if error.response["Error"]["Code"] != "NoSuchKey":
                raise
            return None

    def _put(self, key: str, text: str, **condition: Any) -> None:
        self._client.put_object(
            Bucket=self._bucket, Key=key, Body=text.encode(), ContentType="application/json", **condition
        )


def _training(due: datetime) -> str:
    return f"models/trainings/{instant_text(due)}.json"
