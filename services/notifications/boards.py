"""What the bot shows: the day, the market, the account, in lines that fit a phone."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal

from contracts.events.ingestion import CollectionCompletedV1
from contracts.events.market_data import DrawdownsRankedV1, PriceUpdatedV1
from contracts.events.summaries import DailySummaryPublishedV1
from services.notifications.figures import clock, count, day, money, number, percent
from services.notifications.plain import inert

LINES = 10
"""Lines of a list on a page."""
TAKE_PROFIT = Decimal(100)
"""Per cent: the mean return of the top five at which the signal fires."""
_TOP = 5
_BARS = "▁▂▃▄▅▆▇█"


@dataclass(frozen=True)
class Board:
    """A reply: a title, and pages of which one is shown at a time; *table* keeps columns under each other."""

    title: str
    pages: tuple[str, ...] = ("",)
    table: bool = False


@dataclass(frozen=True)
class Position:
    """A holding; *return_pct* is its unrealised return in per cent, *pl* the same in dollars."""

    symbol: str
    quantity: Decimal
    entry: Decimal
    price: Decimal
    value: Decimal
    pl: Decimal
    return_pct: Decimal


@dataclass(frozen=True)
class Account:
    number: str
    status: str
    equity: Decimal
    cash: Decimal
    buying_power: Decimal
    last_equity: Decimal


@dataclass(frozen=True)
class Seen:
    """What is known of a ticker: its latest quote, and closes of the last sessions, oldest first."""

    ticker: str
    quote: PriceUpdatedV1 | None
    closes: Sequence[Decimal] = field(default_factory=tuple)


HELP = """/dashboard — what you follow, at a glance
/daily [2021-01-27] — the day's summary
/screen [20 or GME] — who has fallen furthest
/portfolio — the account's positions
/monitor — the top five, and whether to take profit
/account — equity, cash and buying power
/trigger — look at the positions now, and when the next round is
/stats — what was collected, ranked and told
/download [screen, follows or portfolio] — a CSV file
/follow GME [move 10 level 300 mood 0.3 surge 4 fall 20]
/unfollow GME
/why [n-…] — why you were told
/quiet 22:00 7:00 — or /quiet off"""


def welcome(name: str, linked: bool) -> Board:
    known = (
        "Alerts of what you follow come here."
        if linked
        else ("This chat is not connected to a user of the app yet; connect it there to follow tickers.")
    )
    who = f", {inert(name)}" if name.strip() else ""
    return Board(f"Hello{who}", (f"{known}\n\n{HELP}",))


def sparkline(closes: Sequence[Decimal]) -> str:
    """`▁▃█`: lowest to highest of the closes; level where nothing moved."""
    if not closes:
        return ""
    low, high = min(closes), max(closes)
    if low == high:
        return _BARS[3] * len(closes)
    return "".join(_BARS[int((one - low) / (high - low) * 7)] for one in closes)


def dashboard(seen: Sequence[Seen], ranking: DrawdownsRankedV1 | None, top: Sequence[Position]) -> Board:
    """Follows with price, change and the last sessions; the furthest fallen; the five best positions."""
    lines = [_seen_line(one) for one in seen] or ["You follow nothing yet: /follow GME"]
    more = []
    if ranking and ranking.top:
        worst = ranking.top[0]
        more.append(f"Furthest fallen: {worst.ticker} {percent(worst.drawdown_pct)}, {day(ranking.date)}")
    if top:
        best = ", ".join(f"{one.symbol} {percent(one.return_pct)}" for one in best_five(top))
        more.append(f"Top positions: {best}")
    pages = _paged(lines)
    tail = "\n\n" + "\n".join(more) if more else ""
    return Board("Dashboard", tuple(page + tail for page in pages), table=True)


def daily(summary: DailySummaryPublishedV1 | None) -> Board:
    if summary is None:
        return Board("Daily Summary", ("No summary of that day has been published.",))
    lines = [
        f"{one.ticker}: {count(one.mentions, 'post')}, {one.mood}"
        + (f", {percent(one.change_pct)}" if one.change_pct is not None else "")
        for one in summary.tickers
    ] or ["No tickers met the summary thresholds."]
    head = inert(summary.headline)
    return Board(f"Daily Summary, {day(summary.date)}", tuple(f"{head}\n\n{page}" for page in _paged(lines)))


def screen(ranking: DrawdownsRankedV1 | None, words: Sequence[str]) -> Board:
    """The ranking's top, or the places of one ticker; a number says how many."""
    if ranking is None:
        return Board("Drawdowns", ("Nothing was ranked yet; it is after the close of a session.",))
    asked = words[0].upper().lstrip("$") if words else ""
    rows = [one for one in ranking.top if asked.isdigit() or not asked or one.ticker == asked]
    rows = rows[: int(asked)] if asked.isdigit() and len(asked) < 4 else rows
    lines = [
        f"{one.rank:>2} {one.ticker:<6}{percent(one.drawdown_pct):>9} {money(one.close):>9} of "
        f"{money(one.peak)}"
        for one in rows
    ]
    title = f"Drawdowns, {day(ranking.date)}"
    if not lines:
        aside = next((one.why for one in ranking.set_aside if one.ticker == asked), None)
        told = (
            f"{asked} has no rank: {aside.replace('_', ' ')}."
            if aside
            else (
                f"{asked} is not among the {len(ranking.top)} that have fallen furthest, of {ranking.ranked}."
            )
        )
        return Board(title, (inert(told),))
    return Board(title, _paged(lines), table=True)


