"""The features table: bars and moods as they were heard, by ticker, and the tickers of each session.

A corrected bar does not replace the first: both are kept in the order of their announcement and the last
counts, so that the order of arrival cannot matter.
"""

from collections.abc import Iterable, Iterator, Sequence
from datetime import date, datetime, timedelta
from typing import TYPE_CHECKING, Any

from boto3.dynamodb.conditions import ConditionBase, Key

from contracts.events.envelope import Envelope, instant_text
from contracts.events.market_data import DailyBarClosedV1
from contracts.events.sentiment import TickerSentimentShiftedV1
from services.prediction.observed import Bar, Mood
from services.prediction.sessions import closes_at

if TYPE_CHECKING:
    from types_boto3_dynamodb.service_resource import Table

_LONGEST_CLOSURE = timedelta(days=10)
"""Longer than any closure of the exchange since 1933."""
_SESSIONS = "SESSIONS"
_TICKERS = "TICKERS"


class FeaturesTable:
    def __init__(self, table: "Table") -> None:
        self._table = table

    def keep_bars(self, heard: Sequence[tuple[DailyBarClosedV1, Envelope]]) -> None:
        with self._table.batch_writer(overwrite_by_pkeys=["pk", "sk"]) as batch:
            for bar, said in heard:
                batch.put_item(Item=_bar_item(bar, said))
                batch.put_item(Item={"pk": _SESSIONS, "sk": str(bar.date)})
                batch.put_item(Item={"pk": _session(bar.date), "sk": bar.ticker})
                batch.put_item(Item={"pk": _TICKERS, "sk": bar.ticker})

    def keep_moods(self, heard: Sequence[tuple[TickerSentimentShiftedV1, Envelope]]) -> None:
        with self._table.batch_writer(overwrite_by_pkeys=["pk", "sk"]) as batch:
            for shift, said in heard:
                batch.put_item(Item=_mood_item(shift, said))

    def last_session(self, day: date) -> date | None:
        """The last session on or before *day* that anything has a bar of; None when ten days had none."""
        return self._session_between(day - _LONGEST_CLOSURE, day)

    def is_over(self, session: date) -> bool:
        """Whether a later session is known, of those within ten days."""
        return self._session_between(session + timedelta(days=1), session + _LONGEST_CLOSURE) is not None

    def tickers_of(self, session: date) -> list[str]:
        return [item["sk"] for item in self._items(Key("pk").eq(_session(session)))]

    def tickers(self) -> list[str]:
        """Every ticker that ever had a bar, those gone since among them."""
        return [item["sk"] for item in self._items(Key("pk").eq(_TICKERS))]

    def history(self, ticker: str, first: date, last: date) -> tuple[list[Bar], list[Mood]]:
        """Bars and moods from *first* up to *last*'s close, oldest first."""
        since, until = _mood_at(closes_at(first)), _mood_at(closes_at(last)) + "~"
        moods = self._items(Key("pk").eq(_ticker(ticker)) & Key("sk").between(since, until))
        return self.bars(ticker, first, last), list(_moods(moods))

    def bars(self, ticker: str, first: date, last: date) -> list[Bar]:
        """Bars from *first* to *last*, oldest first."""
        between = Key("sk").between(_bar_on(first), _bar_on(last) + "~")
        return list(_bars(self._items(Key("pk").eq(_ticker(ticker)) & between)))

    def _session_between(self, first: date, last: date) -> date | None:
        """The latest."""
        condition = Key("pk").eq(_SESSIONS) & Key("sk").between(str(first), str(last))
        newest: dict[str, Any] = {"ScanIndexForward": False, "Limit": 1, "ConsistentRead": True}
        found = self._table.query(KeyConditionExpression=condition, **newest)["Items"]
        return date.fromisoformat(str(found[0]["sk"])) if found else None

    def _items(self, condition: ConditionBase) -> Iterator[dict[str, Any]]:
        # Consistent: a bar is forecast from in the moment it was written.
        asked: dict[str, Any] = {"KeyConditionExpression": condition, "ConsistentRead": True}
        while True:
            page = self._table.query(**asked)
            yield from page["Items"]
            if "LastEvaluatedKey" not in page:
                return
            asked["ExclusiveStartKey"] = page["LastEvaluatedKey"]


def _session(day: date) -> str:
    return f"SESSION#{day}"


def _ticker(ticker: str) -> str:
    return f"TICKER#{ticker}"


def _bar_on(day: date) -> str:
    return f"BAR#{day}#"


def _mood_at(at: datetime) -> str:
    # To the second and always as long: text then sorts as time does.
    return f"MOOD#{at:%Y-%m-%dT%H:%M:%SZ}#"


def _version(said: Envelope) -> str:
    return f"{said.time:%Y-%m-%dT%H:%M:%S.%fZ}#{said.id}"


def _bar_item(bar: DailyBarClosedV1, said: Envelope) -> dict[str, Any]:
    previous = {} if bar.previous_close is None else {"previous_close": bar.previous_close}
    keys = {"pk": _ticker(bar.ticker), "sk": _bar_on(bar.date) + _version(said)}
    return {**keys, "open": bar.open, "close": bar.close, "volume": bar.volume, **previous}


def _mood_item(shift: TickerSentimentShiftedV1, said: Envelope) -> dict[str, Any]:
    untold = {"previous": shift.previous, "coverage": shift.coverage}
    return {
        "pk": _ticker(shift.ticker),
        "sk": f"{_mood_at(shift.window_end)}{shift.window}#{_version(said)}",
        "at": instant_text(shift.window_end),
        "mean": shift.mean,
        "mentions": shift.mentions,
        "usual_mentions": shift.usual_mentions,
        "unique_authors": shift.unique_authors,
        **{name: value for name, value in untold.items() if value is not None},
    }


def _bars(items: Iterable[dict[str, Any]]) -> Iterator[Bar]:
    """In order; of several announcements of a session, the last."""
    for day, item in {item["sk"].split("#")[1]: item for item in items}.items():
        previous = item.get("previous_close")
        yield Bar(date.fromisoformat(day), item["open"], item["close"], previous, int(item["volume"]))


def _moods(items: Iterable[dict[str, Any]]) -> Iterator[Mood]:
    """In order; of several announcements of a window, the last."""
    for item in {item["sk"].rsplit("#", 2)[0]: item for item in items}.values():
        at, authors = datetime.fromisoformat(item["at"]), item.get("unique_authors")
        figures = (item["mean"], int(item["mentions"]), item["usual_mentions"])
        optional = (None if authors is None else int(authors), item.get("coverage"))
        yield Mood(at, *figures, item.get("previous"), *optional)
