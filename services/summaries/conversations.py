"""The Conversations table: what was asked and answered, turn by turn, and what people thought of it.

`CALLER#<caller>#<conversation>` / `TURN#<moment>#<turn>`; `TRACE#<trace>` / `TURN` leads to it.
"""

import time
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from boto3.dynamodb.conditions import Key
from botocore.exceptions import ClientError

from services.summaries.asking import Turn

if TYPE_CHECKING:
    from types_boto3_dynamodb.service_resource import Table

_DAY = 86_400


class ConversationsTable:
    """*days* a turn is kept."""

    def __init__(self, table: "Table", *, days: int, now: Callable[[], float] = time.time) -> None:
        self._table, self._days, self._now = table, days, now

    def keep(self, caller: str, turn: Turn) -> None:
        key = _key(caller, turn.conversation_id, f"TURN#{turn.asked_at}#{turn.turn_id}")
        expires = int(self._now()) + self._days * _DAY
        item: Any = {
            **key,
            "expires_at": expires,
            "turn": turn.model_dump_json(),
            "dollars": turn.dollars,
            "model": turn.model,
        }
        where: Any = {"at": key["pk"], "turn": key["sk"], "expires_at": expires}
        self._table.put_item(Item=item)
        for name in (f"TRACE#{turn.trace_id}", f"TURN#{turn.conversation_id}#{turn.turn_id}"):
            self._table.put_item(Item={"pk": f"CALLER#{caller}#{name}", "sk": "TURN", **where})

    def last(self, caller: str, conversation_id: str, limit: int) -> list[Turn]:
        """The latest turns, oldest first."""
        answer = self._table.query(
            KeyConditionExpression=Key("pk").eq(_key(caller, conversation_id, "")["pk"])
            & Key("sk").begins_with("TURN#"),
            ScanIndexForward=False,
            Limit=limit,
            ConsistentRead=True,
        )
        return [Turn.model_validate_json(str(item["turn"])) for item in reversed(answer["Items"])]

    def judge(self, caller: str, name: str, *, thumbs_up: bool, comment: str) -> bool:
        """Keeps what a caller thought of their turn, the latest judgement; False where there is none."""
        pointer: Any = self._table.get_item(Key={"pk": f"CALLER#{caller}#{name}", "sk": "TURN"}).get("Item")
        if pointer is None:
            return False
        try:
            self._table.update_item(
                Key={"pk": pointer["at"], "sk": pointer["turn"]},
                UpdateExpression="SET thumbs_up = :up, said_of_it = :said",
                ConditionExpression="attribute_exists(pk)",
                ExpressionAttributeValues={":up": thumbs_up, ":said": comment},
            )
        except ClientError as error:
            if error.response["Error"]["Code"] != "ConditionalCheckFailedException":
                raise
            return False
        return True


def _key(caller: str, conversation_id: str, sort: str) -> dict[str, str]:
    return {"pk": f"CALLER#{caller}#CONVERSATION#{conversation_id}", "sk": sort}
