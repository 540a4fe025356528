"""The evaluations table: by user, what each rule came to, which events fired it, and what they were told."""

from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Any

from botocore.exceptions import ClientError

from services.notifications.alert_rows import alert_sk, read_alert, read_later, row, shown_later
from services.notifications.alerts import CAPPED, CLAIMED, OVERTAKEN, Claim, Evaluation, Place, rule_name
from services.notifications.figures import sortable
from services.notifications.gating import Fire, Fires
from services.notifications.partitions import erase, user_key

if TYPE_CHECKING:
    from types_boto3_dynamodb.service_resource import Table

_REMEMBERED = 50
"""Fires a rule's row keeps: a repeat of an older event is held as overtaken."""


class EvaluationsTable:
    def __init__(self, table: "Table") -> None:
        self._table = table

    def fires(self, place: Place) -> Fires:
        """What the rule fired so far, latest last."""
        found: Any = self._table.get_item(Key=_place_key(place), ConsistentRead=True).get("Item")
        if found is None:
            return Fires()
        return Fires(tuple(_read_fire(one) for one in found["fires"]), int(found["version"]))

    def claim(self, claim: Claim, place: Place, known: Fires) -> str:
        """Takes the alert's place in one transaction: `claimed`, `overtaken` where the rule fired since
        *known* was read, or `capped` where the user was told loudly as often as they want that day."""
        fire = Fire(claim.event_id, claim.moment, claim.day, claim.alert.notification_id, claim.number)
        alert = row(claim.alert.user_id, alert_sk(fire.notification_id), claim.at)
        alert |= {"event_id": claim.event_id, "alert": claim.alert.model_dump_json(), "rule": place.rule}
        fires = row(claim.alert.user_id, _place_key(place)["sk"], claim.at)
        fires |= {"fires": [_shown_fire(one) for one in (*known.told, fire)[-_REMEMBERED:]]}
        wanted = [
            self._put(alert | shown_later(claim.later), "attribute_not_exists(pk)", {}),
            self._put(
                fires | {"version": known.version + 1},
                "attribute_not_exists(pk) OR version = :known",
                {":known": known.version},
            ),
        ]
        if claim.loud:
            wanted.append(self._counted(claim))
        return self._in_one(wanted)

    def claimed(self, user_id: str, notification_id: str) -> Claim | None:
        """The alert of this id, as it was claimed."""
        key = {"pk": user_key(user_id), "sk": alert_sk(notification_id)}
        found: Any = self._table.get_item(Key=key, ConsistentRead=True).get("Item")
        if found is None:
            return None
        at = datetime.fromisoformat(found["at"])
        return Claim(read_alert(found), found["event_id"], at, read_later(found), rule=found.get("rule", ""))

    def evaluation_behind(self, claim: Claim) -> dict[str, Any] | None:
        """The row of the rule and event that fired; none of a digest, which gathers several."""
        ticker, rule = claim.alert.ticker, claim.rule
        sk = _evaluation_sk(ticker, rule, claim.at, claim.event_id)
        key = {"pk": user_key(claim.alert.user_id), "sk": sk}
        return dict(self._table.get_item(Key=key).get("Item") or {}) or None if rule else None

    def keep(self, evaluations: Sequence[Evaluation]) -> None:
        with self._table.batch_writer(overwrite_by_pkeys=["pk", "sk"]) as batch:
            for evaluation in evaluations:
                batch.put_item(Item=_shown(evaluation))

    def latest(self, user_id: str, ticker: str, rule: str, limit: int) -> Iterator[dict[str, Any]]:
        """The rows of a rule by its name, newest first."""
        found = self._table.query(
            KeyConditionExpression="pk = :user AND begins_with(sk, :start)",
            ExpressionAttributeValues={
                ":user": user_key(user_id),
                ":start": f"EVALUATION#{ticker}#{rule}#",
            },
            ScanIndexForward=False,
            Limit=limit,
        )
        yield from found["Items"]

    def erase(self, user_id: str, *, before: datetime) -> None:
        erase(self._table, user_id, before)

    def _put(self, item: dict[str, Any], condition: str, values: dict[str, Any]) -> dict[str, Any]:
        put = {"TableName": self._table.name, "Item": item, "ConditionExpression": condition}
        return {"Put": put | ({"ExpressionAttributeValues": values} if values else {})}

    def _counted(self, claim: Claim) -> dict[str, Any]:
        assert claim.loud
        day, cap = claim.loud
        kept = row(claim.alert.user_id, f"LOUD#{day}", claim.at)
        update = {
            "TableName": self._table.name,
            "Key": {"pk": kept["pk"], "sk": kept["sk"]},
            "UpdateExpression": "SET #at = :at, expires_at = :expires ADD loud :one",
            "ConditionExpression": "attribute_not_exists(loud) OR loud < :cap",
            "ExpressionAttributeNames": {"#at": "at"},
            "ExpressionAttributeValues": {
                ":at": kept["at"],
                ":expires": kept["expires_at"],
                ":one": 1,
                ":cap": cap,
            },
        }
        return {"Update": update}

    def _in_one(self, wanted: list[dict[str, Any]]) -> str:
        client: Any = self._table.meta.client
        try:
            client.transact_write_items(TransactItems=wanted)
        except ClientError as error:
            reasons: Any = error.response.get("CancellationReasons", [])
            failed = [reason.get("Code") == "ConditionalCheckFailed" for reason in reasons]
            if any(failed[:2]):
                return OVERTAKEN
            if any(failed):
                return CAPPED
            raise  # a conflict with another transaction: the message comes again
        return CLAIMED


def _evaluation_sk(ticker: str | None, rule: str, at: datetime, event_id: str) -> str:
    return f"EVALUATION#{ticker or '-'}#{rule}#{sortable(at)}#{event_id}"


def _place_key(place: Place) -> dict[str, str]:
    ticker = place.ticker or "-"
    return {"pk": user_key(place.user_id), "sk": f"FIRES#{ticker}#{place.rule}#{place.direction}"}


def _shown_fire(fire: Fire) -> dict[str, Any]:
    return {**fire.__dict__, "at": sortable(fire.at)}


def _read_fire(one: Any) -> Fire:
    return Fire(
        event_id=one["event_id"],
        at=datetime.fromisoformat(one["at"]),
        day=one["day"],
        notification_id=one["notification_id"],
        number=int(one["number"]),
    )


def _shown(one: Evaluation) -> dict[str, Any]:
    ticker = one.ticker or "-"
    sk = _evaluation_sk(one.ticker, rule_name(one.rule), one.at, one.event_id)
    told = {
        "user_id": one.user_id,
        "ticker": ticker,
        "rule": one.rule.kind,
        "threshold": one.rule.threshold,
        "event_id": one.event_id,
        "event_type": one.event_type,
        "outcome": one.outcome,
        "reason": one.reason,
        "short_by": one.short_by,
        "figures": dict(one.figures),
        "notification_id": one.notification_id,
    }
    return row(one.user_id, sk, one.at) | {k: v for k, v in told.items() if v is not None}
