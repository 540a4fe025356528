"""A recorded day through every service: hands in posts and bars, turns the clock, tells what came of it."""

import json
import time
import urllib.request
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from datetime import time as clock
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from contracts.events.catalogue import EVENTS
from contracts.events.envelope import Envelope
from services.ingestion.keeping import ARCHIVES
from tools.tape.accounting import Account, Mail, account
from tools.tape.errors import TapeError
from tools.tape.parts import Part, files, parts
from tools.tape.platform import Platform
from tools.tape.receipts import Cause, as_json, trace

RECORDED = Path(__file__).parent / "recorded"
NEW_YORK = ZoneInfo("America/New_York")
_QUOTED = [(9, 30), (10, 0), (12, 0), (14, 0), (16, 0)]
Step = Callable[[str, str, int, int | None], None]
"""Told which stage, what of it, how much is done, and of how many where that is known."""


@dataclass(frozen=True)
class Before:
    """What was there when the run began: ids of events, and how many mails the mail server held."""

    events: set[str]
    mails: int


@dataclass(frozen=True)
class Result:
    """What came of the day."""

    day: date
    events: dict[str, int]
    added: int
    posts: int
    skipped: list[dict[str, Any]]
    tickers: dict[str, dict[str, Any]]
    notifications: list[dict[str, Any]]
    held: list[dict[str, Any]]
    headline: str
    written_by: str
    model_dollars: str
    account: Account
    shown_body: str
    receipt: Cause | None
    seconds: float

    def as_json(self) -> dict[str, Any]:
        """What `tape demo --json` prints."""
        told = {k: v for k, v in vars(self).items() if k not in ("account", "receipt", "shown_body")}
        findings = {"lost_items": self.account.lost, "duplicate_items": self.account.duplicates}
        counts = {"lost": len(self.account.lost), "duplicates": len(self.account.duplicates)}
        return told | counts | findings | {"receipt": as_json(self.receipt) if self.receipt else None}


def run(
    platform: Platform, posts: Path | None, bars: Path | None, step: Step, started: float | None = None
) -> Result:
    """Runs the day. Running it again on the same state adds nothing. Raises TapeError.

    *started* is when the caller began, on the monotonic clock, for the seconds it took.
    """
    started = time.monotonic() if started is None else started
    before = Before({e.id for e in platform.journal()}, len(mails(platform) or ()))
    _hand_in_bars(platform, bars or RECORDED / "bars.csv")
    _introduce_users(platform, RECORDED / "users.json", step)
    parts_in = _hand_in_posts(platform, posts or RECORDED / "posts.ndjson", step)
    day = _busiest_day(platform)
    _live_through(platform, day, step)
    return _result(platform, day, parts_in, before, started)


def _hand_in_bars(platform: Platform, path: Path) -> None:
    if not path.is_file():
        raise TapeError(
            f"{path} is no file; --bars takes a CSV: symbol,date,open,high,low,close,adjusted_close,volume"
        )
    platform.upload("market_data", "recorded/bars.csv", path.read_bytes())


def _introduce_users(platform: Platform, path: Path, step: Step) -> None:
    users = json.loads(path.read_text(encoding="utf-8"))["users"]
    told = [event for user in users for event in user["events"]]
    for done, event in enumerate(told, 1):
        fact = EVENTS[event["detail_type"]].model_validate(event["data"])
        moment = next(value for _, value in fact if isinstance(value, datetime))
        platform.publish(fact, key=f"demo/{event['detail_type']}/{fact.subject}", at=moment)
        step("users", fact.subject, done, len(told))
    platform.settle()


def _hand_in_posts(platform: Platform, path: Path, step: Step) -> list[str]:
    keys: list[str] = []
    lines = 0
    for archive in files(path):
        for part in parts(archive):
            platform.upload("ingestion", _key(part), "\n".join(part.lines).encode(), {
                "first-line": str(part.first_line), "origin": part.origin,
            })  # fmt: skip
            keys.append(_key(part))
            lines += len(part.lines)
            step("posts handed in", archive.name, lines, None)
    most = 0

    def left(messages: int) -> None:
        nonlocal most
        most = max(most, messages)
        step("posts linked and scored", "", most - messages, most)

    platform.settle(tell=left)
    return keys


def _key(part: Part) -> str:
    return f"{ARCHIVES}dt=recorded/{part.origin}-{part.first_line:08d}.ndjson"


def _busiest_day(platform: Platform) -> date:
    """The New York day with most posts: the one worth living through."""
    days = Counter(
        datetime.fromisoformat(e.data["created_at"]).astimezone(NEW_YORK).date()
        for e in platform.journal()
        if e.type == "PostIngested.v1"
    )
    if not days:
        raise TapeError("not one post could be read; the first lines say why: `tape tail`, or check --posts")
    return days.most_common(1)[0][0]


def _live_through(platform: Platform, day: date, step: Step) -> None:
    ticks = _ticks(day)
    for done, (at, calendars) in enumerate(ticks.items(), 1):
        for calendar in calendars:
            platform.tick(calendar, at)
        platform.settle()
        step("the day", f"{at.astimezone(NEW_YORK):%a %H:%M} in New York", done, len(ticks))


