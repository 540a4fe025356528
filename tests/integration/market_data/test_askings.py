"""The table of askings: turns and fresh answers, shared by workers that know nothing of each other."""

from collections.abc import Iterator
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest

from services.market_data.alpaca import Alpaca
from services.market_data.answers import AnswersTable
from services.market_data.asking import Quote, Unavailable
from services.market_data.pacing import Pace, Standing
from services.market_data.polite import Polite
from services.market_data.turns import TurnsTable
from tests.bench import Bench
from tests.builders import NOON
from tests.integration.market_data.stand_in import Reply, standing_in
from tests.integration.market_data.test_vendors import Kept, alpaca_quote
from tests.unit.market_data.doubles import a_day, a_price

LATER = NOON + timedelta(minutes=5)
HOUR = timedelta(hours=1)
PACE = Pace(60)


@pytest.fixture(scope="module")
def bench() -> Iterator[Bench]:
    with Bench("market_data", "collect_quotes", PROVIDERS="recorded") as bench:
        yield bench


def turns(bench: Bench, jitter: float = 0) -> TurnsTable:
    return TurnsTable(
        bench.table("Askings"),
        {"one": PACE, "two": PACE, "three": PACE, "four": PACE, "alpaca": PACE},
        lambda: jitter,
    )


def test_workers_at_the_same_moment_have_turns_one_after_another(bench: Bench) -> None:
    waits = [turns(bench).take("one", NOON, HOUR) for _ in range(4)]
    assert waits == [n * PACE.interval for n in range(4)]


def test_a_worker_overtaken_between_its_look_and_its_write_takes_the_turn_after(bench: Bench) -> None:
    overtaking: list[Any] = []

    class Slow(TurnsTable):
        def _read(self, vendor: str) -> Standing:
            stood = super()._read(vendor)
            if not overtaking:
                overtaking.append(turns(bench).take(vendor, NOON, HOUR))
            return stood

    slow = Slow(bench.table("Askings"), {"four": PACE}, lambda: 0)
    assert slow.take("four", NOON, HOUR) == PACE.interval
    assert overtaking == [timedelta()]


def test_a_vendor_that_limited_one_worker_is_left_alone_by_all_until_one_found_out(bench: Bench) -> None:
    one, other = turns(bench), turns(bench)
    limited = Unavailable("rate_limited", "429", timedelta(seconds=90))
    assert one.take("two", NOON, HOUR) == timedelta()
    one.failed("two", limited, NOON)
    refused = other.take("two", NOON + timedelta(seconds=30), HOUR)
    assert isinstance(refused, Unavailable)
    assert (refused.reason, refused.rest) == ("rate_limited", timedelta(seconds=60))
    after = NOON + timedelta(seconds=91)
    assert other.take("two", after, HOUR) == timedelta()
    assert isinstance(one.take("two", after + timedelta(seconds=5), HOUR), Unavailable)
    other.worked("two")
    assert one.take("two", after + timedelta(seconds=5), HOUR) == timedelta()


def test_three_failures_of_different_workers_are_three_in_a_row(bench: Bench) -> None:
    for _ in range(3):
        assert turns(bench).take("three", NOON + HOUR, HOUR) is not None
        turns(bench).failed("three", Unavailable("unreachable", "hangs"), NOON + HOUR)
    refused = turns(bench).take("three", NOON + HOUR, HOUR)
    assert isinstance(refused, Unavailable)
    assert refused.reason == "unreachable"


@pytest.mark.parametrize(
    "answer",
    [
        a_price(feed="iex"),
        [a_day(), a_day(date(2021, 1, 26), feed="sip")],
        [],
        Unavailable("delisted", "gone", HOUR),
    ],
)
def test_an_answer_is_kept_as_it_was_until_it_is_no_longer_fresh(bench: Bench, answer: Any) -> None:
    table, key = AnswersTable(bench.table("Askings")), f"kept {answer}"
    assert table.claim(key, NOON, LATER) is True
    assert table.claim(key, NOON, LATER) is False
    table.keep(key, answer, LATER)
    assert table.claim(key, LATER - timedelta(seconds=1), LATER) == answer
    assert table.claim(key, LATER, LATER + HOUR) is True


def test_an_answer_too_large_for_an_item_is_not_asked_for_again_meanwhile_either(bench: Bench) -> None:
    table = AnswersTable(bench.table("Askings"))
    assert table.claim("large", NOON, LATER) is True
    table.keep("large", [a_day()] * 3000, LATER)
    assert table.claim("large", NOON, LATER) is False


def test_a_question_given_up_is_free_for_the_next(bench: Bench) -> None:
    table = AnswersTable(bench.table("Askings"))
    assert table.claim("given up", NOON, LATER) is True
    table.give_up("given up")
    assert table.claim("given up", NOON, LATER) is True


def test_two_workers_make_one_request_for_a_ticker(bench: Bench) -> None:
    waited: list[float] = []
    with standing_in() as server:
        server.reply = Reply(alpaca_quote(347.51))

        def polite() -> Polite:
            alpaca, askings = Alpaca(Kept(), "iex", server.base), bench.table("Askings")
            return Polite(alpaca, turns(bench), AnswersTable(askings), lambda: NOON, waited.append)

        answers = [polite().quotes(["GME"], NOON, lambda: HOUR)["GME"] for _ in range(3)]
    assert len(server.asked) == 1
    first = answers[0]
    assert isinstance(first, Quote)
    assert (first.price, first.feed) == (Decimal("347.51"), "iex")
    assert answers == [first] * 3
