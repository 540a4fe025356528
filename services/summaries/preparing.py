"""Prepares a mail for each reader, out of the summary of the day, or of those of the week."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import date
from typing import Protocol

from contracts.events.arrivals import Due
from contracts.events.envelope import Envelope, Event, Name, Publish, event_id
from contracts.events.summaries import SOURCE, BriefingPreparedV1, DailySummaryPublishedV1
from services.summaries.briefing_pages import Letter, daily, variant_of, weekly
from services.summaries.days import day_before
from services.summaries.rendering import html_part, text_part

DAILY, WEEKLY = "daily", "weekly"
NOTHING_WATCHED = "none of the tickers they watch is in the summary"
NOT_WANTED = "they want no such mail"
_WANTS = {DAILY: ("daily", "both"), WEEKLY: ("weekly", "both")}

Day = date


class BriefingDue(Event, source=SOURCE, detail_type="BriefingDue", about=("user_id", "date")):
    """A reader's turn has come. Goes from this service to itself; no bus carries it."""

    user_id: Name
    date: Day
    cadence: str = DAILY


class SummaryMissing(Exception):
    """A day was announced whose summary is not kept here."""


@dataclass(frozen=True)
class Reader:
    """Who can be mailed: their zone, what they watch, the version of the contact that says so, how often."""

    user_id: str
    time_zone: str
    watched: frozenset[str]
    version: str
    cadence: str = DAILY


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

    def outcome(self, user_id: str, day: date, cadence: str) -> Outcome | None: ...

    def keep_outcome(self, reader: Reader, day: date, cadence: str, outcome: Outcome) -> None:
        """Raises where the reader changed or left meanwhile, or an outcome is kept already."""
        ...

    def has_left(self, reader: Reader) -> bool: ...


class Summaries(Protocol):
    def get(self, day: date) -> DailySummaryPublishedV1 | None: ...


class Briefings(Protocol):
    def addresses(self, user_id: str, day: date, cadence: str) -> tuple[str, str]:
        """Where the text and the HTML lie."""
        ...

    def put(self, user_id: str, day: date, cadence: str, *, text: str, html: str) -> None: ...

    def remove(self, user_id: str, day: date, cadence: str) -> None: ...


def give_turns(
    summary: DailySummaryPublishedV1, publish: Publish, *, watchers: Watchers, turns: Turns
) -> None:
    """Gives every reader a message of their own: one that fails is tried again alone."""
    turns.put(turn(publish.cause, user_id, summary.date) for user_id in watchers.readers())


def give_weekly_turns(due: Due, publish: Publish, *, watchers: Watchers, turns: Turns) -> None:
    """The same for the seven days that ended the day before."""
    last = day_before(due.due_at)
    turns.put(turn(publish.cause, user_id, last, WEEKLY) for user_id in watchers.readers())


def turn(cause: Envelope, user_id: str, day: date, cadence: str = DAILY) -> Envelope:
    """The envelope of the cause stays, so that what a reader is told is caused by the summary itself."""
    due = BriefingDue(user_id=user_id, date=day, cadence=cadence)
    said = {"type": due.detail_type, "subject": due.subject, "data": due.model_dump(mode="json")}
    return cause.model_copy(update=said | {"source": SOURCE})


def prepare_briefing(
    due: BriefingDue,
    publish: Publish,
    *,
    watchers: Watchers,
    summaries: Summaries,
    briefings: Briefings,
    percent_b: Callable[[], int],
) -> None:
    """Writes a reader's mail, once a day and cadence, and announces it. A repeat does the same again.

    *percent_b* is the share of readers who get the other variant, as it stands when the mail is written.
    """
    if (reader := watchers.reader(due.user_id)) is None:
        return
    outcome = watchers.outcome(due.user_id, due.date, due.cadence)
    if outcome is None:
        variant = variant_of(due.user_id, percent_b())
        outcome = _outcome(publish.cause.id, due, reader, variant, summaries, briefings)
        watchers.keep_outcome(reader, due.date, due.cadence, outcome)
    kept = outcome.briefing
    if kept is None or outcome.cause != publish.cause.id:
        return
    letter = _letter(due, frozenset(kept.tickers), outcome.time_zone, kept.variant or "a", summaries)
    assert letter is not None
    page = letter.with_receipt(_receipt(publish.cause.id, kept)).page
    briefings.put(due.user_id, due.date, due.cadence, text=text_part(page), html=html_part(page))
    # Who left before the parts lay there was not rid of them: whoever comes last takes them away.
    if watchers.has_left(reader):
        briefings.remove(due.user_id, due.date, due.cadence)
        return
    publish(kept)


def _receipt(cause: str, briefing: BriefingPreparedV1) -> str:
    """The id the briefing is announced under, which leads back to all it rests on."""
    return event_id(cause, briefing.detail_type, briefing.subject)


def _letter(
    due: BriefingDue, watched: frozenset[str], time_zone: str, variant: str, summaries: Summaries
) -> Letter | None:
    """Raises SummaryMissing."""
    if due.cadence == WEEKLY:
        return weekly(due.date, summaries.get, watched, variant)
    if (summary := summaries.get(due.date)) is None:
        raise SummaryMissing(f"the summary of {due.date} is not kept; announce it through publish_summary")
    return daily(summary, watched, time_zone, variant)


def _outcome(
    cause: str, due: BriefingDue, reader: Reader, variant: str, summaries: Summaries, briefings: Briefings
) -> Outcome:
    if reader.cadence not in _WANTS.get(due.cadence, ()):
        return Outcome(cause, reader.time_zone, None, NOT_WANTED)
    letter = _letter(due, reader.watched, reader.time_zone, variant, summaries)
    if letter is None:
        return Outcome(cause, reader.time_zone, None, NOTHING_WATCHED)
    text_at, html_at = briefings.addresses(reader.user_id, due.date, due.cadence)
    briefing = BriefingPreparedV1(
        user_id=reader.user_id,
        cadence=due.cadence,
        date=due.date,
        subject_line=letter.subject_line,
        tickers=letter.tickers,
        text_part=text_at,
        html_part=html_at,
        variant=variant,
    )
    return Outcome(cause, reader.time_zone, briefing)
