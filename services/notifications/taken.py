"""What was taken at the HTTP front and waits in a queue of ours; never on the bus."""

from collections.abc import Callable
from datetime import datetime
from typing import Literal

from contracts.events.envelope import Envelope, Event, Instant, announce

SOURCE = "tickertape.notifications"

Clock = Callable[[], datetime]
Enqueue = Callable[[Envelope], None]


class UpdateTaken(Event, source=SOURCE, detail_type="UpdateTaken", about=("update_id",)):
    """An update of Telegram's, as the bot is to answer it."""

    update_id: int
    chat: str
    text: str
    pressed: str | None = None
    message: str | None = None
    first_name: str = ""
    at: Instant


class ReportTaken(Event, source=SOURCE, detail_type="ReportTaken", about=("report_id",)):
    """A third party's monitor has something to say. Its words are a stranger's."""

    report_id: str
    sender: str
    kind: str
    title: str
    text: str
    run: str | None = None
    status: str | None = None
    facts: tuple[tuple[str, str], ...] = ()


class FeedbackTaken(Event, source=SOURCE, detail_type="FeedbackTaken", about=("message_id",)):
    """The mail service says what became of mails; *confirm* is where a topic wants to hear that we listen."""

    message_id: str
    kind: Literal["bounce", "complaint", "confirmation"]
    why: str = ""
    recipients: tuple[str, ...] = ()
    confirm: str | None = None


class BrowserTaken(Event, source=SOURCE, detail_type="BrowserTaken", about=("user_id", "browser_id", "at")):
    """A user lets us push to a browser, or no longer does."""

    user_id: str
    browser_id: str
    subscription: str | None
    at: Instant


class UnsubscribeTaken(
    Event, source=SOURCE, detail_type="UnsubscribeTaken", about=("user_id", "address_key")
):
    """A reader turned mail off by the link in a mail."""

    user_id: str
    address_key: str
    at: Instant


def wrapped(event: Event, at: datetime) -> Envelope:
    """*event* as it waits in the queue; the same event has the same id."""
    return announce(event, key=f"{event.detail_type}/{event.subject}", at=at)
