"""The scores table, read by posts: which there are, what they say, and what other models made of them."""

from collections.abc import Iterator, Sequence
from itertools import islice
from typing import TYPE_CHECKING, Any

from services.sentiment import score_items as items
from services.sentiment.keeping import Score, Version
from services.sentiment.score_items import Item
from services.sentiment.shards import Pair

if TYPE_CHECKING:
    from types_boto3_dynamodb.service_resource import DynamoDBServiceResource, Table

_KEYS_A_CALL = 100


class ReadingsTable:
    def __init__(self, dynamodb: "DynamoDBServiceResource", table: "Table") -> None:
        self._dynamodb, self._table = dynamodb, table

    def versions(self, pairs: Sequence[Pair]) -> list[Version]:
        """Of each pair's post the version that was scored, with its text; none where it is gone."""
        wanted = {(pair.post_id, pair.seen): None for pair in pairs}
        keys = iter([items.post_key(post_id, seen) for post_id, seen in wanted])
        found: list[Version] = []
        while some := list(islice(keys, _KEYS_A_CALL)):
            found += [items.version(item) for item in self._get(some)]
        return found

    def keep(self, scores: Sequence[Score]) -> None:
        """Puts each beside the first score of its post; the first stays as it was announced."""
        with self._table.batch_writer(overwrite_by_pkeys=["pk", "sk"]) as batch:
            for score in scores:
                batch.put_item(Item=items.again_item(score))
        # Afterwards: an adoption may cover them already, and what was added up without them goes.
        with self._table.batch_writer(overwrite_by_pkeys=["pk", "sk"]) as batch:
            for score in scores:
                batch.delete_item(Key=items.day_sums_key(score, score.ticker))

    def _get(self, keys: list[Item]) -> Iterator[Item]:
        asked: Any = {self._table.name: {"Keys": keys, "ConsistentRead": True}}
        while asked:
            answer = self._dynamodb.batch_get_item(RequestItems=asked)
            yield from answer["Responses"][self._table.name]
            asked = answer["UnprocessedKeys"]
