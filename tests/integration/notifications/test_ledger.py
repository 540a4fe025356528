"""The ledger and the lanes, where many come at once."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from threading import Barrier, RLock
from types import SimpleNamespace
from typing import Any

import boto3
import pytest

from services.notifications.delivering import InHand
from services.notifications.lanes import LaneCrowded, LanesTable
from services.notifications.ledger import Ledger
from tests.bench import Bench
from tests.builders import NOON

AT_ONCE = 100
SECOND = timedelta(seconds=1)


@pytest.fixture
def bench() -> Iterator[Bench]:
    """Each call of AWS is atomic, as DynamoDB's are, which moto's are not between threads."""
    with Bench("notifications", "deliver", ALERTS_QUEUE="alerts", MAILS_PER_SECOND="1") as bench:
        one_at_a_time = RLock()
        assert boto3.DEFAULT_SESSION is not None

        def begin(**_: Any) -> None:
            one_at_a_time.acquire()

        def end(**_: Any) -> None:
            one_at_a_time.release()

        boto3.DEFAULT_SESSION.events.register("before-call", begin)
        boto3.DEFAULT_SESSION.events.register("after-call", end)
        yield bench


def workers(bench: Bench, number: int, ambiguous: list[str]) -> list[Ledger]:
    """As many as there are Lambdas: each with a ledger and a client of its own."""
    found = []
    for _ in range(number):
        ledger = Ledger(
            bench.table("Ledger").name, boto3.client("dynamodb"), ambiguous=lambda key: ambiguous.append(key)
        )
        context = SimpleNamespace(get_remaining_time_in_millis=lambda: 30_000)
        ledger.watching(lambda event, _: event)({}, context)
        found.append(ledger)
    return found


def test_a_hundred_repeats_at_once_are_one_message(bench: Bench) -> None:
    sent: list[str] = []
    ambiguous: list[str] = []
    start = Barrier(AT_ONCE)

    def mail() -> str:
        sent.append("mail")
        return "m-1"

    def send(ledger: Ledger) -> str:
        start.wait()
        try:
            return ledger.once("n-1/email", mail)
        except InHand:
            return "in hand"

    with ThreadPoolExecutor(AT_ONCE) as pool:
        answers = list(pool.map(send, workers(bench, AT_ONCE, ambiguous)))
    assert sent == ["mail"]
    assert set(answers) <= {"m-1", "in hand"}
    assert ambiguous == []
    again = workers(bench, 1, ambiguous)[0]
    assert again.knows("n-1/email")
    assert again.once("n-1/email", lambda: pytest.fail("a second mail")) == "m-1"


def test_messages_that_come_at_once_get_moments_of_their_own_a_second_apart(bench: Bench) -> None:
    lanes = LanesTable(bench.table("Ledger"))
    slots: list[Any] = []
    start = Barrier(8)

    def ask(_: int) -> None:
        start.wait()
        while True:
            try:
                slots.append(lanes.slot("slack/C1", spacing=SECOND, now=NOON, reserved=None))
            except LaneCrowded:
                continue
            return

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(ask, range(8)))
    taken = sorted(slot or NOON for slot in slots)
    assert taken == [NOON + n * SECOND for n in range(8)]
    assert lanes.slot("slack/C2", spacing=SECOND, now=NOON, reserved=None) is None


def test_a_moment_that_was_set_aside_is_kept_unless_a_pause_took_it_away(bench: Bench) -> None:
    lanes = LanesTable(bench.table("Ledger"))
    own = NOON + 5 * SECOND
    lanes.slot("telegram/42", spacing=SECOND, now=NOON, reserved=None)
    assert lanes.slot("telegram/42", spacing=SECOND, now=NOON, reserved=own) == own
    assert lanes.slot("telegram/42", spacing=SECOND, now=own, reserved=own) is None
    lanes.pause("telegram/42", until=NOON + 60 * SECOND)
    lanes.pause("telegram/42", until=NOON + 30 * SECOND)
    after = [lanes.slot("telegram/42", spacing=SECOND, now=own, reserved=own) for _ in range(2)]
    assert after == [NOON + 60 * SECOND, NOON + 61 * SECOND]


def test_a_lane_names_nobody(bench: Bench) -> None:
    LanesTable(bench.table("Ledger")).slot("email/alice@example.com", spacing=SECOND, now=NOON, reserved=None)
    assert "alice" not in bench.dump()
