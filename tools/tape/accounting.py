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
    lines: int,
    inbox: Iterable[tuple[str, str]],
    mails: Sequence[Mail] | None,
    dead_letters: Sequence[str],
) -> Account:
    """Follows everything through the journal's *events*.

    *lines* is how many archive lines were handed in, *inbox* the (user, notification id) pairs people hold,
    *mails* what the mail server took (none where it cannot be asked), *dead_letters* the queues of those.
    """
    lost = [*_unread_lines(events, lines), *_unscored(events), *_unanswered(events)]
    lost += [*_undelivered(events, set(inbox), mails), *(f"dead letter in {queue}" for queue in dead_letters)]
    return Account(tuple(lost), tuple([*_told_twice(events), *_mailed_twice(events, mails or ())]))


def _unread_lines(events: Sequence[Envelope], lines: int) -> list[str]:
    read = sum(e.data["found"] + e.data["failed"] for e in events if e.type == "CollectionCompleted.v1")
    return [f"{lines - read} archive lines were never read"] if read < lines else []


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


def _undelivered(
    events: Sequence[Envelope], inbox: set[tuple[str, str]], mails: Sequence[Mail] | None
) -> list[str]:
    findings = []
    for event in _sent(events):
        id_, user = event.data["notification_id"], event.data["user_id"]
        if event.data["channel"] == "inbox" and (user, id_) not in inbox:
            findings.append(f"notification {id_} is not in {user}'s inbox")
        if event.data["channel"] == "email" and mails is not None and not any(id_ in m.text for m in mails):
            findings.append(f"notification {id_} was never mailed to {user}")
    return findings


def _told_twice(events: Sequence[Envelope]) -> list[str]:
    times = Counter((e.data["notification_id"], e.data["channel"]) for e in _sent(events))
    return [f"{id_} was sent {n} times on {channel}" for (id_, channel), n in times.items() if n > 1]


def _mailed_twice(events: Sequence[Envelope], mails: Sequence[Mail]) -> list[str]:
    ids = {e.data["notification_id"] for e in _sent(events) if e.data["channel"] == "email"}
    times = Counter((mail.to, id_) for mail in mails for id_ in ids if id_ in mail.text)
    return [f"{id_} was mailed {n} times to {to}" for (to, id_), n in times.items() if n > 1]


def _sent(events: Sequence[Envelope]) -> list[Envelope]:
    return [e for e in events if e.type == "NotificationSent.v1"]


def _outcomes(events: Sequence[Envelope]) -> list[Envelope]:
    ends = ("NotificationSent.v1", "NotificationFailed.v1", "NotificationHeld.v1")
    return [e for e in events if e.type in ends]
