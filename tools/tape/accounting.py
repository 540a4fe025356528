"""What went in must come out, once: counts what was lost or doubled on the way."""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from contracts.events.envelope import Envelope


@dataclass(frozen=True)
class Mail:
    """An e-mail as a mailbox has it."""

    to: str
    text: str


@dataclass(frozen=True)
class Account:
    """Each finding names the thing and what is missing or too much."""

    lost: tuple[str, ...]
    duplicates: tuple[str, ...]


def account(
    events: Sequence[Envelope],
    *,
    parts: Sequence[str],
    inbox: Iterable[tuple[str, str]],
    mailed: Sequence[Envelope],
    mails: Sequence[Mail] | None,
    dead_letters: Sequence[str],
) -> Account:
    """Follows everything through the journal's *events*.

    *parts* are the keys of the archive parts handed in, *inbox* the (user, notification id) pairs held,
    *mailed* the events since the mailbox was looked at and *mails* what it took since (none where it cannot
    be asked), *dead_letters* the queues of those.
    """
    lost = [*_unread(events, parts), *_unscored(events), *_unanswered(events)]
    lost += [*_missing(events, set(inbox)), *(f"dead letter in {queue}" for queue in dead_letters)]
    if mails is None:
        return Account(tuple(lost), tuple(_told_twice(events)))
    lost += _unmailed(mailed, mails)
    return Account(tuple(lost), tuple([*_told_twice(events), *_mailed_twice(mailed, mails)]))


def _unread(events: Sequence[Envelope], parts: Sequence[str]) -> list[str]:
    read = {e.data["collection"] for e in events if e.type == "CollectionCompleted.v1"}
    return [f"{part} was never read to its end" for part in parts if part not in read]


def _unscored(events: Sequence[Envelope]) -> list[str]:
    answered = {
        (e.data["post_id"], e.data["ticker"])
        for e in events
        if e.type in ("SentimentScored.v1", "SentimentWithheld.v1")
    }
    asked = {
        (e.data["post_id"], found["ticker"])
        for e in events
        if e.type == "PostIngested.v1"
        for found in e.data["tickers"]
    }
    return [f"{post} was not scored for {ticker}" for post, ticker in sorted(asked - answered)]


def _unanswered(events: Sequence[Envelope]) -> list[str]:
    ended = {(e.data["notification_id"], e.data.get("channel")) for e in _outcomes(events)}
    return [
        f"alert {e.data['notification_id']} ended nowhere on {channel}"
        for e in events
        if e.type == "AlertFired.v1"
        for channel in e.data["channels"]
        if not {(e.data["notification_id"], channel), (e.data["notification_id"], None)} & ended
    ]


def _missing(events: Sequence[Envelope], inbox: set[tuple[str, str]]) -> list[str]:
    told = [(e.data["user_id"], e.data["notification_id"]) for e in _sent(events, "inbox")]
    return [f"notification {id_} is not in {user}'s inbox" for user, id_ in told if (user, id_) not in inbox]


def _unmailed(events: Sequence[Envelope], mails: Sequence[Mail]) -> list[str]:
    ids = [e.data["notification_id"] for e in _sent(events, "email")]
    return [f"notification {id_} was never mailed" for id_ in ids if not any(id_ in m.text for m in mails)]


def _told_twice(events: Sequence[Envelope]) -> list[str]:
    times = Counter((e.data["notification_id"], e.data["channel"]) for e in _sent(events))
    return [f"{id_} was sent {n} times on {channel}" for (id_, channel), n in times.items() if n > 1]


def _mailed_twice(events: Sequence[Envelope], mails: Sequence[Mail]) -> list[str]:
    """A second mail of an event is one too many, and so is one that no event tells of."""
    ids = {e.data["notification_id"] for e in _sent(events, "email")}
    about = [(mail.to, next((id_ for id_ in ids if id_ in mail.text), None)) for mail in mails]
    strangers = [f"a mail to {to} that no event of this run tells of" for to, id_ in about if id_ is None]
    times = Counter((to, id_) for to, id_ in about if id_)
    return strangers + [f"{id_} was mailed {n} times to {to}" for (to, id_), n in times.items() if n > 1]


def _sent(events: Sequence[Envelope], channel: str | None = None) -> list[Envelope]:
    found = [e for e in events if e.type == "NotificationSent.v1"]
    return [e for e in found if channel in (None, e.data["channel"])]


def _outcomes(events: Sequence[Envelope]) -> list[Envelope]:
    ends = ("NotificationSent.v1", "NotificationFailed.v1", "NotificationHeld.v1")
    return [e for e in events if e.type in ends]
