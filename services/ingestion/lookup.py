"""Many items of a table by their keys, in as few calls as can be."""

from collections.abc import Iterable, Iterator, Sequence
from typing import TYPE_CHECKING, Any, TypeVar

if TYPE_CHECKING:
    from types_boto3_dynamodb.service_resource import Table

T = TypeVar("T")

_KEYS = 100
_ROUNDS = 10


class TableBusy(Exception):
    """The table kept leaving keys unread; a later try may find it at ease."""


def items(table: "Table", keys: Iterable[str]) -> Iterator[dict[str, Any]]:
    """The items there are under these values of `pk`, read consistently, in no order. Raises TableBusy."""
    for chunk in slices(list(dict.fromkeys(keys)), _KEYS):
        wanted: Any = {table.name: {"Keys": [{"pk": key} for key in chunk], "ConsistentRead": True}}
        for _ in range(_ROUNDS):
            answer = table.meta.client.batch_get_item(RequestItems=wanted)
            yield from answer["Responses"].get(table.name, [])
            wanted = answer.get("UnprocessedKeys")
            if not wanted:
                break
        else:
            raise TableBusy(table.name)


def slices(things: Sequence[T], size: int) -> Iterator[Sequence[T]]:
    """*things* in order, *size* at a time."""
    return (things[start : start + size] for start in range(0, len(things), size))
