"""What the template tells the summaries' Lambdas."""

from dataclasses import dataclass
from os import environ
from typing import Self


@dataclass(frozen=True)
class Settings:
    bus_name: str
    day_stats_table: str
    summaries_table: str
    watchers_table: str
    briefings_bucket: str
    turns_queue: str
    min_voices: int

    @classmethod
    def from_env(cls) -> Self:
        """Raises KeyError naming the setting that is missing, ValueError for a number that is none."""
        return cls(
            bus_name=environ["BUS_NAME"],
            day_stats_table=environ["DAY_STATS_TABLE"],
            summaries_table=environ["SUMMARIES_TABLE"],
            watchers_table=environ["WATCHERS_TABLE"],
            briefings_bucket=environ["BRIEFINGS_BUCKET"],
            turns_queue=environ["TURNS_QUEUE"],
            min_voices=int(environ["MIN_VOICES"]),
        )
