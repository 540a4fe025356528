"""Reddit through its real client, PRAW, against a stand-in on the loopback."""

from collections.abc import Callable, Collection, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

import pytest

from services.ingestion.entries import read_row
from services.ingestion.keeping import Known
from services.ingestion.looking import Look, SourceUnavailable, TryLater
from services.ingestion.reddit import BY, MORE, VISIT, Reddit
from services.ingestion.sifting import sifted
from tests.integration.ingestion.reddit_stand_in import StandIn, comment, more, reddit, submission

NOON = datetime(2021, 1, 27, 17, tzinfo=UTC)
SINCE = NOON - timedelta(minutes=20)
LATER = NOON.timestamp() - 60
BEFORE = SINCE.timestamp() - 60


@pytest.fixture(name="stand_in")
def running() -> Iterator[StandIn]:
    with reddit() as stand_in:
        yield stand_in


@dataclass
class Open:
    """A gate that lets everybody in until told otherwise, and notes how it went."""

    wait: float = 0
    went: list[str] = field(default_factory=list)

    def enter(self, name: str) -> None:
        if self.wait:
            raise TryLater("left alone", self.wait)

    def worked(self, name: str) -> None:
        self.went.append("worked")

    def failed(self, name: str, seconds: float | None = None) -> None:
        self.went.append(f"failed {seconds}")


@dataclass
class Looker:
    """A client and its gate; the clock stands still unless it is given."""

    stand_in: StandIn
    gate: Open = field(default_factory=Open)
    clock: Callable[[], datetime] = lambda: NOON

    def client(self) -> Reddit:
        return Reddit(self.stand_in.credentials, ("stocks",), self.gate, self.clock)

    def look(self, known: Callable[[Collection[str]], dict[str, Known]] | None = None) -> Look:
        return self.client().visit().look("stocks", SINCE, known or none_known, {})


@pytest.fixture(name="looker")
def looking(stand_in: StandIn) -> Looker:
    return Looker(stand_in)


def none_known(ids: Collection[str]) -> dict[str, Known]:
    return {}


def names(rows: object) -> list[str]:
    assert isinstance(rows, list)
    return [row["name"] for row in rows]


def test_the_newest_are_read_page_by_page_back_to_the_last_time(stand_in: StandIn, looker: Looker) -> None:
    stand_in.new["stocks"] = [submission(f"p{n}", LATER - n) for n in range(150)]
    stand_in.new["stocks"] += [submission(f"q{n}", BEFORE - n) for n in range(300)]

    look = looker.look()

    pages = ["/r/stocks/new", "/r/stocks/new", "/r/stocks/hot", "/r/stocks/top"]
    assert stand_in.asked == ["/api/v1/access_token", *pages]
    assert len(look.rows) == 200
    assert look.complete_from == SINCE
    assert look.left is None
    assert looker.gate.went == ["worked"] * 4


def test_the_hot_and_the_top_of_the_day_are_read_too(stand_in: StandIn, looker: Looker) -> None:
    stand_in.hot["stocks"] = [submission("h1", BEFORE)]
    stand_in.top["stocks"] = [submission("h1", BEFORE), submission("d1", BEFORE)]
    assert set(names(looker.look().rows)) == {"t3_h1", "t3_d1"}


def test_pages_that_overlap_give_each_post_once(stand_in: StandIn, looker: Looker) -> None:
    stand_in.overlap = 7
    stand_in.new["stocks"] = [submission(f"p{n}", LATER - n) for n in range(250)]

    look = looker.look()

    assert len(look.rows) > 250
    assert len(sifted(look.rows).posts) == 250


def test_rows_are_native_and_carry_no_more_than_we_read(stand_in: StandIn, looker: Looker) -> None:
    stand_in.new["stocks"] = [submission("p1", LATER, author=None)]

    (row,) = looker.look().rows

    assert row["author"] is None
    assert row["selftext"]
    assert "all_awardings" not in row


@pytest.mark.parametrize(
    ("changes", "author", "removed", "length"),
    [
        ({"author": None}, None, None, 44),
        ({"author": None, "selftext": "[deleted]"}, None, "deleted", 0),
        ({"selftext": "[removed]", "removed_by_category": "moderator"}, "someone", "moderator", 0),
        ({"selftext": "GME " * 10_000}, "someone", None, 7999),
        ({"edited": LATER}, "someone", None, 44),
    ],
)
def test_what_reddit_answers_is_read_as_a_post(
    stand_in: StandIn,
    looker: Looker,
    changes: dict[str, object],
    author: str | None,
    removed: str | None,
    length: int,
) -> None:
    stand_in.new["stocks"] = [submission("p1", LATER, **changes)]
    (row,) = looker.look().rows
    post = read_row(row)
    assert (post.author, post.removed, len(post.text)) == (author, removed, length)


