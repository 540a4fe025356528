"""Quotes as they were announced, each with what was found wrong about it later."""

from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from contracts.events.market_data import PriceUpdatedV1, QuoteCorrectedV1


@dataclass(frozen=True)
class KeptCorrection:
    """A correction as it was announced, and the id of what led to it."""

    told: QuoteCorrectedV1
    cause: str


@dataclass(frozen=True)
class KeptQuote:
    """A quote as it was announced, the tick it was taken for, and its correction where there is one."""

    told: PriceUpdatedV1
    due_at: datetime
    correction: KeptCorrection | None = None


class Quotes(Protocol):
    def recent(self, ticker: str, until: datetime) -> list[KeptQuote]:
        """The newest few as of *until*, newest first."""
        ...

    def between(self, ticker: str, first: datetime, last: datetime) -> list[KeptQuote]:
        """All as of *first* to *last*, both included, oldest first."""
        ...

    def keep(self, kept: KeptQuote) -> bool:
        """False when a quote of that ticker and moment is kept already."""
        ...

    def correct(self, correction: KeptCorrection) -> KeptCorrection:
        """Keeps it beside its quote, which stays as it was. Gives the one that stands: the first."""
        ...
