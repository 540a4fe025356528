"""What the template tells the sentiment service's Lambdas."""

from dataclasses import dataclass
from os import environ
from typing import Self


@dataclass(frozen=True)
class Settings:
    bus_name: str
    scores_table: str
    ticker_windows_table: str

    @classmethod
    def from_env(cls) -> Self:
        """Raises KeyError naming the setting that is missing."""
        return cls(
            bus_name=environ["BUS_NAME"],
            scores_table=environ["SCORES_TABLE"],
            ticker_windows_table=environ["TICKER_WINDOWS_TABLE"],
        )