def test_where_the_listing_ends_too_early_the_look_says_from_when_it_is_complete(
    stand_in: StandIn, looker: Looker
) -> None:
    stand_in.new["stocks"] = [submission(f"p{n}", LATER - n / 10) for n in range(1100)]
    assert looker.look().complete_from == datetime.fromtimestamp(LATER - 99.9, UTC)


def test_comments_of_the_daily_thread_are_read_with_those_it_hides(stand_in: StandIn, looker: Looker) -> None:
    stand_in.hot["stocks"] = [
        submission("daily", BEFORE, title="Daily Discussion Thread for January 27, 2021"),
        submission("other", BEFORE),
    ]
    stand_in.threads["daily"] = [
        comment("c1", LATER, [comment("c2", LATER), more("c3", "known")]),
        more("c4"),
    ]
    stand_in.comments = {"c3": comment("c3", LATER), "c4": comment("c4", LATER)}
    stand_in.comments |= {"c4": comment("c4", LATER, [more("c5")]), "c5": comment("c5", LATER)}

    def known(ids: Collection[str]) -> dict[str, Known]:
        return {"reddit:t1_known": Known(None, "part", None)}

    look = looker.look(known)

    assert names(look.rows) == ["t3_daily", "t3_other", *(f"t1_c{number}" for number in range(1, 6))]
    assert stand_in.more_asked == [["c3", "c4"], ["c5"]]
    assert look.complete_from == SINCE


@pytest.mark.parametrize(
    ("title", "daily"),
    [
        ("Daily Discussion Thread for January 27, 2021", True),
        ("Weekend Discussion Thread for the Weekend of January 29, 2021", True),
        ("What Are Your Moves Tomorrow, January 28, 2021", True),
        ("r/Stocks Daily Discussion Wednesday", True),
        ("My moves for tomorrow", False),
        ("We should discuss this daily", False),
    ],
)
def test_daily_threads_are_known_by_their_titles(
    stand_in: StandIn, looker: Looker, title: str, daily: bool
) -> None:
    stand_in.new["stocks"] = [submission("t1", LATER, title=title)]
    stand_in.threads["t1"] = [comment("c1", LATER)]
    assert ("t1_c1" in names(looker.look().rows)) == daily


def test_roots_older_than_the_last_time_are_not_asked_for_again(stand_in: StandIn, looker: Looker) -> None:
    stand_in.hot["stocks"] = [submission("daily", BEFORE, title="What Are Your Moves Tomorrow")]
    stand_in.threads["daily"] = [comment("c1", LATER), comment("c2", BEFORE), more("c3", "c4")]

    look = looker.look()

    assert names(look.rows)[1:] == ["t1_c1", "t1_c2"]
    assert stand_in.more_asked == []


def test_a_thread_with_more_new_comments_than_we_ask_for_is_not_called_complete(
    stand_in: StandIn, looker: Looker
) -> None:
    ids = [f"h{n}" for n in range(MORE * BY + 50)]
    stand_in.hot["stocks"] = [submission("daily", BEFORE, title="GME Megathread")]
    stand_in.threads["daily"] = [comment("c1", LATER), more(*ids)]
    stand_in.comments = {id_: comment(id_, LATER - n) for n, id_ in enumerate(ids)}

    look = looker.look()

    assert len(look.rows) == 2 + MORE * BY
    assert look.complete_from > NOON


def test_comments_gone_for_good_are_not_asked_for_for_ever(stand_in: StandIn, looker: Looker) -> None:
    stand_in.hot["stocks"] = [submission("daily", BEFORE, title="GME Megathread")]
    stand_in.threads["daily"] = [comment("c1", LATER), more("gone")]
    look = looker.look()
    assert stand_in.more_asked == [["gone"]]
    assert look.complete_from == SINCE


def test_without_credentials_nothing_is_asked() -> None:
    with pytest.raises(SourceUnavailable, match="no Reddit credentials"):
        Reddit(lambda: None, (), Open(), lambda: NOON).visit().look("stocks", SINCE, none_known, {})


def test_credentials_reddit_does_not_know_are_said(stand_in: StandIn, looker: Looker) -> None:
    stand_in.faults["/api/v1/access_token"] = [(401, {})]
    with pytest.raises(SourceUnavailable, match="401"):
        looker.look()


@pytest.mark.parametrize(
    ("status", "headers"), [(403, {}), (404, {}), (302, {"Location": "/subreddits/search"})]
)
def test_a_community_closed_to_us_is_unavailable_and_no_failure_of_reddit(
    stand_in: StandIn, looker: Looker, status: int, headers: dict[str, str]
) -> None:
    stand_in.faults["/r/stocks/new"] = [(status, headers)]
    with pytest.raises(SourceUnavailable):
        looker.look()
    assert looker.gate.went == ["worked"]


