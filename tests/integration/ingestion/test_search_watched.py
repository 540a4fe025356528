"""CollectPosts searches for what is watched: through its real handler, PRAW and Reddit's stand-in."""

from datetime import UTC, datetime
from itertools import count
from typing import Any

import pytest

from services.ingestion.interests import InterestsTable
from services.ingestion.looking import SourceUnavailable, TryLater
from services.ingestion.noting import Interest
from services.ingestion.reddit import VISIT, Reddit
from services.ingestion.searches import SearchesTable
from services.ingestion.searching import NEVER, Turn
from services.ingestion.threads import sought
from tests.bench import Bench, Killed
from tests.integration.ingestion.reddit_stand_in import StandIn, reddit, submission
from tests.integration.ingestion.test_collect_posts import (
    LATER,
    NOON,
    QUARTER,
    ends,
    landed,
    refill,
    tick,
    unique,
    waiting,
    with_reddit,
)
from tests.integration.ingestion.test_reddit import Open

EARLIER = LATER - 5 * 3600


def watched(bench: Bench, **tickers: int) -> None:
    """So many users follow each."""
    table = InterestsTable(bench.table("Interests"))
    for ticker, users in tickers.items():
        for user in range(users):
            table.note(Interest(f"user-{user}", ticker, "follow", True, NOON))


def about(ticker: str, id_: str, at: float = EARLIER, **changes: Any) -> Any:
    return submission(id_, at, title=f"{ticker} it is", selftext="So much for today.", **changes)


def searches(stand_in: StandIn) -> list[str]:
    return [path for path in stand_in.asked if path.endswith("/search")]


def told(caplog: pytest.LogCaptureFixture, what: str) -> list[dict[str, Any]]:
    return [vars(record) for record in caplog.records if record.message == what]


def test_what_is_watched_is_searched_for_after_all_listings_and_lands_beside_them() -> None:
    with with_reddit("stocks,investing") as (bench, stand_in):
        watched(bench, GME=2, AMC=1)
        stand_in.new["stocks"] = [about("GME", "p1", LATER), about("F", "p2", LATER)]
        stand_in.buried["stocks"] = [about("GME", "old"), about("AMC", "older"), about("F", "never")]
        stand_in.buried["investing"] = [about("$GME", "other")]

        assert bench.deliver(tick()) == []

        assert landed(bench) == [f"reddit:t3_{id_}" for id_ in ("old", "older", "other", "p1", "p2")]
        asked = stand_in.asked
        assert asked[-4:] == ["/r/investing/search", "/r/stocks/search"] * 2
        assert [query["q"] for query in stand_in.searched] == [sought("GME")] * 2 + [sought("AMC")] * 2
        assert (stand_in.searched[0]["t"], stand_in.searched[0]["sort"]) == ("day", "new")


def test_searches_move_neither_the_window_nor_what_it_tells() -> None:
    dumps, said = [], []
    for tickers in ({}, {"GME": 1}):
        with with_reddit() as (bench, stand_in):
            watched(bench, **tickers)
            stand_in.new["stocks"] = [about("F", "p1", LATER)]
            stand_in.buried["stocks"] = [about("GME", "old"), about("GME", "fresh", LATER)]
            bench.deliver(tick())
            assert len(landed(bench)) == 1 + 2 * len(tickers)
            windows = bench.table("Coverage").scan()["Items"]
            dumps.append([item for item in windows if item["pk"] == "COMMUNITY#reddit#stocks"])
            said.append([(end["found"], end["new"], end["gaps"]) for end in ends(bench)])
    assert dumps[0] == dumps[1]
    assert said[0] == said[1] == [(1, 1, [])]


def test_nobody_watches_anything_and_nothing_is_searched() -> None:
    with with_reddit() as (bench, stand_in):
        stand_in.buried["stocks"] = [about("GME", "old")]
        bench.deliver(tick())
        assert searches(stand_in) == []
        assert "SEARCHED" not in bench.dump()


def test_a_ticker_nobody_watches_any_more_is_not_searched_for() -> None:
    with with_reddit() as (bench, stand_in):
        watched(bench, GME=1)
        InterestsTable(bench.table("Interests")).forget("user-0", NOON)
        bench.deliver(tick())
        assert searches(stand_in) == []


