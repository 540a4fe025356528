"""Strangers' text in every channel: it is shown, nothing of it acts, and something is always there."""

import json
import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass, field
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from contracts.events.notifications import AlertFiredV1
from services.notifications import inbox
from services.notifications.blocks import alert_blocks, fallback
from services.notifications.mail import Mail
from services.notifications.plain import utf16
from services.notifications.push import shown
from services.notifications.taken import ReportTaken
from services.notifications.team import job_completed, report_text
from services.notifications.telegram import LONGEST, alert_text
from tests.builders import an_alert

CORPUS = [
    json.loads(line) for line in (Path(__file__).parent / "hostile.jsonl").read_text("utf-8").splitlines()
]
RECEIPT = "Why: tape why n-1"
TAGS = {"html", "head", "meta", "title", "body", "main", "h1", "p"}
ATTRIBUTES = {"lang", "charset", "name", "content", "style"}
LINKS = re.compile(
    r"[A-Za-z][A-Za-z0-9+.-]*://|\bwww\.\w|[\w-]\.[^\W\d_]{2}|[@#]\w|\$[A-Za-z]|(?<!\w)/[A-Za-z]"
    r"|\b(mailto|tel|javascript|data):[^\s\u2060]"
)
"""What clients make links of by themselves, said without looking at how we prevent it."""
SEEN_THROUGH = {"\n", "\ufe0f", "\u2060"}


def stranger(text: str) -> AlertFiredV1:
    """An alert whose every word is a stranger's; half characters and NULs cannot be on the bus."""
    sent = text.encode("utf-8", "replace").decode().replace("\x00", "")
    title = sent[:200]
    paragraphs = [one for one in sent[:3900].split("\n\n") if one] or [sent[:3900]]
    return an_alert().model_copy(
        update={"title": title, "reason": title, "body": "\n\n".join([*paragraphs, RECEIPT])}
    )


@dataclass
class Ses:
    sent: list[dict[str, Any]] = field(default_factory=list)

    def send_email(self, **request: Any) -> dict[str, str]:
        self.sent.append(request["Content"]["Simple"])
        return {"MessageId": "1"}


class Page(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.tags: set[str] = set()
        self.attributes: set[str] = set()
        self.words: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.add(tag)
        self.attributes |= {name for name, _ in attrs}

    def handle_data(self, data: str) -> None:
        self.words.append(data)

    def handle_comment(self, data: str) -> None:
        self.tags.add("comment")


def texts(blocks: Any) -> Iterator[dict[str, Any]]:
    """Every text object of a message in Slack."""
    if isinstance(blocks, dict):
        if "text" in blocks and isinstance(blocks["text"], str):
            yield blocks
        for value in blocks.values():
            yield from texts(value)
    elif isinstance(blocks, list):
        for one in blocks:
            yield from texts(one)


def check(text: str) -> None:
    alert = stranger(text)
    for told in [*in_slack(alert), in_telegram(alert), *in_mail(alert), *in_inbox(alert), *in_a_report(text)]:
        inactive(told)
    title, body = in_push(alert)
    hidden_in_none(title)
    hidden_in_none(body)


def inactive(told: str) -> None:
    hidden_in_none(told)
    assert LINKS.search(told.replace(RECEIPT, "")) is None, told[:200]


def hidden_in_none(told: str) -> None:
    assert told.strip("\u2060 \n")
    odd = [
        f"U+{ord(sign):04X}"
        for sign in told
        if unicodedata.category(sign)[0] == "C" and sign not in SEEN_THROUGH
    ]
    assert odd == []


def in_slack(alert: AlertFiredV1) -> Iterator[str]:
    blocks = alert_blocks(alert)
    assert len(blocks) <= 50
    for found in texts(blocks):
        assert found["type"] == "plain_text"
        assert found["emoji"] is False
        assert 0 < len(found["text"]) <= 3000
        yield found["text"]
    assert len(blocks[0]["text"]["text"]) <= 150
    told = fallback(alert.title)
    assert re.search(r"[<>]|&(?!amp;|lt;|gt;)", told) is None
    yield told


def in_telegram(alert: AlertFiredV1) -> str:
    told, entities = alert_text(alert)
    assert utf16(told) <= LONGEST
    assert [entity["type"] for entity in entities] == ["bold"]
    assert told.endswith(RECEIPT)
    return told


def in_mail(alert: AlertFiredV1) -> Iterator[str]:
    ses: Any = Ses()
    Mail(ses, lambda _: None, sender="alerts@tickertape.example").send("alice@example.com", alert)
    [message] = ses.sent
    assert not set("\r\n") & set(message["Subject"]["Data"])
    page = Page()
    page.feed(message["Body"]["Html"]["Data"])
    assert page.tags <= TAGS
    assert page.attributes <= ATTRIBUTES
    yield message["Subject"]["Data"]
    yield message["Body"]["Text"]["Data"]
    yield "".join(page.words)


def in_push(alert: AlertFiredV1) -> tuple[str, str]:
    told = json.loads(shown(alert))
    assert set(told) == {"title", "body", "tag", "why"}
    return told["title"], told["body"]


def in_inbox(alert: AlertFiredV1) -> list[str]:
    told = inbox.shown(alert)
    assert set(told) == {"title", "body", "reason"}
    assert told["body"].endswith(RECEIPT)
    return [*told.values()]


def in_a_report(text: str) -> Iterator[str]:
    given = text.encode("utf-8", "replace").decode().replace("\x00", "")
    report = ReportTaken(
        report_id="r-1", sender="monitor", kind="job.completed", title=given[:150], text=given[:3000],
        run=given[:100], status=given[:100], facts=((given[:100], given[:100]),),
    )  # fmt: skip
    _, blocks = job_completed(report)
    for found in texts(blocks):
        assert found["type"] == "plain_text"
        yield found["text"]
    yield report_text(report)


@pytest.mark.parametrize("kind", sorted({one["kind"] for one in CORPUS}))
def test_of_what_strangers_write_nothing_acts_and_nothing_is_empty(kind: str) -> None:
    for one in CORPUS:
        if one["kind"] == kind:
            check(one["text"])


@settings(max_examples=150, deadline=None)
@given(st.text(max_size=300))
def test_nor_does_anything_anybody_could_write(text: str) -> None:
    check(text)


def test_the_corpus_is_as_large_as_it_says() -> None:
    assert len({one["id"] for one in CORPUS}) == len(CORPUS) >= 220
