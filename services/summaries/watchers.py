"""The watchers table: what each user watches and how they are reached, and the briefings they were given.

A row holds the version of the fact it tells, time, then kind, then event id, so that any order of arrival
ends in the same rows. What is gone stays as a marker.
"""

from collections.abc import Callable, Iterator, Sequence
from datetime import UTC, date, datetime
from typing import TYPE_CHECKING, Any
from zlib import crc32

from boto3.dynamodb.conditions import ConditionBase, Key
from botocore.exceptions import ClientError

from contracts.events.summaries import BriefingPreparedV1
from services.summaries.preparing import DAILY, Outcome, Reader

if TYPE_CHECKING:
    from types_boto3_dynamodb.service_resource import Table

_SHARDS = 8
"""Partitions the readers are spread over."""
_BRIEFING = "BRIEFING#"
_ABSENT_OR_OLDER = "attribute_not_exists(pk) OR version < :version"


class WatchersTable:
    def __init__(self, table: "Table") -> None:
        self._table = table

    def watch(self, user_id: str, way: str, ticker: str, event_id: str, *, at: datetime) -> None:
        row = {"state": "on", "ticker": ticker, "version": _version(at, 0, event_id)}
        self._put({**_key(user_id, f"{way}#{ticker}"), **row}, at)

    def unwatch(self, user_id: str, way: str, ticker: str, event_id: str, *, at: datetime) -> None:
        row = {"state": "off", "ticker": ticker, "version": _version(at, 1, event_id)}
        self._put({**_key(user_id, f"{way}#{ticker}"), **row}, at)

    def set_contact(
        self,
        user_id: str,
        time_zone: str,
        event_id: str,
        *,
        by_mail: bool,
        at: datetime,
        cadence: str = DAILY,
    ) -> None:
        row = {"time_zone": time_zone, "cadence": cadence, "version": _version(at, 0, event_id)}
        reads = {"reads_as": _shard(crc32(user_id.encode()) % _SHARDS)} if by_mail else {}
        self._put({**_key(user_id, "CONTACT"), **row, **reads}, at)

    def leave(self, user_id: str, *, at: datetime) -> None:
        gone = {**_key(user_id, "GONE"), "version": _sortable(at)}
        values = {":version": gone["version"]}
        _unless_stale(
            self._table.put_item,
            Item=gone,
            ConditionExpression=_ABSENT_OR_OLDER,
            ExpressionAttributeValues=values,
        )

    def briefed_on(self, user_id: str, *, before: datetime) -> Sequence[tuple[date, str]]:
        """Day and cadence of each briefing from before."""
        rows = self._rows(user_id, Key("sk").begins_with(_BRIEFING))
        old = [row["sk"].split("#") for row in rows if row["version"] < _end_of(before)]
        return [(date.fromisoformat(day), cadence) for _, cadence, day in old]

    def erase(self, user_id: str, *, before: datetime) -> None:
        for row in self._rows(user_id):
            if row["sk"] != "GONE":
                _unless_stale(
                    self._table.delete_item,
                    Key=_key(user_id, row["sk"]),
                    ConditionExpression="version < :end",
                    ExpressionAttributeValues={":end": _end_of(before)},
                )

    def readers(self) -> Iterator[str]:
        """Users who can be mailed."""
        for number in range(_SHARDS):
            condition = Key("reads_as").eq(_shard(number))
            for row in _items(self._table.query, IndexName="by_reader", KeyConditionExpression=condition):
                yield str(row["pk"]).removeprefix("USER#")

    def reader(self, user_id: str) -> Reader | None:
        """None for who left, or cannot be mailed any more."""
        rows = {row["sk"]: row for row in self._rows(user_id, Key("sk").gte("CONTACT"))}
        contact = rows.get("CONTACT", {})
        if "reads_as" not in contact:
            return None
        watched = frozenset(row["ticker"] for row in rows.values() if row.get("state") == "on")
        cadence = contact.get("cadence", DAILY)
        return Reader(user_id, contact["time_zone"], watched, contact["version"], cadence)

    def outcome(self, user_id: str, day: date, cadence: str) -> Outcome | None:
        key = _key(user_id, f"{_BRIEFING}{cadence}#{day}")
        row: Any = self._table.get_item(Key=key, ConsistentRead=True).get("Item")
        if row is None:
            return None
        told = BriefingPreparedV1.model_validate_json(row["briefing"]) if "briefing" in row else None
        return Outcome(row["cause"], row["time_zone"], told, row.get("skipped"))

    def keep_outcome(self, reader: Reader, day: date, cadence: str, outcome: Outcome) -> None:
        """Raises TransactionCanceledException where the reader changed or left meanwhile, or one is kept."""
        row = {
            **_key(reader.user_id, f"{_BRIEFING}{cadence}#{day}"),
            "version": reader.version,
            "cause": outcome.cause,
            "time_zone": outcome.time_zone,
            **({"briefing": outcome.briefing.model_dump_json()} if outcome.briefing else {}),
            **({"skipped": outcome.skipped} if outcome.skipped else {}),
        }
        new = {"Item": row, "ConditionExpression": "attribute_not_exists(pk)"}
        same = {
            "Key": _key(reader.user_id, "CONTACT"),
            "ConditionExpression": "version = :seen",
            "ExpressionAttributeValues": {":seen": reader.version},
        }
        self._transact(new, same, _still_here(reader.user_id, reader.version.partition("#")[0]))

    def note_preview(self, reader: Reader, day: date) -> None:
        """Marks that a preview of the day lies in the bucket."""
        key = _key(reader.user_id, f"{_BRIEFING}preview#{day}")
        self._table.put_item(Item={**key, "version": reader.version})

    def has_left(self, reader: Reader) -> bool:
        """Whether the user left after they became this reader."""
        gone: Any = self._table.get_item(Key=_key(reader.user_id, "GONE"), ConsistentRead=True).get("Item")
        return gone is not None and f"{gone['version']}#9" > reader.version

    def _rows(self, user_id: str, which: ConditionBase | None = None) -> Iterator[dict[str, Any]]:
        own = Key("pk").eq(_key(user_id, "")["pk"])
        condition = own & which if which else own
        return _items(self._table.query, KeyConditionExpression=condition, ConsistentRead=True)

    def _put(self, row: dict[str, str], at: datetime) -> None:
        """One transaction: the row is newer than what is there, and the user did not leave after it."""
        newer = {
            "Item": row,
            "ConditionExpression": _ABSENT_OR_OLDER,
            "ExpressionAttributeValues": {":version": row["version"]},
        }
        still_here = _still_here(row["pk"].removeprefix("USER#"), _sortable(at))
        _unless_stale(self._transact, newer, still_here)

    def _transact(self, put: dict[str, Any], *checks: dict[str, Any]) -> None:
        name = {"TableName": self._table.name}
        all_: Any = [{"Put": name | put}, *({"ConditionCheck": name | check} for check in checks)]
        self._table.meta.client.transact_write_items(TransactItems=all_)


