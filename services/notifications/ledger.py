"""The ledger: acts that cannot be keyed, each remembered under its business key for a hundred days."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from functools import wraps
from typing import TYPE_CHECKING, Any

from aws_lambda_powertools.utilities.idempotency import (
    DynamoDBPersistenceLayer,
    IdempotencyConfig,
    idempotent_function,
)
from aws_lambda_powertools.utilities.idempotency.exceptions import (
    IdempotencyAlreadyInProgressError,
    IdempotencyItemNotFoundError,
)
from aws_lambda_powertools.utilities.idempotency.persistence.datarecord import DataRecord

from services.notifications.channels import NotTaken
from services.notifications.delivering import InHand, NotDone

if TYPE_CHECKING:
    from types_boto3_dynamodb import DynamoDBClient

_REMEMBERED = timedelta(days=100)
"""Longer than dead letters and the bus's archive are kept: no redrive and no replay tells anybody twice."""
_PREFIX = "deliver"
"""Part of every key in the table: renaming a function must not make it forget."""
_LONGEST_ACT = 30.0
"""Seconds an act may be in hand: the timeout of the function it is done in."""

Handler = Callable[[dict[str, Any], Any], dict[str, Any]]


class Ledger:
    """*ambiguous* is told the key of every act of which nobody knows whether it was done."""

    def __init__(
        self, table_name: str, client: "DynamoDBClient", *, ambiguous: Callable[[str], None]
    ) -> None:
        self._ambiguous = ambiguous
        self._config = IdempotencyConfig(
            raise_on_no_idempotency_key=True,
            expires_after_seconds=int(_REMEMBERED.total_seconds()),
            hash_function="sha256",
        )
        self._store = DynamoDBPersistenceLayer(
            table_name, key_attr="pk", expiry_attr="expires_at", boto3_client=client
        )
        self._store.configure(self._config, key_prefix=_PREFIX)
        self._act = idempotent_function(
            _act,
            data_keyword_argument="key",
            persistence_store=self._store,
            config=self._config,
            key_prefix=_PREFIX,
        )

    def knows(self, key: str) -> bool:
        """Whether the act of this name was done."""
        entry = self._entry(key)
        return entry is not None and entry.status == "COMPLETED"

    def once(self, key: str, act: Callable[[], str]) -> str:
        """Does *act* unless it is remembered as done under *key*; gives what it gave then or now.

        What *act* raises rises, and is not remembered. While another worker is at it this raises InHand, and
        while the table does not answer it raises, and nothing is done. If this process dies between the act
        and its entry, or *act* raises what leaves its outcome open, it is done once more and counted as
        ambiguous: that is all the ledger can promise for a message to a human.
        """
        entry = self._entry(key)
        left_open = entry is not None and entry.status == "INPROGRESS"
        try:
            return str(self._act(key=key, act=lambda: self._do(key, act, left_open=left_open)) or "")
        except IdempotencyAlreadyInProgressError as error:
            raise InHand(_left(self._entry(key))) from error

    def watching(self, handler: Handler) -> Handler:
        """*handler*, with its deadline known: an entry left open by a timeout is then free to be tried."""

        @wraps(handler)
        def watched(event: dict[str, Any], context: Any) -> dict[str, Any]:
            self._config.register_lambda_context(context)
            return handler(event, context)

        return watched

    def _do(self, key: str, act: Callable[[], str], *, left_open: bool) -> str:
        # Whoever comes here while an entry was open took it over: its owner died, or could not close it.
        if left_open:
            self._ambiguous(key)
        try:
            return act()
        except (NotDone, NotTaken):
            raise
        except Exception:
            self._ambiguous(key)
            raise

    def _entry(self, key: str) -> DataRecord | None:
        try:
            return self._store.get_record(key)  # type: ignore[arg-type]
        except IdempotencyItemNotFoundError:
            return None


def _left(entry: DataRecord | None) -> float:
    """Seconds until an open entry is free to be tried."""
    ends = entry.in_progress_expiry_timestamp if entry else None
    if ends is None:
        return _LONGEST_ACT
    return max(1.0, float(ends) / 1000 - datetime.now(UTC).timestamp())


def _act(*, key: str, act: Callable[[], str]) -> str:
    return act()
