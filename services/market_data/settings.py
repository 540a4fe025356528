"""What the template tells the market_data service's Lambdas."""

from dataclasses import dataclass
from os import environ
from typing import Self


@dataclass(frozen=True)
class Settings:
    """*provider_secret* may be empty: then nobody has credentials."""

    bus_name: str
    watched_table: str
    quotes_table: str
    bars_table: str
    runs_table: str
    bucket: str
    askings_table: str
    providers: tuple[str, ...]
    requests_per_minute: dict[str, float]
    alpaca_feed: str
    provider_secret: str
    universe: str
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
            askings_table=environ["ASKINGS_TABLE"],
            providers=tuple(name.strip() for name in environ["PROVIDERS"].split(",")),
            requests_per_minute=_paces(environ["REQUESTS_PER_MINUTE"]),
            alpaca_feed=environ["ALPACA_FEED"],
            provider_secret=environ["PROVIDER_SECRET_NAME"],
            universe=environ["UNIVERSE"],
            history_sessions=int(environ["HISTORY_SESSIONS"]),
            drawdown_method=environ["DRAWDOWN_METHOD"],
        )


def _paces(given: str) -> dict[str, float]:
    """`yahoo=60,alpaca=200`."""
    said = (one.partition("=") for one in given.split(","))
    paces = {name.strip(): float(number) for name, _, number in said}
    if wrong := [name for name, number in paces.items() if not number > 0]:
        raise ValueError(
            f"REQUESTS_PER_MINUTE grants {', '.join(wrong)} nothing; leave it out of PROVIDERS instead"
        )
    return paces