def test_a_token_that_ran_out_is_replaced(stand_in: StandIn, looker: Looker) -> None:
    stand_in.new["stocks"] = [submission("p1", LATER)]
    stand_in.faults["/r/stocks/new"] = [(401, {"WWW-Authenticate": 'Bearer error="invalid_token"'})]

    look = looker.look()

    assert names(look.rows) == ["t3_p1"]
    assert stand_in.asked.count("/api/v1/access_token") == 2


def test_an_authorisation_that_does_not_heal_is_unavailable(stand_in: StandIn, looker: Looker) -> None:
    stand_in.faults["/r/stocks/new"] = [(401, {})] * 3
    with pytest.raises(SourceUnavailable, match="401"):
        looker.look()


@pytest.mark.parametrize("status", [500, 503])
def test_what_does_not_heal_is_for_later_and_a_failure(
    stand_in: StandIn, looker: Looker, status: int
) -> None:
    window = {"x-ratelimit-remaining": "550.0", "x-ratelimit-used": "50", "x-ratelimit-reset": "1"}
    stand_in.faults["/r/stocks/new"] = [(status, window)] * 3
    look = looker.look()
    assert str(status) in str(look.left)
    assert looker.gate.went == ["failed None"]


@pytest.mark.parametrize(
    ("headers", "went", "seconds"),
    [
        ({"Retry-After": "540"}, "failed 540.0", 540),
        (
            {"x-ratelimit-remaining": "0", "x-ratelimit-used": "600", "x-ratelimit-reset": "420"},
            "failed 420.0",
            420,
        ),
        ({}, "failed None", 60),
    ],
)
def test_too_many_requests_are_for_later_as_late_as_reddit_says(
    stand_in: StandIn, looker: Looker, headers: dict[str, str], went: str, seconds: float
) -> None:
    stand_in.faults["/r/stocks/new"] = [(429, headers)]
    look = looker.look()
    assert look.left
    assert look.left.seconds == seconds
    assert looker.gate.went == [went]
    assert stand_in.asked == ["/api/v1/access_token", "/r/stocks/new"]


def test_what_was_seen_before_a_limit_is_not_thrown_away(stand_in: StandIn, looker: Looker) -> None:
    stand_in.new["stocks"] = [submission("p1", LATER)]
    stand_in.faults["/r/stocks/hot"] = [(429, {})]
    look = looker.look()
    assert look.left
    assert names(look.rows) == ["t3_p1"]


def test_a_window_used_up_is_not_slept_through(stand_in: StandIn, looker: Looker) -> None:
    stand_in.headers = {"x-ratelimit-remaining": "0", "x-ratelimit-used": "600", "x-ratelimit-reset": "420"}
    look = looker.look()
    assert look.left
    assert look.left.seconds == 420
    assert looker.gate.went == ["failed 420.0"]
    assert stand_in.asked == ["/api/v1/access_token", "/r/stocks/new"]


def test_after_the_window_the_same_client_goes_on(stand_in: StandIn, looker: Looker) -> None:
    stand_in.headers = {"x-ratelimit-remaining": "0", "x-ratelimit-used": "600", "x-ratelimit-reset": "1"}
    client = looker.client()
    for _ in range(2):
        client.ask("GET", "/r/stocks/new", NOON)
    assert stand_in.asked.count("/r/stocks/new") == 2


def test_whom_the_gate_keeps_out_asks_nothing(stand_in: StandIn, looker: Looker) -> None:
    looker.gate.wait = 77
    look = looker.look()
    assert look.left
    assert look.left.seconds == 77
    assert stand_in.asked == []


def test_a_visit_that_took_its_time_asks_for_no_more(stand_in: StandIn) -> None:
    ticks = iter([NOON, NOON + VISIT, NOON + VISIT + timedelta(seconds=1)])
    look = Looker(stand_in, clock=lambda: next(ticks)).look()
    assert look.left
    assert "/r/stocks/new" in stand_in.asked
    assert "/r/stocks/hot" not in stand_in.asked


def test_an_answer_that_is_cut_short_is_for_later(stand_in: StandIn, looker: Looker) -> None:
    stand_in.faults["/r/stocks/new"] = [(200, {"Content-Encoding": "gzip"})]
    assert looker.look().left


def test_we_say_who_we_are(stand_in: StandIn, looker: Looker) -> None:
    looker.look()
    assert all(agent.startswith("tickertape tests (by their author)") for agent in stand_in.agents)
