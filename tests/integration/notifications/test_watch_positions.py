"""WatchPositions through its real handler, the broker and Telegram on the loopback."""

import json
import logging
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta

import boto3
import pytest

from contracts.events.arrivals import Due
from tests.bench import Bench
from tests.integration.notifications.bot_chat import FIVE, KEYS, Vendors, position
from tests.integration.notifications.vendors import TAKEN, answer, stand_in

TEN = datetime(2021, 1, 27, 15, 0, tzinfo=UTC)
LOW = [position(symbol, "0.99") for symbol in "ABCDE"]


@pytest.fixture
def vendor() -> Iterator[Vendors]:
    with stand_in(TAKEN, kind=Vendors) as found:
        assert isinstance(found, Vendors)
        yield found


@contextmanager
def prepared(vendor: Vendors, chats: str = "9, linked", **keys: str | None) -> Iterator[Bench]:
    places = {"TELEGRAM_URL": vendor.url, "ALPACA_URL": vendor.url, "TELEGRAM_CHATS": chats}
    with Bench("notifications", "watch_positions", KEYS_PARAMETER="/keys", **places) as bench:
        told = {name: key for name, key in (KEYS | keys).items() if key}
        boto3.client("ssm").put_parameter(Name="/keys", Value=json.dumps(told), Type="SecureString")
        yield bench


@pytest.fixture
def bench(vendor: Vendors) -> Iterator[Bench]:
    with prepared(vendor) as bench:
        yield bench


@pytest.fixture
def logged() -> Iterator[list[str]]:
    """The warnings of the handler, each with its reason."""
    found: list[str] = []

    class Ear(logging.Handler):
        def emit(self, record: logging.LogRecord) -> None:
            found.append(f"{record.getMessage()} {getattr(record, 'reason', '')}")

    ear = Ear(logging.WARNING)
    logging.getLogger("notifications").addHandler(ear)
    yield found
    logging.getLogger("notifications").removeHandler(ear)


def tick(number: int) -> Due:
    return Due(schedule="positions", due_at=TEN + timedelta(minutes=15 * number))


def said(vendor: Vendors) -> list[str]:
    return [asked.json["text"] for asked in vendor.asked if asked.path.endswith("sendMessage")]


def test_a_crossing_is_told_once_however_long_it_lasts_and_again_when_it_comes_back(
    bench: Bench, vendor: Vendors
) -> None:
    for number, positions in enumerate((LOW, FIVE, FIVE, LOW, FIVE)):
        vendor.positions = positions
        assert bench.deliver(tick(number), tick(number)) == []
    first, second = said(vendor)
    assert first == second
    assert first.startswith("🚨 TAKE PROFIT SIGNAL!")
    assert "Mean of the top five: +100.0 %" in first


def test_a_tick_that_comes_late_changes_nothing(bench: Bench, vendor: Vendors) -> None:
    assert bench.deliver(tick(1)) == []
    vendor.positions = LOW
    assert bench.deliver(tick(0), "nonsense") == [1]
    vendor.positions = FIVE
    assert bench.deliver(tick(2)) == []
    assert len(said(vendor)) == 1


def test_four_positions_have_no_signal(bench: Bench, vendor: Vendors) -> None:
    vendor.positions = FIVE[:4]
    assert bench.deliver(tick(0)) == []
    assert said(vendor) == []


def test_after_a_crash_or_a_wait_the_signal_is_told_by_the_next_try(bench: Bench, vendor: Vendors) -> None:
    vendor.answers = [answer(429, {"ok": False, "parameters": {"retry_after": 3}}), TAKEN]
    assert bench.deliver(tick(0)) == [0]
    assert bench.deliver(tick(0), tick(0), tick(1)) == []
    assert len(said(vendor)) == 2, "the refused one, and the one that was taken"


def test_a_chat_that_is_gone_is_told_of_in_the_log_and_holds_nobody_up(
    bench: Bench, vendor: Vendors, logged: list[str]
) -> None:
    vendor.answers = [answer(403, {"ok": False, "description": "Forbidden: bot was blocked"})]
    assert bench.deliver(tick(0)) == []
    assert logged == ["signal.not_told Telegram: Forbidden: bot was blocked"]


@pytest.mark.parametrize(
    ("chats", "key", "why"),
    [("9", None, "no broker's keys are set"), ("linked", "AK", "no chat of the operator's is named")],
)
def test_what_is_not_set_up_is_skipped_aloud(
    vendor: Vendors, logged: list[str], chats: str, key: str | None, why: str
) -> None:
    with prepared(vendor, chats, alpaca_key_id=key) as bench:
        assert bench.deliver(tick(0)) == []
    assert vendor.asked == []
    assert logged == [f"positions.unwatched {why}"]
