"""The ledger: acts that cannot be keyed, each remembered under its business key for fifteen days."""

from collections.abc import Callable
from datetime import timedelta
from functools import wraps
from typing import TYPE_CHECKING, Any

from aws_lambda_powertools.utilities.idempotency import (
    DynamoDBPersistenceLayer,
    IdempotencyConfig,
    idempotent_function,
)

if TYPE_CHECKING:
    from types_boto3_dynamodb import DynamoDBClient

_REMEMBERED = timedelta(days=15)
"""Longer than dead letters are kept, so that a late redrive tells nobody twice."""
_PREFIX = "deliver"
"""Part of every key in the table: renaming a function must not make it forget."""

Handler = Callable[[dict[str, Any], Any], dict[str, Any]]


class Ledger:
    def __init__(self, table_name: str, client: "DynamoDBClient") -> None:
        self._config = IdempotencyConfig(
            raise_on_no_idempotency_key=True,
            expires_after_seconds=int(_REMEMBERED.total_seconds()),
            hash_function="sha256",
        )
        store = DynamoDBPersistenceLayer(
            table_name, key_attr="pk", expiry_attr="expires_at", boto3_client=client
        )
        self._act = idempotent_function(
            _act,
            data_keyword_argument="key",
            persistence_store=store,
            config=self._config,
            key_prefix=_PREFIX,
        )

    def once(self, key: str, act: Callable[[], str]) -> str:
        """Does *act* unless it is remembered as done under *key*; gives what it gave then or now.

        What *act* raises rises, and is not remembered. While another worker is at it, or the table does not
        answer, this raises and nothing is done. If this process dies between the act and its entry, the
        act is done a second time, once: that is all the ledger can promise for a message to a human.
        """
        return str(self._act(key=key, act=act) or "")

    def watching(self, handler: Handler) -> Handler:
        """*handler*, with its deadline known: an entry left open by a timeout is then free to be tried."""

        @wraps(handler)
        def watched(event: dict[str, Any], context: Any) -> dict[str, Any]:
            self._config.register_lambda_context(context)
            return handler(event, context)

        return watched


def _act(*, key: str, act: Callable[[], str]) -> str:
    return act()