def _unless_stale(write: Callable[..., Any], *given: Any, **wanted: Any) -> None:
    """Lets what is newer stand; a conflict of two writes rises, to be tried again."""
    try:
        write(*given, **wanted)
    except ClientError as error:
        reasons: Any = error.response.get("CancellationReasons", [])
        codes = {reason.get("Code") for reason in reasons} or {error.response["Error"]["Code"]}
        if codes - {"None", None} - {"ConditionalCheckFailed", "ConditionalCheckFailedException"}:
            raise


def _items(query: Callable[..., Any], **asked: Any) -> Iterator[dict[str, Any]]:
    """Every item of a query, page after page."""
    while True:
        page = query(**asked)
        yield from page["Items"]
        if "LastEvaluatedKey" not in page:
            return
        asked["ExclusiveStartKey"] = page["LastEvaluatedKey"]


def _key(user_id: str, sort: str) -> dict[str, str]:
    return {"pk": f"USER#{user_id}", "sk": sort}


def _still_here(user_id: str, at: str) -> dict[str, Any]:
    """The user did not leave at *at* or after it."""
    values = {":version": at}
    return {
        "Key": _key(user_id, "GONE"),
        "ConditionExpression": _ABSENT_OR_OLDER,
        "ExpressionAttributeValues": values,
    }


def _shard(number: int) -> str:
    return f"READERS#{number}"


def _sortable(moment: datetime) -> str:
    # Always as long: text then sorts as time does.
    return f"{moment.astimezone(UTC):%Y-%m-%dT%H:%M:%S.%fZ}"


def _version(at: datetime, kind: int, event_id: str) -> str:
    """At one moment an ending (1) is above a beginning (0); of two alike, the event id decides."""
    return f"{_sortable(at)}#{kind}#{event_id}"


def _end_of(moment: datetime) -> str:
    """Above every version of *moment*."""
    return f"{_sortable(moment)}#9"