def _ticks(day: date) -> dict[datetime, list[str]]:
    """The schedules of one day, in order: what the scheduler would have said, at the times it would have."""

    def at(hour: int, minute: int = 0, later: int = 0) -> datetime:
        moment = datetime.combine(day + timedelta(days=later), clock(hour, minute), NEW_YORK)
        return moment.astimezone(UTC)

    windows = [(at(hour, minute), "sentiment-quarter-hours") for hour in range(7, 20) for minute in (0, 30)]
    quotes = [(at(hour, minute), "market_data-quotes-due") for hour, minute in _QUOTED]
    releases = [(at(hour), "notifications-quarters") for hour in range(7, 20)]
    others = [
        (at(18, later=-1), "market_data-bars-due"),
        (at(19, later=-1), "prediction-weeks"),
        (at(18, 10), "market_data-bars-due"),
        (at(18, 30), "market_data-drawdowns-due"),
        (at(18, 40), "prediction-closes"),
        (at(8, later=1), "summaries-mornings"),
        (at(9, later=1), "notifications-quarters"),
        (at(18, 10, later=1), "market_data-bars-due"),
        (at(19, later=1), "prediction-evenings"),
    ]
    ticks: dict[datetime, list[str]] = {}
    for moment, calendar in sorted([*windows, *quotes, *releases, *others]):
        ticks.setdefault(moment, []).append(calendar)
    return ticks


def _result(platform: Platform, day: date, parts_in: list[str], before: Before, started: float) -> Result:
    events = platform.journal()
    rows = [row for row in platform.rows("Inbox") if row["sk"].startswith("NOTIFICATION#")]
    post = mails(platform)
    fresh = [e for e in events if e.id not in before.events]
    inbox = {(str(row["user_id"]), str(row["notification_id"])) for row in rows}
    found = account(
        events,
        parts=parts_in,
        inbox=inbox,
        mailed=fresh,
        mails=post if post is None else post[before.mails :],
        dead_letters=[queue for queue, _ in platform.dead_letters()],
    )
    sent = sorted(_of(events, "NotificationSent.v1"), key=lambda e: (e.data["user_id"], e.time, e.id))
    receipt = _receipt(platform, sent)
    summary = next(
        (e for e in _of(events, "DailySummaryPublished.v1") if e.data["date"] == day.isoformat()), None
    )
    return Result(
        day=day,
        events=dict(sorted(Counter(e.type for e in events).items())),
        added=len(fresh),
        posts=len(_of(events, "PostIngested.v1")),
        skipped=[line for e in _of(events, "CollectionCompleted.v1") for line in e.data["skipped"]],
        tickers=_tickers(events, summary, day),
        notifications=[{"event_id": e.id, "time": e.as_detail()["time"], **e.data} for e in sent],
        held=[{"event_id": e.id, **e.data} for e in _of(events, "NotificationHeld.v1")],
        headline=summary.data["headline"] if summary else "",
        written_by=summary.data["written_by"] if summary else "",
        model_dollars=str(summary.data.get("model_dollars") or 0) if summary else "0",
        account=found,
        shown_body=_body_of(rows, receipt),
        receipt=receipt,
        seconds=round(time.monotonic() - started, 1),
    )


def _receipt(platform: Platform, sent: Sequence[Envelope]) -> Cause | None:
    """The receipt with most to tell: a notification that leads back to posts."""
    told = [e for e in sent if e.data["rule"] in ("mention_surge", "sentiment_shift")] or list(sent)
    return trace(told[0].id, platform.event) if told else None


def _body_of(rows: Sequence[dict[str, Any]], receipt: Cause | None) -> str:
    shown = receipt.envelope.data["notification_id"] if receipt and receipt.envelope else None
    return next((f"{r['title']}\n\n{r['body']}" for r in rows if r["notification_id"] == shown), "")


def _tickers(events: Sequence[Envelope], summary: Envelope | None, day: date) -> dict[str, dict[str, Any]]:
    forecasts = {
        (e.data["ticker"], e.data["horizon"]): e.data
        for e in _of(events, "DirectionPredicted.v1")
        if e.data["date"] == day.isoformat()
    }
    table = {}
    for row in summary.data["tickers"] if summary else ():
        forecast = forecasts.get((row["ticker"], 1))
        table[row["ticker"]] = {
            **{
                name: row[name]
                for name in ("mentions", "unique_authors", "polarity_mean", "mood", "close", "change_pct")
            },
            "text": row["text"],
            "forecast": forecast["direction"] if forecast else None,
            "probability_up": forecast["probability_up"] if forecast else None,
        }
    return table


def mails(platform: Platform) -> list[Mail] | None:
    """What the emulated mail server took; none on targets with real ones."""
    if platform.target.kind != "embedded":
        return None
    url = f"{platform.target.endpoint}/_ministack/ses/messages"
    with urllib.request.urlopen(url, timeout=10) as answer:  # noqa: S310 (loopback)
        accounts = json.load(answer)["messages"]
    return [
        Mail(", ".join(mail["To"]), f"{mail['Subject']}\n\n{mail['BodyText']}")
        for mails_of in accounts.values()
        for mail in mails_of
    ]


def _of(events: Iterable[Envelope], detail_type: str) -> list[Envelope]:
    return [event for event in events if event.type == detail_type]
