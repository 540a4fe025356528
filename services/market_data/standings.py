"""A ranking of drawdowns as rows, one a ticker."""

import datetime
from dataclasses import dataclass
from decimal import Decimal
from operator import attrgetter

from contracts.events.market_data import DrawdownsRankedV1, RankedDrawdown, SetAside
from services.market_data.doubting import change_pct

TOLD = 20
"""Of the furthest fallen, so many stand in the event itself."""


@dataclass(frozen=True)
class Standing:
    """Where a ticker stands at a session's close. What is known of one without a rank is said beside why.

    Prices in US dollars; drawdown_pct is (current − peak) ÷ peak × 100, not rounded; *days_since_peak* is
    counted as the method counts. *sessions* and *peak_of* tell the window and what the peak is of.
    """

    date: datetime.date
    symbol: str
    sessions: int
    peak_of: str
    set_aside: str | None = None
    rank: int | None = None
    current_price: Decimal | None = None
    peak_price: Decimal | None = None
    peak_date: datetime.date | None = None
    drawdown_pct: float | None = None
    days_since_peak: int | None = None
    sessions_since_peak: int | None = None
    volume: int | None = None

    @property
    def percent(self) -> Decimal:
        """The fall to two places, never -0.00."""
        assert self.current_price is not None
        assert self.peak_price is not None
        return change_pct(self.current_price, self.peak_price) + Decimal(0)


def by_rank(standings: list[Standing]) -> list[Standing]:
    """Those with a rank, the furthest fallen first."""
    return sorted((one for one in standings if one.rank), key=attrgetter("rank"))


def announcement(universe: str, standings: list[Standing], table: str) -> DrawdownsRankedV1:
    """What is announced of a ranking that lies at the address *table*."""
    ranked = by_rank(standings)
    aside = sorted((one for one in standings if one.set_aside), key=attrgetter("symbol"))
    return DrawdownsRankedV1(
        universe=universe,
        date=standings[0].date,
        sessions=standings[0].sessions,
        peak_of=standings[0].peak_of,
        ranked=len(ranked),
        set_aside=tuple(SetAside(ticker=one.symbol, why=str(one.set_aside)) for one in aside),
        top=tuple(_told(one) for one in ranked[:TOLD]),
        table=table,
    )


def _told(one: Standing) -> RankedDrawdown:
    return RankedDrawdown.model_validate(
        {
            "rank": one.rank,
            "ticker": one.symbol,
            "close": one.current_price,
            "peak": one.peak_price,
            "peak_date": one.peak_date,
            "drawdown_pct": one.percent,
            "sessions_since_peak": one.sessions_since_peak,
        }
    )
