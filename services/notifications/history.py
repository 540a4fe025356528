"""The history table: quotes, bars, shifts, forecasts and falls as they were heard, by ticker and time."""

import json
import time
from collections.abc import Iterable, Iterator
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from contracts.events.market_data import DailyBarClosedV1, PriceUpdatedV1, QuoteCorrectedV1
from contracts.events.prediction import DirectionPredictedV1
from contracts.events.sentiment import TickerSentimentShiftedV1
from services.notifications.figures import sortable
from services.notifications.moments import closing, moment
from services.notifications.partitions import items
from services.notifications.rules import Fallen, Trigger

if TYPE_CHECKING:
    from types_boto3_dynamodb.service_resource import Table

Heard = Trigger | DailyBarClosedV1
_PREFIXES: dict[type[Any], str] = {
    PriceUpdatedV1: "QUOTE",
    TickerSentimentShiftedV1: "SHIFT",
    DirectionPredictedV1: "FORECAST",
    DailyBarClosedV1: "BAR",
    Fallen: "FALL",
}
_DAY = int(timedelta(days=1).total_seconds())
_KEPT_DAYS = 800
_LEAST = timedelta(microseconds=1)


class HistoryTable:
    """One item a fact: the same fact under another event id is the same item."""

    def __init__(self, table: "Table") -> None:
        self._table = table

    def put(self, heard: Heard) -> None:
        self._set(heard.ticker, _sk(heard), "told", _written(heard))

    def correct(self, correction: QuoteCorrectedV1) -> None:
        """Kept beside the quote, whichever comes first."""
        sk = f"QUOTE#{sortable(correction.as_of)}"
        self._set(correction.ticker, sk, "correction", correction.model_dump_json())

    def quotes(self, ticker: str, since: datetime, until: datetime) -> Iterator[PriceUpdatedV1]:
        """After *since* and before *until*, in order of time, as is every series here."""
        for row in self._rows(ticker, "QUOTE", since, until):
            if "told" in row:
                yield _corrected(PriceUpdatedV1.read(json.loads(row["told"])), row.get("correction"))

    def shifts(self, ticker: str, since: datetime, until: datetime) -> Iterator[TickerSentimentShiftedV1]:
        for row in self._rows(ticker, "SHIFT", since, until):
            yield TickerSentimentShiftedV1.read(json.loads(row["told"]))

    def forecasts(self, ticker: str, since: datetime, until: datetime) -> Iterator[DirectionPredictedV1]:
        for row in self._rows(ticker, "FORECAST", since, until):
            yield DirectionPredictedV1.read(json.loads(row["told"]))

    def falls(self, ticker: str, since: datetime, until: datetime) -> Iterator[Fallen]:
        for row in self._rows(ticker, "FALL", since, until):
            yield _read_fallen(json.loads(row["told"]))

    def bars(self, ticker: str, since: datetime, until: datetime) -> Iterator[DailyBarClosedV1]:
        for row in self._rows(ticker, "BAR", since, until):
            yield DailyBarClosedV1.read(json.loads(row["told"]))

    def last_bars(self, ticker: str, *, until: date, limit: int) -> list[DailyBarClosedV1]:
        """The last *limit* bars up to that day, oldest first."""
        found = self._table.query(
            KeyConditionExpression="pk = :ticker AND sk BETWEEN :first AND :last",
            ExpressionAttributeValues={
                ":ticker": f"TICKER#{ticker}",
                ":first": "BAR#",
                ":last": f"BAR#{sortable(closing(until))}",
            },
            ScanIndexForward=False,
            Limit=limit,
        )["Items"]
        return [DailyBarClosedV1.read(json.loads(str(row["told"]))) for row in reversed(found)]

    def between(self, kind: str, ticker: str, since: datetime, until: datetime) -> Iterable[Trigger]:
        """What a rule of *kind* could have been held against."""
        if kind in ("price_move", "price_level"):
            return self.quotes(ticker, since, until)
        if kind in ("sentiment_shift", "mention_surge"):
            return self.shifts(ticker, since, until)
        return self.falls(ticker, since, until) if kind == "drawdown" else ()

    def _rows(self, ticker: str, prefix: str, since: datetime, until: datetime) -> Iterator[dict[str, Any]]:
        # "~" sorts after what may follow a time in a key.
        return items(
            self._table.query,
            KeyConditionExpression="pk = :ticker AND sk BETWEEN :first AND :last",
            ExpressionAttributeValues={
                ":ticker": f"TICKER#{ticker}",
                ":first": f"{prefix}#{sortable(since)}~",
                ":last": f"{prefix}#{sortable(until - _LEAST)}~",
            },
            ConsistentRead=True,
        )

    def _set(self, ticker: str, sk: str, name: str, text: str) -> None:
        expires = (int(time.time()) // _DAY + _KEPT_DAYS + 1) * _DAY
        self._table.update_item(
            Key={"pk": f"TICKER#{ticker}", "sk": sk},
            UpdateExpression="SET #name = :text, expires_at = :expires",
            ExpressionAttributeNames={"#name": name},
            ExpressionAttributeValues={":text": text, ":expires": expires},
        )


def _sk(heard: Heard) -> str:
    more = ""
    if isinstance(heard, TickerSentimentShiftedV1):
        more = f"#{heard.window}"
    elif isinstance(heard, DirectionPredictedV1):
        more = f"#{heard.horizon}"
    return f"{_PREFIXES[type(heard)]}#{sortable(moment(heard))}{more}"


def _written(heard: Heard) -> str:
    if isinstance(heard, Fallen):
        return json.dumps(heard.__dict__, default=str)
    return heard.model_dump_json()


def _corrected(quote: PriceUpdatedV1, correction: str | None) -> PriceUpdatedV1:
    if correction is None:
        return quote
    right = QuoteCorrectedV1.read(json.loads(correction))
    return quote.model_copy(update={"price": right.corrected, "change_pct": right.change_pct})


def _read_fallen(told: dict[str, Any]) -> Fallen:
    return Fallen(
        ticker=told["ticker"],
        date=date.fromisoformat(told["date"]),
        close=Decimal(told["close"]),
        peak=Decimal(told["peak"]),
        peak_date=date.fromisoformat(told["peak_date"]),
        drawdown_pct=Decimal(told["drawdown_pct"]),
        sessions=told["sessions"],
        peak_of=told["peak_of"],
    )
