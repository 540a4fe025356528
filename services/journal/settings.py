"""What the template tells the journal's Lambda."""

from dataclasses import dataclass
from os import environ
from typing import Self


@dataclass(frozen=True)
class Settings:
    bus_name: str
    journal_table: str
    posts_told_table: str

    @classmethod
    def from_env(cls) -> Self:
        """Raises KeyError naming the setting that is missing."""
        return cls(
            bus_name=environ["BUS_NAME"],
            journal_table=environ["JOURNAL_TABLE"],
            posts_told_table=environ["POSTS_TOLD_TABLE"],
        )
