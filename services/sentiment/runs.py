"""The runs table: what is scored again, and how far each shard of it is."""

from collections.abc import Iterator
from datetime import datetime
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from boto3.dynamodb.conditions import Attr, Key
from botocore.exceptions import ClientError

from services.sentiment.keeping import sortable
from services.sentiment.overriding import Spent
from services.sentiment.scoring import Identity
from services.sentiment.shards import Outcome, Run

if TYPE_CHECKING:
    from types_boto3_dynamodb.service_resource import Table

Item = dict[str, Any]

_RUN = "RUN"


class RunUnknown(LookupError):
    """Nobody planned such a run."""


class RunsTable:
    def __init__(self, table: "Table") -> None:
        self._table = table

    def find(self, name: str) -> Run | None:
        item = self._table.get_item(Key=_run_key(name), ConsistentRead=True).get("Item")
        return _run(item) if item else None

    def begin(self, run: Run) -> Run:
        """The run as it stands: this one, or the one that was planned before under the same name."""
        self._put_first(_run_item(run))
        return self.planned(run.name)

    def planned(self, name: str) -> Run:
        """Raises RunUnknown."""
        run = self.find(name)
        if run is None:
            raise RunUnknown(f"no run {name[:128]!r} was planned")
        return run

    def ask_adoption(self, name: str, at: datetime) -> None:
        """The run's scores are to be in force once it is complete; the latest asking counts."""
        later = Attr("adopt_at").not_exists() | Attr("adopt_at").lt(sortable(at))
        try:
            self._update(name, "SET adopt_at = :at", {":at": sortable(at)}, later)
        except ClientError as error:
            if not _refused(error):
                raise

    def complete(self, name: str, at: datetime, *, adopted_at: datetime | None) -> Run:
        """The run, with the moment it was first said to be complete."""
        expression, values = "SET completed_at = if_not_exists(completed_at, :at)", {":at": sortable(at)}
        if adopted_at:
            expression, values = (
                f"{expression}, adopted_at = :adopted",
                values | {":adopted": sortable(adopted_at)},
            )
        return _run(self._update(name, expression, values, Attr("pk").exists()))

    def done(self, name: str, outcome: Outcome) -> None:
        """A shard is done. The first outcome stands: a shard done twice counts once."""
        self._put_first(_outcome_item(name, outcome))

    def is_done(self, name: str, shard: int) -> bool:
        return "Item" in self._table.get_item(Key=_shard_key(name, shard), ConsistentRead=True)

    def spent(self, name: str) -> Spent | None:
        """What a language model took; none where none was asked."""
        item: Any = self._table.get_item(Key=spent_key(name), ConsistentRead=True).get("Item")
        return Spent(int(item["tokens"]), item["dollars"]) if item else None

    def outcomes(self, name: str) -> list[Outcome]:
        """Of the shards that are done, in their order."""
        return [
            _outcome(item)
            for item in self._query(Key("pk").eq(f"RUN#{name}") & Key("sk").begins_with("SHARD#"))
        ]

    def all(self) -> list[Run]:
        """Every run there was, the latest first."""
        found = self._pages(self._table.scan, FilterExpression=Attr("sk").eq(_RUN))
        return sorted((_run(item) for item in found), key=lambda run: (run.asked_at, run.name), reverse=True)

    def _query(self, condition: Any) -> Iterator[Item]:
        return self._pages(self._table.query, KeyConditionExpression=condition, ConsistentRead=True)

    def _pages(self, ask: Any, **options: Any) -> Iterator[Item]:
        answer = ask(**options)
        yield from answer["Items"]
        while page := answer.get("LastEvaluatedKey"):
            answer = ask(**options, ExclusiveStartKey=page)
            yield from answer["Items"]

    def _put_first(self, item: Item) -> None:
        try:
            self._table.put_item(Item=item, ConditionExpression=Attr("pk").not_exists())
        except ClientError as error:
            if not _refused(error):
                raise

    def _update(self, name: str, expression: str, values: Item, condition: Any) -> Item:
        return self._table.update_item(
            Key=_run_key(name),
            UpdateExpression=expression,
            ExpressionAttributeValues=values,
            ConditionExpression=condition,
            ReturnValues="ALL_NEW",
        )["Attributes"]


def _refused(error: ClientError) -> bool:
    return error.response["Error"]["Code"] == "ConditionalCheckFailedException"


def _run_key(name: str) -> Item:
    return {"pk": f"RUN#{name}", "sk": _RUN}


def spent_key(name: str) -> Item:
    return {"pk": f"RUN#{name}", "sk": "SPENT"}


def _shard_key(name: str, shard: int) -> Item:
    return {"pk": f"RUN#{name}", "sk": f"SHARD#{shard:06}"}


def _run_item(run: Run) -> Item:
    return _run_key(run.name) | {
        "since": sortable(run.since),
        "until": sortable(run.until),
        "reader": run.reader,
        "model": run.identity.model,
        "version": run.identity.version,
        "plan": run.plan,
        "shards": run.shards,
        "items": run.items,
        "asked_at": sortable(run.asked_at),
    }


def _run(item: Item) -> Run:
    moments = {name: _moment(item.get(name)) for name in ("adopt_at", "adopted_at", "completed_at")}
    return Run(
        name=item["pk"].removeprefix("RUN#"),
        since=datetime.fromisoformat(item["since"]),
        until=datetime.fromisoformat(item["until"]),
        reader=item["reader"],
        identity=Identity(item["model"], item["version"]),
        plan=item["plan"],
        shards=int(item["shards"]),
        items=int(item["items"]),
        asked_at=datetime.fromisoformat(item["asked_at"]),
        **moments,
    )


def _moment(text: str | None) -> datetime | None:
    return datetime.fromisoformat(text) if text else None


def _outcome_item(name: str, outcome: Outcome) -> Item:
    return _shard_key(name, outcome.shard) | {
        "items": outcome.items,
        "gone": outcome.gone,
        "rescored": outcome.rescored,
        "withheld": dict(outcome.withheld),
        "changed": outcome.changed,
        "shift": outcome.shift,
        "changes": outcome.changes,
    }


def _outcome(item: Item) -> Outcome:
    return Outcome(
        shard=int(item["sk"].removeprefix("SHARD#")),
        items=int(item["items"]),
        gone=int(item["gone"]),
        rescored=int(item["rescored"]),
        withheld={why: int(count) for why, count in item["withheld"].items()},
        changed=int(item["changed"]),
        shift=Decimal(item["shift"]),
        changes=item["changes"],
    )
