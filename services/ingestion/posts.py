"""The posts table: one small item a post, without its text; a tombstone once it is gone from its source."""

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Any

from boto3.dynamodb.conditions import Attr

from contracts.events.envelope import instant_text
from contracts.events.ingestion import PostIngestedV1
from services.ingestion.forgetting import Page
from services.ingestion.keeping import Known
from services.ingestion.lookup import items, slices

if TYPE_CHECKING:
    from types_boto3_dynamodb.service_resource import Table

Item = dict[str, Any]

_IN_A_TRANSACTION = 100
_ROUNDS = 5


class PostsTable:
    def __init__(self, table: "Table") -> None:
        self._table = table

    def known(self, ids: Collection[str]) -> dict[str, Known]:
        """What stands in the table of these posts."""
        return {item["pk"]: _known(item) for item in items(self._table, ids)}

    def keep(self, posts: Sequence[PostIngestedV1], part: str) -> dict[str, Known]:
        """Writes those that are not there yet; gives what stands of all. What stands is never changed."""
        return self._claim({post.post_id: _item(post, part) for post in posts})

    def seen_again(self, ids: Collection[str], part: str) -> dict[str, Known]:
        """Notes that *part* holds these known posts too; gives what stands of them by now."""
        return {id_: _known(self._held_by(id_, part)) for id_ in ids}

    def page(self, source: str, after: str | None, most: int) -> Page:
        """At most *most* posts of *source* that are not removed, in the table's own order."""
        begin: Any = {"ExclusiveStartKey": {"pk": after}} if after else {}
        answer = self._table.scan(
            FilterExpression=Attr("pk").begins_with(f"{source}:") & Attr("removed").not_exists(),
            ProjectionExpression="pk",
            Limit=most,
            **begin,
        )
        last: Any = answer.get("LastEvaluatedKey")
        return Page([str(item["pk"]) for item in answer["Items"]], last["pk"] if last else None)

    def forget(self, reasons: Mapping[str, str], at: datetime) -> dict[str, Known]:
        """Leaves tombstones, also for posts not seen before, whose text may still be on its way.

        A tombstone tells the parts that hold the post, those noted at this very moment too.
        """
        return {id_: _known(self._removed(id_, why, at)) for id_, why in reasons.items()}

    def _removed(self, id_: str, why: str, at: datetime) -> Item:
        answer = self._table.update_item(
            Key={"pk": id_},
            UpdateExpression="SET removed = if_not_exists(removed, :why), "
            "removed_at = if_not_exists(removed_at, :at) REMOVE created_at, community, kind, author, "
            "#cluster, tickers",
            ExpressionAttributeNames={"#cluster": "cluster"},
            ExpressionAttributeValues={":why": why, ":at": instant_text(at)},
            ReturnValues="ALL_NEW",
        )
        return answer["Attributes"]

    def _held_by(self, id_: str, part: str) -> Item:
        answer = self._table.update_item(
            Key={"pk": id_},
            UpdateExpression="ADD again :part",
            ExpressionAttributeValues={":part": {part}},
            ReturnValues="ALL_NEW",
        )
        return answer["Attributes"]

    def _claim(self, wanted: Mapping[str, Item]) -> dict[str, Known]:
        taken = [
            id_
            for chunk in slices(list(wanted), _IN_A_TRANSACTION)
            for id_ in self._put_absent(chunk, wanted)
        ]
        return {id_: _known(item) for id_, item in wanted.items()} | self.known(taken)

    def _put_absent(self, ids: Sequence[str], wanted: Mapping[str, Item]) -> list[str]:
        """Writes what is not there; gives the ids that were."""
        taken: list[str] = []
        client = self._table.meta.client
        for _ in range(_ROUNDS):
            left = [id_ for id_ in ids if id_ not in taken]
            try:
                if left:
                    client.transact_write_items(TransactItems=[self._put(wanted[id_]) for id_ in left])
                return taken
            except client.exceptions.TransactionCanceledException as error:
                reasons: Any = error.response.get("CancellationReasons", [])
                taken += [
                    id_
                    for id_, why in zip(left, reasons, strict=True)
                    if why["Code"] == "ConditionalCheckFailed"
                ]
                last = error
        raise last

    def _put(self, item: Item) -> Any:
        absent = "attribute_not_exists(pk)"
        return {"Put": {"TableName": self._table.name, "Item": item, "ConditionExpression": absent}}


def _item(post: PostIngestedV1, part: str) -> Item:
    kept = {
        "pk": post.post_id,
        "created_at": instant_text(post.created_at),
        "community": post.community,
        "kind": post.kind,
        "author": post.author,
        "cluster": post.cluster,
        "tickers": [found.ticker for found in post.tickers],
        "part": part,
    }
    return {name: value for name, value in kept.items() if value is not None}


def _known(item: Item) -> Known:
    return Known(
        cluster=item.get("cluster"),
        part=item.get("part"),
        removed=item.get("removed"),
        again=frozenset(item.get("again", ())),
    )
