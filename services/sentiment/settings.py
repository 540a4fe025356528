"""What the template tells the sentiment service's Lambdas."""

from dataclasses import dataclass
from decimal import Decimal
from os import environ
from typing import Self


@dataclass(frozen=True)
class LlmSettings:
    """Which language model may be asked; *model* is empty where none is configured."""

    model: str
    read_price: Decimal
    write_price: Decimal
    tokens: int
    dollars: Decimal

    @classmethod
    def from_env(cls) -> Self:
        """Raises KeyError naming the setting that is missing, ValueError when a number is none."""
        return cls(
            model=environ["LLM_MODEL"],
            read_price=Decimal(environ["LLM_READ_PRICE"]),
            write_price=Decimal(environ["LLM_WRITE_PRICE"]),
            tokens=int(environ["LLM_TOKENS"]),
            dollars=Decimal(environ["LLM_DOLLARS"]),
        )


@dataclass(frozen=True)
class Settings:
    bus_name: str
    scores_table: str
    ticker_windows_table: str
    looks_table: str
    runs_table: str
    rescores_bucket: str
    jobs_table: str
    jobs_queue: str
    shard_items: int
    model: str

    @classmethod
    def from_env(cls) -> Self:
        """Raises KeyError naming the setting that is missing, ValueError when a number is none."""
        return cls(
            bus_name=environ["BUS_NAME"],
            scores_table=environ["SCORES_TABLE"],
            ticker_windows_table=environ["TICKER_WINDOWS_TABLE"],
            looks_table=environ["LOOKS_TABLE"],
            runs_table=environ["RUNS_TABLE"],
            rescores_bucket=environ["RESCORES_BUCKET"],
            jobs_table=environ["JOBS_TABLE"],
            jobs_queue=environ["JOBS_QUEUE"],
            shard_items=int(environ["SHARD_ITEMS"]),
            model=environ["SENTIMENT_MODEL"],
        )
