"""Turns in the table of askings: one item a vendor, shared by all workers."""

from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from boto3.dynamodb.conditions import Attr, ConditionBase

from services.market_data.asking import Unavailable
from services.market_data.pacing import Pace, Standing, admitted, failed, worked
from services.market_data.stamps import moment, stamp

if TYPE_CHECKING:
    from types_boto3_dynamodb.service_resource import Table

_ROUNDS = 10
_A_MOMENT = timedelta(seconds=1)


class TurnsTable:
    """*jitter* gives a number from 0 to 1."""

    def __init__(self, table: "Table", paces: Mapping[str, Pace], jitter: Callable[[], float]) -> None:
        self._table, self._paces, self._jitter = table, paces, jitter
        self._changed_meanwhile = table.meta.client.exceptions.ConditionalCheckFailedException

    def take(self, vendor: str, now: datetime, patience: timedelta) -> timedelta | Unavailable:
        """How long until the request's turn, or why it has none."""
        for _ in range(_ROUNDS):
            stood = self._read(vendor)
            found = admitted(stood, self._paces[vendor], now, patience)
            if isinstance(found, Unavailable):
                return found
            if self._put(vendor, found[0], stood):
                return found[1]
        return Unavailable("not_yet", "is asked for by too many at once", _A_MOMENT)

    def worked(self, vendor: str) -> None:
        self._change(vendor, worked)

    def failed(self, vendor: str, refusal: Unavailable, now: datetime) -> None:
        self._change(vendor, lambda standing: failed(standing, refusal, now, self._jitter()))

    def _change(self, vendor: str, change: Callable[[Standing], Standing]) -> None:
        for _ in range(_ROUNDS):
            stood = self._read(vendor)
            changed = change(stood)
            if changed == stood or self._put(vendor, changed, stood):
                return

    def _read(self, vendor: str) -> Standing:
        item: Any = self._table.get_item(Key={"pk": _key(vendor)}, ConsistentRead=True).get("Item")
        if not item:
            return Standing()
        turn, shut = (moment(item[name]) if name in item else None for name in ("turn", "shut_until"))
        return Standing(turn, int(item["failures"]), shut, item["why"])

    def _put(self, vendor: str, standing: Standing, stood: Standing) -> bool:
        """False if another worker changed it meanwhile."""
        item: Any = {"pk": _key(vendor), **_fields(standing)}
        try:
            self._table.put_item(Item=item, ConditionExpression=_unchanged(_fields(stood)))
        except self._changed_meanwhile:
            return False
        return True


def _key(vendor: str) -> str:
    return f"VENDOR#{vendor}"


def _fields(standing: Standing) -> dict[str, Any]:
    times = {"turn": standing.turn, "shut_until": standing.shut_until}
    said = {name: stamp(at) for name, at in times.items() if at}
    return {"failures": standing.failures, "why": standing.why, **said}


def _unchanged(fields: dict[str, Any]) -> ConditionBase:
    if "turn" not in fields:
        return Attr("turn").not_exists()
    same: ConditionBase = Attr("turn").eq(fields["turn"]) & Attr("failures").eq(fields["failures"])
    shut = fields.get("shut_until")
    return same & (Attr("shut_until").eq(shut) if shut else Attr("shut_until").not_exists())
