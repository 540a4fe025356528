"""The journal table: one item per event id."""

import json
from collections.abc import Collection, Sequence
from typing import TYPE_CHECKING, Any

from contracts.events.envelope import Envelope

if TYPE_CHECKING:
    from types_boto3_dynamodb.service_resource import Table

_IN_A_READ = 100


class JournalTable:
    def __init__(self, table: "Table") -> None:
        self._table = table

    def keep(self, envelopes: Sequence[Envelope]) -> None:
        """Writes all, over what stood under their ids; a repeat within the batch is written once."""
        with self._table.batch_writer(overwrite_by_pkeys=["pk"]) as batch:
            for envelope in envelopes:
                batch.put_item(Item=_item(envelope))

    def find(self, ids: Collection[str]) -> list[Envelope]:
        """Those of the events that are kept."""
        keys = [{"pk": _key(id_)} for id_ in sorted(ids)]
        found: list[Envelope] = []
        while keys:
            asked: Any = {self._table.name: {"Keys": keys[:_IN_A_READ], "ConsistentRead": True}}
            answer: Any = self._table.meta.client.batch_get_item(RequestItems=asked)
            found += [_envelope(item) for item in answer["Responses"][self._table.name]]
            left = answer.get("UnprocessedKeys", {}).get(self._table.name, {}).get("Keys", [])
            keys = left + keys[_IN_A_READ:]
        return found


def _key(id_: str) -> str:
    return f"EVENT#{id_}"


def _item(envelope: Envelope) -> dict[str, str]:
    return {
        "pk": _key(envelope.id),
        "type": envelope.type,
        "subject": envelope.subject,
        "envelope": json.dumps(envelope.as_detail(), sort_keys=True, ensure_ascii=False),
    }


def _envelope(item: dict[str, str]) -> Envelope:
    return Envelope.model_validate_json(item["envelope"])