def test_a_watched_ticker_that_is_no_symbol_of_ours_is_told_and_not_asked_for(
    caplog: pytest.LogCaptureFixture,
) -> None:
    with with_reddit() as (bench, stand_in):
        watched(bench, ZZZZZZ=3, GME=1)
        bench.deliver(tick())
        assert [query["q"] for query in stand_in.searched] == [sought("GME")]
    (said,) = told(caplog, "watched.searched")
    assert (said["searches"], said["unknown"], said["unknown_named"]) == (1, 1, ["ZZZZZZ"])


def test_a_limit_reached_in_searches_keeps_the_listings_and_ends_the_tick(
    caplog: pytest.LogCaptureFixture,
) -> None:
    with with_reddit("stocks,investing") as (bench, stand_in):
        watched(bench, GME=1, AMC=1)
        stand_in.new["stocks"] = [about("F", "p1", LATER)]
        stand_in.buried["investing"] = [about("AMC", "old")]
        stand_in.faults["/r/stocks/search"] = [(429, {"Retry-After": "300"})]

        assert bench.deliver(tick()) == []

        assert searches(stand_in) == ["/r/investing/search", "/r/stocks/search"]
        assert landed(bench) == ["reddit:t3_old", "reddit:t3_p1"]
        assert waiting() == 0
        assert [(end["found"], end["failed"], end["gaps"]) for end in ends(bench)] == [(1, 0, [])]
        assert "BREAKER#reddit" in bench.dump()
    (said,) = told(caplog, "search.waits")
    assert (said["community"], said["ticker"]) == ("stocks", "AMC")


def test_where_searches_were_broken_off_the_next_tick_goes_on() -> None:
    with with_reddit("stocks,investing") as (bench, stand_in):
        watched(bench, AMC=1, GME=1)
        for number in range(3):
            stand_in.faults["/r/stocks/search"] = [(429, {})] * (number == 0)
            assert bench.deliver(tick(NOON + number * QUARTER)) == []
        turns = [(query["community"], query["q"]) for query in stand_in.searched]
        in_turn = [(place, sought(ticker)) for ticker in ("AMC", "GME") for place in ("investing", "stocks")]
        assert turns[:5] == [*in_turn, in_turn[0]]
        assert len(ends(bench)) == 3


def test_each_search_is_paid_from_the_budget_all_workers_share() -> None:
    with with_reddit() as (bench, stand_in):
        watched(bench, AMC=1, GME=1)
        for shard in range(2):
            # Far ahead, its clock gives nothing back.
            item = {"pk": f"BUDGET#reddit#{shard}", "tokens": 15, "at": "2200-01-01T00:00:00.000000+00:00"}
            bench.table("Sources").put_item(Item=item)
        bench.deliver(tick())
        shards = [item for item in bench.table("Sources").scan()["Items"] if item["pk"].startswith("BUDGET#")]
        assert 30 - sum(shard["tokens"] for shard in shards) == len(stand_in.asked) - 1 == 5


def test_a_listing_that_must_wait_leaves_nothing_to_searches() -> None:
    with with_reddit("stocks,investing") as (bench, stand_in):
        watched(bench, GME=1)
        stand_in.faults["/r/investing/new"] = [(429, {})]
        assert bench.deliver(tick()) == []
        assert searches(stand_in) == []
        assert bench.deliver(tick()) == []
        assert searches(stand_in) == ["/r/investing/search"]


def test_a_repeat_searches_for_nothing_and_announces_the_same() -> None:
    with with_reddit() as (bench, stand_in):
        watched(bench, GME=1)
        bench.deliver(tick())
        before, said, asked = bench.dump(), bench.announced(), list(stand_in.asked)
        bench.deliver(tick())
        assert (bench.dump(), bench.announced(), stand_in.asked) == (before, said * 2, asked)


def test_a_community_that_is_closed_is_not_searched_and_a_closed_search_stops_no_other() -> None:
    with with_reddit("closed,stocks") as (bench, stand_in):
        watched(bench, GME=1, AMC=1)
        stand_in.buried["stocks"] = [about("GME", "old")]
        stand_in.faults = {"/r/closed/new": [(403, {})], "/r/stocks/search": [(403, {})]}
        assert bench.deliver(tick()) == []
        assert searches(stand_in) == ["/r/stocks/search"] * 2
        assert landed(bench) == ["reddit:t3_old"]


