"""How what came of the day looks on a terminal."""

from collections import defaultdict
from typing import Any

from rich.box import SIMPLE_HEAD
from rich.console import Console, Group
from rich.panel import Panel
from rich.table import Table
from rich.text import Text
from rich.tree import Tree

from contracts.events.envelope import Envelope, instant_text
from tools.tape.demo import Result
from tools.tape.receipts import Cause

_MOODS = {"moon": "to the moon", "unknown": "not scored"}


def show(result: Result, console: Console) -> None:
    """Prints the day: tickers, who was told what, one message whole with its receipt, and the counts."""
    console.print()
    console.rule(f"[bold]{result.day:%A, %-d %B %Y}[/bold]")
    console.print(Text(result.headline), justify="center")
    if result.written_by:
        console.print(Text(_written(result), style="dim"), justify="center")
    console.print(_tickers(result))
    console.print(_told(result))
    if result.notifications and result.receipt:
        console.print(_whole(result))
    console.print(_counts(result))
    _skipped(result, console)
    _closing(result, console)


def tree(cause: Cause, console_tree: Tree | None = None) -> Tree:
    """The receipt as a tree: what happened, when, and which service said so."""
    label = Text(cause.id, style="red") + Text(" is no longer in the journal")
    if cause.envelope:
        event = cause.envelope
        label = Text.assemble(
            (event.type, "bold"),
            f" {event.subject}  ",
            (f"{instant_text(event.time)}  {event.source.removeprefix('tickertape.')}  {event.id}", "dim"),
        )
    branch = console_tree.add(label) if console_tree else Tree(label)
    for found in cause.causes:
        tree(found, branch)
    return branch


def line(envelope: Envelope) -> Text:
    """One event on one line."""
    return Text.assemble(
        (instant_text(envelope.time), "dim"),
        "  ",
        (envelope.source.removeprefix("tickertape.").ljust(13), "cyan"),
        (envelope.type, "bold"),
        f"  {envelope.subject}  ",
        (envelope.id, "dim"),
    )


def _tickers(result: Result) -> Table:
    table = _table("What was talked about")
    for heading in ("Ticker", "Posts", "Authors", "Polarity", "Mood", "Close", "Change", "Forecast"):
        table.add_column(heading, justify="left" if heading in ("Ticker", "Mood", "Forecast") else "right")
    for ticker, row in result.tickers.items():
        change = _signed(row["change_pct"], " %") if row["change_pct"] else "—"
        table.add_row(
            f"[bold]{ticker}[/bold]",
            str(row["mentions"]),
            str(row["unique_authors"]),
            _signed(row["polarity_mean"]) if row["polarity_mean"] else "—",
            _MOODS.get(row["mood"], row["mood"]),
            f"${float(row['close']):,.2f}" if row["close"] else "—",
            Text(change, style="green" if not change.startswith("−") else "red"),
            _forecast(row),
        )
    return table


def _written(result: Result) -> str:
    writer = "a language model" if result.written_by == "model" else "fixed rules, no language model"
    return f"The summary was written by {writer}; it cost ${float(result.model_dollars):.4f}."


def _table(title: str) -> Table:
    return Table(title=title, title_justify="left", title_style="bold", box=SIMPLE_HEAD, padding=(0, 1, 0, 0))


def _forecast(row: dict[str, Any]) -> str:
    if row["forecast"] is None:
        return "no forecast"
    if row["forecast"] == "no_edge":
        return "no edge"
    return f"{row['forecast']} ({float(row['probability_up']):.0%})"


def _told(result: Result) -> Table:
    table = _table("Who was told what")
    for heading in ("User", "When (UTC)", "Channels", "Message"):
        table.add_column(heading)
    together: dict[tuple[str, str], list[dict[str, Any]]] = defaultdict(list)
    for sent in result.notifications:
        together[sent["user_id"], sent["notification_id"]].append(sent)
    for (user, _), copies in together.items():
        channels = ", ".join(sorted(sent["channel"] for sent in copies))
        table.add_row(user, copies[0]["occurred_at"][11:16], channels, Text(copies[0]["title"]))
    for held in result.held:
        until = f" until {held['until'][:16].replace('T', ' ')}" if held.get("until") else ""
        table.add_row(held["user_id"], "held", "", Text(f"{held['reason']}{until}", style="dim"))
    return table


def _whole(result: Result) -> Panel:
    assert result.receipt is not None
    shown = next(s for s in result.notifications if s["event_id"] == result.receipt.id)
    return Panel(
        Group(Text(result.shown_body), Text(), tree(result.receipt)),
        title=f"[bold]{shown['user_id']}[/bold] received, with its receipt",
        title_align="left",
    )


def _counts(result: Result) -> Table:
    table = _table("Events")
    table.add_column("Type")
    table.add_column("Count", justify="right")
    for detail_type, count in result.events.items():
        table.add_row(detail_type, f"{count:,}")
    return table


def _skipped(result: Result, console: Console) -> None:
    if result.skipped:
        console.print(f"{len(result.skipped)} archive line(s) skipped; the first:")
        for line in result.skipped[:3]:
            console.print(Text(f"  line {line['line']}: {line['why']}"))


def _closing(result: Result, console: Console) -> None:
    lost, doubled = result.account.lost, result.account.duplicates
    colour = "green" if not lost and not doubled else "red"
    console.print(
        f"{result.posts:,} posts, {sum(result.events.values()):,} events ({result.added:,} new in this run), "
        f"[{colour}]{len(lost)} lost, {len(doubled)} duplicates[/{colour}], {result.seconds:.1f} s"
    )
    for finding in [*lost[:5], *doubled[:5]]:
        console.print(Text(f"  {finding}", style="red"))


def _signed(value: str, unit: str = "") -> str:
    return f"{float(value):+,.2f}{unit}".replace("-", "−")