def best_five(positions: Iterable[Position]) -> list[Position]:
    return sorted(positions, key=lambda one: (-one.return_pct, one.symbol))[:_TOP]


def signal(positions: Sequence[Position]) -> Decimal | None:
    """The mean return of the five best in per cent; none with fewer than five positions."""
    top = best_five(positions)
    return sum((one.return_pct for one in top), Decimal()) / _TOP if len(top) == _TOP else None


def monitor(positions: Sequence[Position]) -> Board:
    top, mean = best_five(positions), signal(positions)
    lines = "\n".join(f"{one.symbol:<6}{percent(one.return_pct):>10}" for one in top)
    if mean is None:
        return Board("Monitor", (f"{lines}\n\nThe signal takes five positions; there are {len(top)}.",), True)
    fires = mean >= TAKE_PROFIT
    told = f"Mean of the top five: {percent(mean)}; the line is +{TAKE_PROFIT} %."
    return Board("🚨 TAKE PROFIT SIGNAL!" if fires else "Monitor", (f"{lines}\n\n{told}",), True)


def portfolio(positions: Sequence[Position]) -> Board:
    if not positions:
        return Board("Portfolio", ("The account holds nothing.",))
    ranked = sorted(positions, key=lambda one: (-one.value, one.symbol))
    lines = [
        f"{one.symbol:<6}{money(one.value):>12} {percent(one.return_pct):>9}  "
        f"{_plain_number(one.quantity)} at {money(one.entry)}"
        for one in ranked
    ]
    worth = sum((one.value for one in ranked), Decimal())
    gained = sum((one.pl for one in ranked), Decimal())
    total = f"{count(len(ranked), 'position')}, {money(worth)}, unrealised {_dollars(gained)}"
    return Board("Portfolio", tuple(f"{page}\n\n{total}" for page in _paged(lines)), table=True)


def account(found: Account) -> Board:
    change = found.equity - found.last_equity
    told = [
        ("Status", found.status.lower()),
        ("Equity", money(found.equity)),
        ("Today", _dollars(change)),
        ("Cash", money(found.cash)),
        ("Buying power", money(found.buying_power)),
    ]
    lines = "\n".join(f"{name:<13}{value:>14}" for name, value in told)
    return Board(f"Account …{found.number[-4:]}", (lines,), table=True)


def stats(
    ranking: DrawdownsRankedV1 | None,
    summary: DailySummaryPublishedV1 | None,
    collections: Sequence[CollectionCompletedV1],
    follows: int,
) -> Board:
    """What was collected, ranked and told; what nobody has heard of yet is left out."""
    told = [f"You follow: {follows}"]
    if ranking:
        told.append(
            f"Stocks analyzed: {ranking.ranked}, set aside {len(ranking.set_aside)}, {day(ranking.date)}"
        )
    if ranking and ranking.top:
        worst = ranking.top[0]
        told.append(f"Worst drawdown: {worst.ticker} {percent(worst.drawdown_pct)}")
    if summary:
        told.append(f"Last summary: {day(summary.date)}, from {count(summary.posts, 'post')}")
    told += [
        f"{inert(one.collection)[:40]}: {count(one.new, 'new post')} of {one.found:,}, {one.failed} failed, "
        f"to {clock(one.window_end)}"
        for one in collections[:LINES]
    ]
    return Board("Stats", ("\n".join(told),))


def csv(rows: Iterable[Mapping[str, object]]) -> str:
    """Lines of values by commas, under a line of names. No value is a formula to a spreadsheet."""
    found = list(rows)
    lines = [list(found[0])] if found else []
    lines += [[_cell(value) for value in row.values()] for row in found]
    return "".join(",".join(line) + "\r\n" for line in lines)


def _cell(value: object) -> str:
    text = "" if value is None else str(value)
    if isinstance(value, str) and text[:1] in "=+-@\t\r":
        text = f"'{text}"
    return f'"{text.replace(chr(34), chr(34) * 2)}"' if any(sign in text for sign in ',"\r\n') else text


def _seen_line(one: Seen) -> str:
    if one.quote is None:
        return f"{one.ticker:<6} no quote yet"
    mark = "" if one.quote.confirmed else " unconfirmed"
    closes = [*one.closes, one.quote.price] if one.closes else []
    change = percent(one.quote.change_pct)
    return f"{one.ticker:<6}{money(one.quote.price):>9} {change:>9} {sparkline(closes)}{mark}"


def _paged(lines: Sequence[str]) -> tuple[str, ...]:
    return tuple("\n".join(lines[at : at + LINES]) for at in range(0, len(lines), LINES))


def _dollars(value: Decimal) -> str:
    return f"{'−' if value < 0 else '+'}${number(value, 2)}"


def _plain_number(value: Decimal) -> str:
    return f"{value.normalize():f}"
