"""The journal table: one item per event id."""

import json
from collections.abc import Sequence
from typing import TYPE_CHECKING

from contracts.events.envelope import Envelope

if TYPE_CHECKING:
    from types_boto3_dynamodb.service_resource import Table


class JournalTable:
    def __init__(self, table: "Table") -> None:
        self._table = table

    def keep(self, envelopes: Sequence[Envelope]) -> None:
        """Writes all; a repeat within the batch is written once."""
        with self._table.batch_writer(overwrite_by_pkeys=["pk"]) as batch:
            for envelope in envelopes:
                batch.put_item(Item=_item(envelope))


def _item(envelope: Envelope) -> dict[str, str]:
    return {
        "pk": f"EVENT#{envelope.id}",
        "type": envelope.type,
        "subject": envelope.subject,
        "envelope": json.dumps(envelope.as_detail(), sort_keys=True, ensure_ascii=False),
    }
