"""Reddit through its real client, PRAW, against a stand-in on the loopback."""

from collections.abc import Collection, Iterator
from datetime import UTC, datetime, timedelta

import pytest

from services.ingestion.collecting import SourceUnavailable, TryLater
from services.ingestion.keeping import Known
from services.ingestion.reddit import VISIT_SECONDS, Reddit
from tests.integration.ingestion.reddit_stand_in import StandIn, comment, more, reddit, submission

NOON = datetime(2021, 1, 27, 17, tzinfo=UTC)
SINCE = NOON - timedelta(minutes=20)
LATER = NOON.timestamp() - 60
BEFORE = SINCE.timestamp() - 60


@pytest.fixture(name="stand_in")
def running() -> Iterator[StandIn]:
    with reddit() as stand_in:
        yield stand_in


def none_known(ids: Collection[str]) -> dict[str, Known]:
    return {}


def names(rows: object) -> list[str]:
    assert isinstance(rows, list)
    return [row["name"] for row in rows]


def test_the_newest_are_read_page_by_page_back_to_the_last_time(stand_in: StandIn) -> None:
    stand_in.new["stocks"] = [submission(f"p{n}", LATER - n) for n in range(150)]
    stand_in.new["stocks"] += [submission(f"q{n}", BEFORE - n) for n in range(300)]

    look = Reddit(stand_in.credentials).visit().look("stocks", SINCE, none_known)

    assert stand_in.asked == ["/api/v1/access_token", "/r/stocks/new", "/r/stocks/new", "/r/stocks/hot"]
    assert len(look.rows) == 200
    assert look.complete_from == SINCE


def test_rows_are_native_and_carry_no_more_than_we_read(stand_in: StandIn) -> None:
    stand_in.new["stocks"] = [submission("p1", LATER, author=None)]

    (row,) = Reddit(stand_in.credentials).visit().look("stocks", SINCE, none_known).rows

    assert row["author"] is None
    assert row["selftext"]
    assert "all_awardings" not in row


def test_where_the_listing_ends_too_early_the_look_says_from_when_it_is_complete(stand_in: StandIn) -> None:
    stand_in.new["stocks"] = [submission(f"p{n}", LATER - n / 10) for n in range(1100)]

    look = Reddit(stand_in.credentials).visit().look("stocks", SINCE, none_known)

    assert look.complete_from == datetime.fromtimestamp(LATER - 99.9, UTC)


def test_comments_of_the_daily_thread_are_read_with_those_it_hides(stand_in: StandIn) -> None:
    stand_in.hot["stocks"] = [
        submission("daily", BEFORE, title="Daily Discussion Thread for January 27, 2021"),
        submission("other", BEFORE),
    ]
    stand_in.threads["daily"] = [
        comment("c1", LATER, [comment("c2", LATER), more("c3", "known")]),
        more("c4"),
    ]
    stand_in.comments = {f"t1_{id_}": comment(id_, LATER) for id_ in ("c3", "c4")}

    def known(ids: Collection[str]) -> dict[str, Known]:
        return {"reddit:t1_known": Known(None, "part", None)}

    look = Reddit(stand_in.credentials).visit().look("stocks", SINCE, known)

    assert names(look.rows) == ["t3_daily", "t3_other", "t1_c1", "t1_c2", "t1_c3", "t1_c4"]


def test_roots_older_than_the_last_time_are_not_asked_for_again(stand_in: StandIn) -> None:
    stand_in.hot["stocks"] = [submission("daily", BEFORE, title="What Are Your Moves Tomorrow")]
    stand_in.threads["daily"] = [comment("c1", LATER), comment("c2", BEFORE), more("c3", "c4")]

    look = Reddit(stand_in.credentials).visit().look("stocks", SINCE, none_known)

    assert names(look.rows)[1:] == ["t1_c1", "t1_c2"]
    assert "/api/info" not in stand_in.asked


def test_a_thread_with_more_new_comments_than_we_ask_for_is_not_called_complete(stand_in: StandIn) -> None:
    ids = [f"h{n}" for n in range(600)]
    stand_in.hot["stocks"] = [submission("daily", BEFORE, title="GME Megathread")]
    stand_in.threads["daily"] = [comment("c1", LATER), more(*ids)]
    stand_in.comments = {f"t1_{id_}": comment(id_, LATER - n) for n, id_ in enumerate(ids)}

    look = Reddit(stand_in.credentials).visit().look("stocks", SINCE, none_known)

    assert len(look.rows) == 502
    assert look.complete_from == datetime.fromtimestamp(LATER - 499, UTC)


