"""The operator's keys of the channels: one secret in the parameter store, read again every few minutes."""

import json
import time
from collections.abc import Callable
from typing import Any, Protocol

_FRESH = 300
"""Seconds: after so long a rotated key is in use."""


class SsmClient(Protocol):
    @property
    def get_parameter(self) -> Callable[..., Any]: ...


class Keys:
    """*name* is a SecureString with a JSON object; empty, and there are no keys and no call is made."""

    def __init__(
        self, client: Callable[[], SsmClient], name: str, *, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._client, self._name, self._clock = client, name, clock
        self._known: dict[str, str] = {}
        self._read_at: float | None = None

    def __call__(self, key: str) -> str | None:
        """The key, or none. A store that fails leaves what was known; at the first call it raises."""
        if self._name and (self._read_at is None or self._clock() - self._read_at >= _FRESH):
            self._refresh()
        return self._known.get(key)

    def _refresh(self) -> None:
        try:
            answer = self._client().get_parameter(Name=self._name, WithDecryption=True)
            found = json.loads(answer["Parameter"]["Value"])
        except Exception:
            if self._read_at is None:
                raise
            return
        self._known = {str(name): str(value) for name, value in found.items()}
        self._read_at = self._clock()
