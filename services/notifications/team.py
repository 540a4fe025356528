"""What the team is told in its own channels: jobs in a thread each, what monitors report, and the day."""

from collections.abc import Callable, Sequence
from datetime import datetime
from math import ceil
from typing import Protocol

from contracts.events.envelope import Envelope, Publish
from contracts.events.summaries import DailySummaryPublishedV1
from services.notifications.blocks import Block, fields, header, section, small
from services.notifications.channels import Delivered, Outcome, Wait
from services.notifications.delivering import MAX_WAITS, InHand, NotDone
from services.notifications.figures import count, day
from services.notifications.plain import inert
from services.notifications.taken import ReportTaken

_SIGNS = {"success": "✅", "failure": "⚠️", "error": "❌"}
_LISTED = 20


class Slack(Protocol):
    def post(self, address: str, title: str, blocks: Sequence[Block], *, thread: str = "") -> Outcome: ...


class Telegram(Protocol):
    def post(self, chat: str, text: str) -> Outcome: ...


Once = Callable[[str, Callable[[], str]], str]
Postpone = Callable[[Envelope, int], None]
Warn = Callable[..., None]


class Team:
    """The team's places: a Slack channel, a Telegram chat; either may be empty."""

    def __init__(
        self, slack: Slack, telegram: Telegram, once: Once, *, channel: str, chat: str, warn: Warn
    ) -> None:
        self._slack, self._telegram, self._once = slack, telegram, once
        self._channel, self._chat, self._warn = channel, chat, warn

    def tell(self, name: str, title: str, blocks: Sequence[Block], text: str, *, thread: str = "") -> str:
        """Once under *name* in each place; gives Slack's receipt. Raises NotDone or InHand."""
        receipt = ""
        if self._channel:
            receipt = self._told(
                f"team/slack/{name}",
                lambda: self._slack.post(self._channel, title, blocks, thread=thread),
            )
        if self._chat:
            self._told(f"team/telegram/{name}", lambda: self._telegram.post(self._chat, text))
        return receipt

    def _told(self, name: str, post: Callable[[], Outcome]) -> str:
        try:
            return self._once(name, lambda: _taken(post()))
        except NotDone as not_done:
            if isinstance(not_done.outcome, Wait | Delivered):
                raise
            self._warn("team.not_told", extra={"told": name, "reason": not_done.outcome.why})
            return ""


def relay_report(report: ReportTaken, publish: Publish, *, team: Team, postpone: Postpone) -> None:
    """Once a report, however often it comes. A job's end answers its beginning, whichever comes first."""
    with_patience(lambda: _relay(report, publish.cause.time, team), publish, postpone)


def tell_day(event: DailySummaryPublishedV1, publish: Publish, *, team: Team, postpone: Postpone) -> None:
    """The day, once."""
    blocks, text = summary_message(event)
    title = f"Daily Summary, {day(event.date)}"
    with_patience(lambda: team.tell(f"day/{event.date}", title, blocks, text), publish, postpone)


def with_patience(tell: Callable[[], object], publish: Publish, postpone: Postpone) -> None:
    """What a channel wants later comes back by the queue, so many times."""
    try:
        tell()
    except (NotDone, InHand) as later:
        seconds = later.seconds if isinstance(later, InHand) else getattr(later.outcome, "seconds", 0)
        waited = int(publish.cause.data.get("waited", 0))
        if waited >= MAX_WAITS:
            raise
        again = {"data": {**publish.cause.data, "waited": waited + 1}}
        postpone(publish.cause.model_copy(update=again), ceil(seconds))


def _relay(report: ReportTaken, at: datetime, team: Team) -> None:
    if not report.run or not report.kind.startswith("job."):
        blocks = [header(report.title), section(report.text), *_stated(report), small(_origin(report))]
        team.tell(report.report_id, report.title, blocks, report_text(report))
        return
    title = f"🚀 Job Started: {report.title}"
    begun = [header(title), *_stated(report)] if report.kind == "job.started" else [header(title)]
    thread = team.tell(f"job/{report.run}", title, begun, inert(title))
    if report.kind != "job.started":
        title, blocks = job_completed(report)
        team.tell(report.report_id, title, blocks, report_text(report), thread=thread)


def job_completed(report: ReportTaken) -> tuple[str, list[Block]]:
    title = f"{_SIGNS.get(report.status or '', '🔔')} Job Completed: {report.title}"
    stated = [("Status", report.status or "unknown"), *report.facts]
    return title, [header(title), fields(stated), section(report.text), small(_origin(report))]


def report_text(report: ReportTaken) -> str:
    facts = "\n".join(f"{name}: {value}" for name, value in report.facts)
    told = [report.title, report.text, facts, _origin(report)]
    return "\n\n".join(inert(one) for one in told if one)


def summary_message(event: DailySummaryPublishedV1) -> tuple[list[Block], str]:
    if not event.tickers:
        nothing = "No tickers met the summary thresholds yesterday."
        return [header("Daily Summary"), section(nothing)], f"Daily Summary\n\n{nothing}"
    mentions = sum(one.mentions for one in event.tickers)
    head = f"Daily summary tickers: {len(event.tickers)} (mentions {mentions:,})"
    top = f"Top tickers: {', '.join(one.ticker for one in event.tickers[:5])}"
    told = [f"{one.ticker}:\nSentiment: {one.mood}\n{one.text}" for one in event.tickers[:_LISTED]]
    sure = f"{day(event.date)}, counted from {count(event.posts, 'post')}"
    blocks = [
        header("Daily Summary"),
        section(f"{head}\n{top}"),
        *(section(one) for one in told),
        small(sure),
    ]
    return blocks, "\n\n".join(["Daily Summary", f"{head}\n{top}", *(inert(one) for one in told), sure])


def _stated(report: ReportTaken) -> list[Block]:
    return [fields(report.facts)] if report.facts else []


def _origin(report: ReportTaken) -> str:
    return f"{report.kind}, relayed from {report.sender}; its words are not ours"


def _taken(outcome: Outcome) -> str:
    if isinstance(outcome, Delivered):
        return outcome.receipt
    raise NotDone(outcome)
