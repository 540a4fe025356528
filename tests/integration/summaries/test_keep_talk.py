"""GatherDay's real handler beside what questions are answered from."""

import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from itertools import permutations
from typing import Any

import pytest

from contracts.events.envelope import Envelope
from contracts.events.ingestion import PostRemovedV1
from services.summaries.known import KnownTable
from services.summaries.talk import TalkTable
from tests.bench import Bench
from tests.builders import NOON, a_bar, a_forecast, a_post, a_quote, a_ranking, enveloped
from tests.unit.summaries.fakes import DAY
from tests.unit.summaries.test_gathering import found

LATER = NOON + timedelta(minutes=5)
POST = enveloped(a_post(tickers=found("GME", "AMC")))
EDIT = enveloped(a_post(tickers=found("GME", "BB"), text="Sold it all."), at=LATER, key="edit")
REMOVAL = enveloped(PostRemovedV1(post_id=a_post().post_id, why="deleted", removed_at=NOON))


@pytest.fixture(scope="module")
def shared() -> Iterator[Bench]:
    with Bench("summaries", "gather_day") as bench:
        yield bench


@pytest.fixture
def bench(shared: Bench) -> Bench:
    shared.empty()
    return shared


def talk(bench: Bench) -> TalkTable:
    return TalkTable(bench.table("Talk"), days=30)


def rows(bench: Bench) -> list[dict[str, Any]]:
    return list(json.loads(bench.dump())["Talk"])


def test_the_first_words_of_a_post_are_kept_under_each_of_its_tickers(bench: Bench) -> None:
    long = enveloped(a_post(post_id="reddit:t3_long", text="word " * 400, score=9_000))
    assert bench.deliver(POST, long) == []
    loud, quiet = talk(bench).loudest("GME", DAY, 10)
    assert (loud.post_id, len(loud.text)) == ("reddit:t3_long", 500)
    assert quiet.text == "GME is flying\n\nBought more this morning and I am very happy."
    assert [post.post_id for post in talk(bench).loudest("AMC", DAY, 10)] == ["reddit:t3_l6q0aa"]
    assert (talk(bench).count("GME", DAY), talk(bench).count("BB", DAY)) == (2, 0)
    assert all("expires_at" in row for row in bench.table("Talk").scan()["Items"])


def test_any_order_of_a_post_and_its_edit_ends_in_the_edit(bench: Bench) -> None:
    ends = []
    for order in permutations([POST, EDIT, POST]):
        bench.empty()
        assert bench.deliver(*order) == []
        ends.append(rows(bench))
    assert all(end == ends[0] for end in ends)
    assert {row["sk"] for row in ends[0]} == {"HEAD", "ABOUT#GME", "ABOUT#BB"}
    assert "Bought more" not in json.dumps(ends[0])


@pytest.mark.parametrize("order", list(permutations([POST, EDIT, REMOVAL])))
def test_a_removal_leaves_no_word_whatever_comes_after(bench: Bench, order: tuple[Envelope, ...]) -> None:
    assert bench.deliver(*order) == []
    assert rows(bench) == [{"pk": "POST#reddit:t3_l6q0aa", "sk": "HEAD", "removed": True}]


def test_a_crash_between_reading_and_writing_is_made_good(bench: Bench) -> None:
    with bench.refuse("TransactWriteItems"):
        assert bench.deliver(POST) == [0]
    assert rows(bench) == []
    assert bench.deliver(POST) == []
    assert len(rows(bench)) == 3


def test_what_was_said_last_of_a_ticker_is_known_in_any_order(bench: Bench) -> None:
    said = [
        enveloped(a_quote()),
        enveloped(a_quote(as_of=NOON - timedelta(hours=1), price="300.00")),
        enveloped(a_bar()),
        enveloped(a_bar(date="2021-01-26", close="147.98", change_pct="92.71")),
        enveloped(a_forecast()),
        enveloped(a_forecast(date="2021-01-26", probability_up="0.40")),
        enveloped(a_ranking()),
    ]
    dumps = []
    for order in (said, said[::-1], said + said):
        bench.empty()
        assert bench.deliver(*order) == []
        dumps.append(bench.dump())
    assert dumps[0] == dumps[1] == dumps[2]
    known = KnownTable(bench.table("Known"))
    quote = known.quote("GME")
    assert quote is not None
    assert (quote.price, quote.as_of) == (Decimal("347.51"), datetime(2021, 1, 27, 17, tzinfo=UTC))
    assert [str(bar.close) for bar in known.closes("GME", 5)] == ["347.51", "147.98"]
    assert [(str(each.date), str(each.probability_up)) for each in known.forecasts("GME")] == [
        ("2021-01-27", "0.51")
    ]
    assert [(ranking.universe, ranking.top[0].ticker) for ranking in known.rankings()] == [("tracked", "GME")]
    assert known.quote("AMC") is None


def test_one_poisonous_message_fails_alone(bench: Bench) -> None:
    body = json.dumps({"detail-type": "PriceUpdated.v1", "detail": {"data": {}}})
    assert bench.deliver(POST, body, enveloped(a_quote())) == [1]
    assert len(rows(bench)) == 3
