"""What can be looked up about a ticker, each thing as figures for a model and as sentences for people."""

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, fields
from datetime import date, timedelta
from decimal import Decimal
from typing import Any, Protocol

from contracts.events.summaries import DailySummaryPublishedV1, TickerDay
from services.summaries.days import NEW_YORK
from services.summaries.drafting import seen
from services.summaries.grounding import Facts
from services.summaries.headlines import FEELINGS
from services.summaries.knowing import Bar, Fallen, Forecast, Quote, Ranking
from services.summaries.talking import Post
from services.summaries.writing import day_text, dollars, posts_text, signed

CLOSES, SHOWN, SEARCHED, BACK = 5, 5, 100, 7
"""Closes told, posts shown, posts looked through, and days looked back for a summary or for talk."""
_LINK = re.compile(r"\S*(?:://|www\.)\S*")


@dataclass(frozen=True)
class Found:
    """*content* goes to a model, *said* to people; both rest on *facts*. *posts* are strangers' words."""

    tool: str
    ticker: str | None
    content: Mapping[str, Any]
    said: tuple[str, ...] = ()
    facts: Facts = field(default_factory=Facts)
    posts: tuple[Mapping[str, Any], ...] = ()

    @property
    def empty(self) -> bool:
        return not self.said


class Talk(Protocol):
    def loudest(self, ticker: str, day: date, limit: int) -> Sequence[Post]: ...


class Known(Protocol):
    def quote(self, symbol: str) -> Quote | None: ...

    def closes(self, symbol: str, limit: int) -> Sequence[Bar]: ...

    def forecasts(self, symbol: str) -> Sequence[Forecast]: ...

    def rankings(self) -> Sequence[Ranking]: ...


class Summaries(Protocol):
    def get(self, day: date) -> DailySummaryPublishedV1 | None: ...


@dataclass(frozen=True)
class Shelf:
    """Our own read models."""

    talk: Talk
    known: Known
    summaries: Summaries
    today: Callable[[], date]

    def knows(self, ticker: str) -> bool:
        return bool(self.known.closes(ticker, 1) or self.known.quote(ticker))

    def last_days(self, ticker: str, day: date | None) -> list[date]:
        """*day*, or else the days up to the last one anything is known of, latest first."""
        if day:
            return [day]
        quote, closes = self.known.quote(ticker), self.known.closes(ticker, 1)
        heard = [bar.date for bar in closes] + ([quote.as_of.astimezone(NEW_YORK).date()] if quote else [])
        last = max(heard, default=self.today())
        return [last - timedelta(days=back) for back in range(BACK)]


def prices(shelf: Shelf, ticker: str) -> Found:
    quote, closes = shelf.known.quote(ticker), shelf.known.closes(ticker, CLOSES)
    if not quote and not closes:
        return nothing("prices", ticker)
    said = [_quoted(ticker, quote)] if quote else []
    if closes:
        told = ", ".join(f"{dollars(bar.close)} on {day_text(bar.date)}{_moved(bar)}" for bar in closes)
        said.append(f"{ticker} closed at {told}.")
    at = [quote.as_of.astimezone(NEW_YORK)] if quote else []
    changes = {bar.change_pct for bar in closes if bar.change_pct is not None}
    facts = Facts(
        tickers=frozenset({ticker}),
        dates=frozenset({*(bar.date for bar in closes), *(moment.date() for moment in at)}),
        times=frozenset(moment.time().replace(second=0, microsecond=0) for moment in at),
        prices=frozenset({*(bar.close for bar in closes), *((quote.price,) if quote else ())}),
        percents=frozenset(changes | ({quote.change_pct} if quote else set())),
    )
    content = {"quote": _plain(quote), "closes": [_plain(bar) for bar in closes]}
    return Found("prices", ticker, content, tuple(said), facts)


def stats(shelf: Shelf, ticker: str, day: date | None) -> Found:
    """The ticker's day as the last summary told it."""
    for at in shelf.last_days(ticker, day):
        summary = shelf.summaries.get(at)
        row = next((row for row in summary.tickers if row.ticker == ticker), None) if summary else None
        if row:
            return _stats(row, at)
    return nothing("stats", ticker)


def _stats(row: TickerDay, day: date) -> Found:
    felt = FEELINGS.get(row.mood, "not known")
    mean = "" if row.polarity_mean is None else f", {signed(row.polarity_mean)} on a scale from −1 to 1"
    said = (
        f"On {day_text(day)} we saw {posts_text(row.mentions)} about {row.ticker} from "
        f"{row.unique_authors:,} accounts; the mood was {felt}{mean}."
    )
    means = {row.polarity_mean} if row.polarity_mean is not None else set()
    facts = Facts(
        tickers=frozenset({row.ticker}),
        dates=frozenset({day}),
        counts=frozenset({row.mentions, row.unique_authors, row.scored}),
        scores=frozenset({Decimal(-1), Decimal(1)} | means),
        prices=frozenset({row.close} if row.close else ()),
        percents=frozenset({row.change_pct} if row.change_pct is not None else ()),
    )
    named = ("mentions", "unique_authors", "scored", "polarity_mean", "mood", "close", "change_pct")
    content = {"date": day_text(day)} | {name: _text(getattr(row, name)) for name in named}
    return Found("stats", row.ticker, content, (said,), facts)


def posts(shelf: Shelf, ticker: str, words: str, day: date | None) -> Found:
    """The loudest posts about a ticker, those first that hold most of the *words*."""
    for at in shelf.last_days(ticker, day):
        if heard := shelf.talk.loudest(ticker, at, SEARCHED):
            return _posts(ticker, at, _ranked(heard, words)[:SHOWN])
    return nothing("posts", ticker)


