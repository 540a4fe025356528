"""Shows a briefing before anybody gets it, and mails it to its one reader where that is asked for."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from http import HTTPStatus
from typing import Any, Literal, Protocol
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from pydantic import BaseModel, ConfigDict, Field, field_validator

from contracts.events.envelope import Envelope, Name, Ticker, event_id
from contracts.events.summaries import BriefingPreparedV1, DailySummaryPublishedV1
from services.summaries.briefing_pages import Letter, daily, weekly
from services.summaries.preparing import Reader
from services.summaries.rendering import html_part, text_part
from services.summaries.replying import Problem, Request, answered, refused, sent

PREVIEW = "preview"
BACK = 7
"""Days looked back for the last summary where no date is given."""
Cadence = Literal["daily", "weekly"]
Day = date


class Wanted(BaseModel):
    """What is posted: whose briefing, or about which tickers."""

    model_config = ConfigDict(extra="forbid")

    user_id: Name | None = None
    tickers: tuple[Ticker, ...] = Field(default=(), max_length=100)
    date: Day | None = None
    cadence: Cadence = "daily"
    variant: Literal["a", "b"] = "a"
    time_zone: str = "America/New_York"
    send: bool = False

    @field_validator("time_zone")
    @classmethod
    def _is_known(cls, name: str) -> str:
        try:
            ZoneInfo(name)
        except (ZoneInfoNotFoundError, ValueError) as error:
            raise ValueError("name a zone such as America/New_York") from error
        return name


class Watchers(Protocol):
    def reader(self, user_id: str) -> Reader | None: ...

    def note_preview(self, reader: Reader, day: date) -> None:
        """So that who leaves takes it along."""
        ...


class Summaries(Protocol):
    def get(self, day: date) -> DailySummaryPublishedV1 | None: ...


class Briefings(Protocol):
    def addresses(self, user_id: str, day: date, cadence: str) -> tuple[str, str]: ...

    def put(self, user_id: str, day: date, cadence: str, *, text: str, html: str) -> None: ...


@dataclass(frozen=True)
class Desk:
    """*announce* publishes a briefing for its act, the id of the request, and gives the event's id."""

    watchers: Watchers
    summaries: Summaries
    briefings: Briefings
    today: Callable[[], date]
    announce: Callable[[BriefingPreparedV1, str], str]


def preview_briefing(request: Request, context: object = None, *, desk: Desk) -> dict[str, Any]:
    """Answers an API Gateway proxy request with subject, text and HTML; problems name field and remedy."""
    try:
        return answered(_preview(sent(request, Wanted), request, desk))
    except Problem as problem:
        return refused(request, problem)


def _preview(wanted: Wanted, request: Request, desk: Desk) -> dict[str, Any]:
    watched, zone = _watched(wanted, desk)
    letter = _letter(wanted, watched, zone, desk)
    act = str((request.get("requestContext") or {}).get("requestId") or "preview")
    if wanted.send and wanted.user_id:
        subject = f"{wanted.user_id}/{PREVIEW}/{letter.date}"
        letter = letter.with_receipt(event_id(f"preview/{act}", BriefingPreparedV1.detail_type, subject))
    text, html = text_part(letter.page), html_part(letter.page)
    told: dict[str, Any] = {
        "subject_line": letter.subject_line,
        "tickers": letter.tickers,
        "date": str(letter.date),
    }
    told |= {"variant": wanted.variant, "text": text, "html": html}
    if not wanted.send:
        return told | {"sent": None}
    return told | {"sent": _mailed(wanted, letter, text, html, act, desk)}


def _mailed(wanted: Wanted, letter: Letter, text: str, html: str, act: str, desk: Desk) -> str:
    """Lays the preview out and announces it, so that it takes the way of every briefing; its receipt."""
    reader = desk.watchers.reader(wanted.user_id) if wanted.user_id else None
    if reader is None:
        raise Problem(HTTPStatus.BAD_REQUEST, "user_id: a preview is mailed to its reader alone", "user_id")
    desk.watchers.note_preview(reader, letter.date)
    text_at, html_at = desk.briefings.addresses(reader.user_id, letter.date, PREVIEW)
    desk.briefings.put(reader.user_id, letter.date, PREVIEW, text=text, html=html)
    briefing = BriefingPreparedV1(
        user_id=reader.user_id,
        cadence=PREVIEW,
        date=letter.date,
        subject_line=f"Preview: {letter.subject_line}"[:200],
        tickers=letter.tickers,
        text_part=text_at,
        html_part=html_at,
        variant=wanted.variant,
    )
    return desk.announce(briefing, act)


def _watched(wanted: Wanted, desk: Desk) -> tuple[frozenset[str], str]:
    if wanted.user_id is None:
        if not wanted.tickers:
            raise Problem(HTTPStatus.BAD_REQUEST, "user_id: send one, or tickers", "user_id")
        return frozenset(wanted.tickers), wanted.time_zone
    reader = desk.watchers.reader(wanted.user_id)
    if reader is None:
        raise Problem(HTTPStatus.NOT_FOUND, "user_id: nobody of this id can be mailed", "user_id")
    return frozenset(wanted.tickers) or reader.watched, reader.time_zone


def _letter(wanted: Wanted, watched: frozenset[str], zone: str, desk: Desk) -> Letter:
    days = [wanted.date] if wanted.date else [desk.today() - timedelta(days=n) for n in range(1, BACK + 1)]
    summary = next((found for day in days if (found := desk.summaries.get(day))), None)
    if summary is None:
        raise Problem(HTTPStatus.NOT_FOUND, "date: there is no summary of it; give one that was told", "date")
    made = (
        daily(summary, watched, zone, wanted.variant)
        if wanted.cadence == "daily"
        else weekly(summary.date, desk.summaries.get, watched, wanted.variant)
    )
    if made is None:
        raise Problem(HTTPStatus.NOT_FOUND, "tickers: none of them is in the summary", "tickers")
    return made


def announced(
    publish: Callable[..., Envelope], now: Callable[[], datetime], briefing: BriefingPreparedV1, act: str
) -> str:
    """The id it is announced under; the same act is the same event."""
    return publish(briefing, key=f"preview/{act}", at=now()).id
