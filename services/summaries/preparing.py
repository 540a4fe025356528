"""Prepares a mail for each reader, out of the summary of the day."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from typing import Protocol

from contracts.events.envelope import Envelope, Event, Name, Publish
from contracts.events.summaries import SOURCE, BriefingPreparedV1, DailySummaryPublishedV1
from services.summaries.composing import page, subject_line, told
from services.summaries.rendering import html_part, text_part

CADENCE = "daily"
NOTHING_WATCHED = "none of the tickers they watch is in the summary"

Day = date


class BriefingDue(Event, source=SOURCE, detail_type="BriefingDue", about=("user_id", "date")):
    """A reader's turn has come. Goes from this service to itself; no bus carries it."""

    user_id: Name
    date: Day


class SummaryMissing(Exception):
    """A day was announced whose summary is not kept here."""


@dataclass(frozen=True)
class Reader:
    """Who can be mailed: their zone, what they watch, and the version of the contact that says so."""

    user_id: str
    time_zone: str
    watched: frozenset[str]
    version: str


@dataclass(frozen=True)
class Outcome:
    """What became of a reader's briefing of a day, by which event: it was prepared, or why it was skipped."""

    cause: str
    time_zone: str
    briefing: BriefingPreparedV1 | None
    skipped: str | None = None


class Turns(Protocol):
    def put(self, turns: Iterable[Envelope]) -> None: ...


class Watchers(Protocol):
    def readers(self) -> Iterable[str]: ...

    def reader(self, user_id: str) -> Reader | None: ...

    def outcome(self, user_id: str, day: date) -> Outcome | None: ...

    def keep_outcome(self, reader: Reader, day: date, outcome: Outcome) -> None:
        """Raises where the reader changed or left meanwhile, or an outcome is kept already."""
        ...

    def has_left(self, reader: Reader) -> bool: ...


class Summaries(Protocol):
    def get(self, day: date) -> DailySummaryPublishedV1 | None: ...


class Briefings(Protocol):
    def addresses(self, user_id: str, day: date) -> tuple[str, str]:
        """Where the text and the HTML lie."""
        ...

    def put(self, user_id: str, day: date, *, text: str, html: str) -> None: ...

    def remove(self, user_id: str, day: date) -> None: ...


def give_turns(
    summary: DailySummaryPublishedV1, publish: Publish, *, watchers: Watchers, turns: Turns
) -> None:
    """Gives every reader a message of their own: one that fails is tried again alone."""
    turns.put(turn(publish.cause, user_id, summary.date) for user_id in watchers.readers())


def turn(cause: Envelope, user_id: str, day: date) -> Envelope:
    """The envelope of the summary stays, so that what a reader is told is caused by the summary itself."""
    due = BriefingDue(user_id=user_id, date=day)
    said = {"type": due.detail_type, "subject": due.subject, "data": due.model_dump(mode="json")}
    return cause.model_copy(update=said)


def prepare_briefing(
    due: BriefingDue, publish: Publish, *, watchers: Watchers, summaries: Summaries, briefings: Briefings
) -> None:
    """Writes a reader's mail, once a day, and announces it. A repeat writes and announces the same."""
    if (reader := watchers.reader(due.user_id)) is None:
        return
    if (summary := summaries.get(due.date)) is None:
        raise SummaryMissing(f"the summary of {due.date} is not kept; announce it through publish_summary")
    outcome = watchers.outcome(due.user_id, due.date)
    if outcome is None:
        outcome = _outcome(publish.cause.id, reader, summary, briefings)
        watchers.keep_outcome(reader, due.date, outcome)
    if outcome.briefing is None or outcome.cause != publish.cause.id:
        return
    written = page(summary, outcome.briefing.tickers, outcome.time_zone)
    briefings.put(due.user_id, due.date, text=text_part(written), html=html_part(written))
    # Who left before the parts lay there was not rid of them: whoever comes last takes them away.
    if watchers.has_left(reader):
        briefings.remove(due.user_id, due.date)
        return
    publish(outcome.briefing)


def _outcome(cause: str, reader: Reader, summary: DailySummaryPublishedV1, briefings: Briefings) -> Outcome:
    tickers = tuple(day.ticker for day in told(summary, reader.watched))
    if not tickers:
        return Outcome(cause, reader.time_zone, None, NOTHING_WATCHED)
    text_at, html_at = briefings.addresses(reader.user_id, summary.date)
    briefing = BriefingPreparedV1(
        user_id=reader.user_id,
        cadence=CADENCE,
        date=summary.date,
        subject_line=subject_line(summary, tickers),
        tickers=tickers,
        text_part=text_at,
        html_part=html_at,
    )
    return Outcome(cause, reader.time_zone, briefing)