def test_what_searches_brought_before_is_known_by_its_id() -> None:
    with with_reddit() as (bench, stand_in):
        watched(bench, GME=1)
        stand_in.buried["stocks"] = [about("GME", "old")]
        bench.deliver(tick())
        (part,) = [found.key for found in bench.bucket().objects.all()]
        bench.table("Posts").put_item(Item={"pk": "reddit:t3_old", "part": part})
        bench.deliver(tick(NOON + QUARTER))
        assert len(searches(stand_in)) == 2
        assert landed(bench) == ["reddit:t3_old"]


@pytest.mark.parametrize("after", [False, True])
def test_killed_at_any_call_of_aws_nothing_listed_is_lost_and_the_next_ticks_search(after: bool) -> None:
    with with_reddit() as (bench, stand_in):
        watched(bench, GME=1)
        killed = list[str]()
        for call in count(1):
            at = NOON + call * QUARTER
            stand_in.new["stocks"] = [about("F", f"p{call}", at.timestamp() - 60)]
            stand_in.buried["stocks"] = [about("GME", f"b{call}"), *stand_in.buried.get("stocks", [])]
            refill(bench)
            try:
                with bench.kill_at(call, after=after):
                    bench.deliver(tick(at))
                break
            except Killed as where:
                killed.append(str(where))
            assert bench.deliver(tick(at)) == [], killed
        assert len([end for end in unique(bench) if (end["found"], end["gaps"]) == (1, [])]) == call
        wanted = [f"reddit:t3_{kind}{number}" for kind in "bp" for number in range(1, call + 1)]
        assert sorted(set(landed(bench))) == sorted(wanted)


def test_a_turn_is_remembered_by_community_and_ticker_as_it_last_was() -> None:
    with Bench("ingestion", "collect_posts") as bench:
        table = SearchesTable(bench.table("Coverage"))
        table.note("reddit", Turn("stocks", "GME", NEVER), NOON)
        table.note("reddit", Turn("investing", "AMC", NEVER), NOON)
        table.note("reddit", Turn("stocks", "GME", NOON), NOON + QUARTER)
        assert table.last("reddit", "stocks") == {"GME": NOON + QUARTER}


@pytest.mark.parametrize(
    ("ticker", "query"),
    [("OR", '"OR" OR "$OR"'), ("BRK.B", '"BRK.B" OR "$BRK.B"'), ("GME", '"GME" OR "$GME"')],
)
def test_what_is_searched_for_is_in_quotes(ticker: str, query: str) -> None:
    assert sought(ticker) == query


def test_a_search_stays_in_its_community_and_asks_once() -> None:
    with reddit() as stand_in:
        stand_in.buried = {
            "stocks": [about("GME", f"p{n}") for n in range(150)],
            "other": [about("GME", "x")],
        }
        rows = client(stand_in).search("stocks", "GME", NOON)
    assert len(rows) == 100
    assert {row["name"] for row in rows} == {f"t3_p{number}" for number in range(100)}
    assert all("all_awardings" not in row for row in rows)


def test_a_worker_without_time_searches_for_nothing() -> None:
    with reddit() as stand_in, pytest.raises(TryLater, match="no time"):
        client(stand_in).search("stocks", "GME", NOON - VISIT - QUARTER)
    assert searches(stand_in) == []


@pytest.mark.parametrize(("status", "raised"), [(403, SourceUnavailable), (429, TryLater), (500, TryLater)])
def test_a_search_says_no_as_listings_do(status: int, raised: type[Exception]) -> None:
    with reddit() as stand_in:
        stand_in.faults["/r/stocks/search"] = [(status, {})] * 3
        with pytest.raises(raised, match=str(status)):
            client(stand_in).search("stocks", "GME", NOON)


def client(stand_in: StandIn) -> Reddit:
    return Reddit(stand_in.credentials, ("stocks",), Open(), lambda: datetime(2021, 1, 27, 17, tzinfo=UTC))