def test_without_credentials_nothing_is_asked() -> None:
    with pytest.raises(SourceUnavailable, match="no Reddit credentials"):
        Reddit(lambda: None).visit().look("stocks", SINCE, none_known)


def test_credentials_reddit_does_not_know_are_said(stand_in: StandIn) -> None:
    stand_in.faults["/api/v1/access_token"] = [(401, {})]
    with pytest.raises(SourceUnavailable, match="401"):
        Reddit(stand_in.credentials).visit().look("stocks", SINCE, none_known)


@pytest.mark.parametrize(
    ("status", "headers"), [(403, {}), (404, {}), (302, {"Location": "/subreddits/search"})]
)
def test_a_community_closed_to_us_is_unavailable(
    stand_in: StandIn, status: int, headers: dict[str, str]
) -> None:
    stand_in.faults["/r/stocks/new"] = [(status, headers)]
    with pytest.raises(SourceUnavailable):
        Reddit(stand_in.credentials).visit().look("stocks", SINCE, none_known)


def test_a_token_that_ran_out_is_replaced(stand_in: StandIn) -> None:
    stand_in.new["stocks"] = [submission("p1", LATER)]
    stand_in.faults["/r/stocks/new"] = [(401, {"WWW-Authenticate": 'Bearer error="invalid_token"'})]

    look = Reddit(stand_in.credentials).visit().look("stocks", SINCE, none_known)

    assert names(look.rows) == ["t3_p1"]
    assert stand_in.asked.count("/api/v1/access_token") == 2


@pytest.mark.parametrize("status", [401, 500])
def test_what_does_not_heal_is_told_apart(stand_in: StandIn, status: int) -> None:
    stand_in.faults["/r/stocks/new"] = [(status, {})] * 3
    with pytest.raises(SourceUnavailable if status == 401 else TryLater, match=str(status)):
        Reddit(stand_in.credentials).visit().look("stocks", SINCE, none_known)


def test_too_many_requests_are_for_later(stand_in: StandIn) -> None:
    stand_in.faults["/r/stocks/new"] = [(429, {"Retry-After": "540"})]
    with pytest.raises(TryLater, match="540"):
        Reddit(stand_in.credentials).visit().look("stocks", SINCE, none_known)


def test_a_window_used_up_is_not_slept_through(stand_in: StandIn) -> None:
    stand_in.headers = {"x-ratelimit-remaining": "0", "x-ratelimit-used": "600", "x-ratelimit-reset": "420"}
    with pytest.raises(TryLater, match=r"wait 4[12]\d s"):
        Reddit(stand_in.credentials).visit().look("stocks", SINCE, none_known)
    assert stand_in.asked == ["/api/v1/access_token", "/r/stocks/new"]


def test_after_the_window_the_same_client_goes_on(stand_in: StandIn) -> None:
    now = 1000.0
    stand_in.headers = {"x-ratelimit-remaining": "0", "x-ratelimit-used": "600", "x-ratelimit-reset": "1"}
    client = Reddit(stand_in.credentials, clock=lambda: now)
    client.get("/r/stocks/new", {}, deadline=now)
    client.get("/r/stocks/new", {}, deadline=now)
    assert stand_in.asked.count("/r/stocks/new") == 2


def test_a_visit_that_took_its_time_asks_for_no_more(stand_in: StandIn) -> None:
    ticks = iter([0.0, VISIT_SECONDS - 1, VISIT_SECONDS + 1])
    visit = Reddit(stand_in.credentials, clock=lambda: next(ticks)).visit()
    with pytest.raises(TryLater):
        visit.look("stocks", SINCE, none_known)
    assert "/r/stocks/new" in stand_in.asked
    assert "/r/stocks/hot" not in stand_in.asked


def test_an_answer_that_is_cut_short_is_for_later(stand_in: StandIn) -> None:
    stand_in.faults["/r/stocks/new"] = [(200, {"Content-Encoding": "gzip"})]
    with pytest.raises(TryLater):
        Reddit(stand_in.credentials).visit().look("stocks", SINCE, none_known)


def test_we_say_who_we_are(stand_in: StandIn) -> None:
    Reddit(stand_in.credentials).visit().look("stocks", SINCE, none_known)
    assert all(agent.startswith("tickertape tests (by their author)") for agent in stand_in.agents)
