"""What the template tells the market_data service's Lambdas."""

from dataclasses import dataclass
from os import environ
from typing import Self


@dataclass(frozen=True)
class Settings:
    bus_name: str
    watched_table: str
    quotes_table: str
    bars_table: str
    runs_table: str
    bucket: str
    providers: tuple[str, ...]
    history_sessions: int
    drawdown_method: str

    @classmethod
    def from_env(cls) -> Self:
        """Raises KeyError naming the setting that is missing, ValueError when a number is none."""
        return cls(
            bus_name=environ["BUS_NAME"],
            watched_table=environ["WATCHED_TABLE"],
            quotes_table=environ["QUOTES_TABLE"],
            bars_table=environ["BARS_TABLE"],
            runs_table=environ["RUNS_TABLE"],
            bucket=environ["BUCKET"],
            providers=tuple(name.strip() for name in environ["PROVIDERS"].split(",")),
            history_sessions=int(environ["HISTORY_SESSIONS"]),
            drawdown_method=environ["DRAWDOWN_METHOD"],
        )
