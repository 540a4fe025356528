"""The account finds what is lost or doubled; an account that cannot find it would be worth nothing."""

from typing import Any

import pytest

from contracts.events.envelope import Envelope, announce
from contracts.events.notifications import NotificationSentV1
from tests.builders import NOON, a_post, a_score, an_alert, enveloped
from tools.tape.accounting import Account, Mail, account

POST = enveloped(a_post())
SCORE = announce(a_score(), cause=POST, at=NOON)
ALERT = enveloped(an_alert())


def _sent(channel: str, key: str = "") -> Envelope:
    event = NotificationSentV1(
        notification_id="n-1",
        user_id="alice",
        ticker="GME",
        rule="price_move",
        channel=channel,
        title="GME",
        reason="moved",
        occurred_at=NOON,
        evidence=("e",),
    )
    return enveloped(event, key=key)


INBOX, EMAIL = _sent("inbox"), _sent("email")
MAIL = Mail("alice@example.com", "Why: tape why n-1")


def _account(*events: Envelope, **changes: Any) -> Account:
    given: dict[str, Any] = {
        "parts": [],
        "inbox": [("alice", "n-1")],
        "mailed": events,
        "mails": [MAIL] if EMAIL in events else [],
        "dead_letters": [],
    }
    return account(events, **given | changes)


def test_a_whole_story_is_neither_lost_nor_doubled() -> None:
    assert _account(POST, SCORE, ALERT, INBOX, EMAIL) == Account((), ())


@pytest.mark.parametrize(
    ("events", "changes", "finding"),
    [
        ([POST], {}, "was not scored for GME"),
        ([ALERT, INBOX], {}, "ended nowhere on email"),
        ([INBOX], {"inbox": []}, "is not in alice's inbox"),
        ([EMAIL], {"mails": []}, "n-1 was never mailed"),
        ([], {"parts": ["raw/a.ndjson"]}, "raw/a.ndjson was never read"),
        ([], {"dead_letters": ["posts-dead"]}, "dead letter in posts-dead"),
    ],
)
def test_what_is_missing_is_named(events: list[Envelope], changes: dict[str, Any], finding: str) -> None:
    found = _account(*events, **changes)
    assert [item for item in found.lost if finding in item], found


@pytest.mark.parametrize(
    ("events", "changes", "finding"),
    [
        ([INBOX, _sent("inbox", key="again")], {}, "n-1 was sent 2 times on inbox"),
        ([EMAIL], {"mails": [MAIL, MAIL]}, "n-1 was mailed 2 times to alice@example.com"),
        ([], {"mails": [MAIL]}, "a mail to alice@example.com that no event of this run tells of"),
    ],
)
def test_what_came_twice_is_named(events: list[Envelope], changes: dict[str, Any], finding: str) -> None:
    assert finding in _account(*events, **changes).duplicates
