"""The clusters table: the founders of near-duplicate clusters, one item a band of their fingerprints."""

from collections.abc import Collection
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from services.ingestion.grouping import Founders
from services.ingestion.lookup import items

if TYPE_CHECKING:
    from types_boto3_dynamodb.service_resource import Table

_PREFIX = "BAND#"
_REMEMBERED = timedelta(days=30)


class ClustersTable:
    def __init__(self, table: "Table") -> None:
        self._table = table

    def founders(self, bands: Collection[str]) -> Founders:
        """The founders that have one of these bands."""
        found = items(self._table, [_PREFIX + band for band in bands])
        return Founders({item["pk"].removeprefix(_PREFIX): item["founders"] for item in found})

    def keep(self, founders: Founders, at: datetime) -> None:
        """Writes the bands with new founders, for 30 days.

        Of two writers at once one may be lost; then a later copy founds a cluster of its own.
        """
        expires = int((at + _REMEMBERED).timestamp())
        with self._table.batch_writer() as batch:
            for band in sorted(founders.changed):
                item = {"pk": _PREFIX + band, "founders": founders.by_band[band], "expires_at": expires}
                batch.put_item(Item=item)
