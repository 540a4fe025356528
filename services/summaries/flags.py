"""The briefing flag in the parameter store: which share of the readers gets variant b, in per cent."""

import time
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from types_boto3_ssm import SSMClient

_FRESH = 60.0
"""Seconds a value is used before it is asked for again."""


class BriefingFlag:
    def __init__(self, client: "SSMClient", name: str) -> None:
        self._client, self._name = client, name
        self._read_at, self._percent = 0.0, 0

    def percent_b(self) -> int:
        """0 to 100. Raises ValueError, naming the parameter, for what is no such number."""
        if not self._read_at or time.monotonic() - self._read_at > _FRESH:
            stated = self._client.get_parameter(Name=self._name)["Parameter"]["Value"]
            if not stated.isdigit() or int(stated) > 100:
                raise ValueError(f"{self._name} is {stated[:20]!r}; set a whole number from 0 to 100")
            self._read_at, self._percent = time.monotonic(), int(stated)
        return self._percent