def _posts(ticker: str, day: date, shown: Sequence[Post]) -> Found:
    told = tuple(
        {"post_id": post.post_id, "day": str(day), "votes": post.votes, "says": quotable(post.text)}
        for post in shown
    )
    quoted = [f"{one['votes']:,} votes: “{one['says']}”" for one in told]
    said = (f"Loudest about {ticker} on {day_text(day)}, in strangers' words: {'; '.join(quoted)}.",)
    facts = Facts(
        tickers=frozenset({ticker}),
        dates=frozenset({day}),
        counts=frozenset({len(shown), *(post.votes for post in shown)}),
    )
    return Found("posts", ticker, {"date": day_text(day), "posts": told}, said, facts, told)


def _ranked(heard: Sequence[Post], words: str) -> list[Post]:
    wanted = set(re.findall(r"\w{3,}", words.casefold()))
    held = {post.post_id: len(wanted & set(re.findall(r"\w{3,}", post.text.casefold()))) for post in heard}
    return sorted(heard, key=lambda post: (-held[post.post_id], -post.loud, post.post_id))


def quotable(text: str) -> str:
    """A stranger's words in a line: nothing invisible, no address to follow, nobody called."""
    plain = _LINK.sub("(link)", " ".join(seen(text).split()))
    return re.sub(r"[@#<>\[\]`]", "", plain)[:160]


def forecasts(shelf: Shelf, ticker: str) -> Found:
    made = shelf.known.forecasts(ticker)
    if not made:
        return nothing("forecasts", ticker)
    said = tuple(_forecast(ticker, each) for each in made)
    facts = Facts(
        tickers=frozenset({ticker}),
        dates=frozenset(each.date for each in made),
        counts=frozenset(each.horizon for each in made),
        percents=frozenset(100 * each.probability_up for each in made),
    )
    return Found("forecasts", ticker, {"forecasts": [_plain(each) for each in made]}, said, facts)


def _forecast(ticker: str, made: Forecast) -> str:
    ahead = f"{made.horizon} session{'' if made.horizon == 1 else 's'} ahead"
    chance = f"{100 * made.probability_up:.0f}%"
    if not made.edge:
        return (
            f"As of {day_text(made.date)} there is no edge for {ticker} {ahead}; the model says {chance} up."
        )
    return f"As of {day_text(made.date)} the forecast for {ticker} {ahead} is {made.direction}, {chance} up."


def drawdowns(shelf: Shelf, ticker: str | None) -> Found:
    ranked = [
        (ranking, fallen)
        for ranking in shelf.known.rankings()
        for fallen in ranking.top
        if ticker in (None, fallen.ticker)
    ][:CLOSES]
    if not ranked:
        return nothing("drawdowns", ticker)
    facts = Facts(
        tickers=frozenset(fallen.ticker for _, fallen in ranked),
        dates=frozenset(day for ranking, fallen in ranked for day in (ranking.date, fallen.peak_date)),
        counts=frozenset(n for ranking, fallen in ranked for n in (fallen.rank, ranking.ranked)),
        prices=frozenset(price for _, fallen in ranked for price in (fallen.close, fallen.peak)),
        percents=frozenset(p for _, fallen in ranked for p in (fallen.drawdown_pct, -fallen.drawdown_pct)),
    )
    content = {"fallen": [_plain(fallen) | {"date": day_text(ranking.date)} for ranking, fallen in ranked]}
    return Found("drawdowns", ticker, content, tuple(_fell(r, f) for r, f in ranked), facts)


def _fell(ranking: Ranking, fallen: Fallen) -> str:
    return (
        f"{fallen.ticker} stood at {dollars(fallen.close)} on {day_text(ranking.date)}, "
        f"{abs(fallen.drawdown_pct):,.2f}% below its peak of {dollars(fallen.peak)} on "
        f"{day_text(fallen.peak_date)}: number {fallen.rank:,} of {ranking.ranked:,} by how far they fell."
    )


def nothing(tool: str, ticker: str | None) -> Found:
    return Found(tool, ticker, {"found": "nothing"})


def together(found: Iterable[Facts]) -> Facts:
    """All facts as one."""
    all_ = list(found)
    return Facts(
        **{f.name: frozenset().union(*(getattr(one, f.name) for one in all_)) for f in fields(Facts)}
    )


def _quoted(ticker: str, quote: Quote) -> str:
    at = quote.as_of.astimezone(NEW_YORK)
    moved = f", {_signed(quote.change_pct)} against the close before"
    doubt = "" if quote.confirmed else "; a second look has not confirmed it yet"
    return (
        f"{ticker} was quoted at {dollars(quote.price)}{moved}, at {at:%H:%M} in New York on "
        f"{day_text(at.date())}{doubt}."
    )


def _moved(bar: Bar) -> str:
    return "" if bar.change_pct is None else f" ({_signed(bar.change_pct)})"


def _signed(change: Decimal) -> str:
    sign = "+" if change > 0 else "−" if change < 0 else ""
    return f"{sign}{abs(change):,.2f}%"


def _plain(fact: Quote | Bar | Forecast | Fallen | None) -> dict[str, Any]:
    return {} if fact is None else {f.name: _text(getattr(fact, f.name)) for f in fields(fact)}


def _text(value: Any) -> Any:
    if isinstance(value, date) and not hasattr(value, "hour"):
        return day_text(value)
    return value if isinstance(value, bool | int | str) or value is None else str(value)
