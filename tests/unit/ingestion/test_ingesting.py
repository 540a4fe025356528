"""From a part of raw posts to events and what is kept."""

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from functools import partial
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from contracts.events.arrivals import ObjectLanded
from contracts.events.envelope import Event
from contracts.events.ingestion import CollectionCompletedV1, PostIngestedV1, PostRemovedV1
from services.ingestion.archive import BadLine
from services.ingestion.authors import pseudonym
from services.ingestion.completeness import Linked
from services.ingestion.drafting import MOST_TICKERS
from services.ingestion.grouping import Founders
from services.ingestion.ingesting import link_posts
from services.ingestion.keeping import Known
from services.ingestion.reading import RawPost, Unreadable, read_post
from services.ingestion.universe import Universe, load_universe
from tests.builders import NOON, Said, enveloped

KEY = "raw/source=reddit/dt=2021-01-27/part.ndjson"
CAMPAIGN = (
    "NOK is the next big thing, everybody says so, buy it before the open and hold it with the rest of us"
)


@dataclass
class PartsAt:
    rows: dict[str, list[RawPost | BadLine]]

    scrubbed: dict[str, dict[str, str]] = field(default_factory=dict)

    def read(self, key: str) -> Iterator[RawPost | BadLine]:
        return iter(self.rows[key])

    def scrub(self, key: str, gone: Mapping[str, str]) -> None:
        self.scrubbed.setdefault(key, {}).update(gone)


@dataclass
class PostsKept:
    kept: dict[str, Known] = field(default_factory=dict)

    def known(self, ids: Collection[str]) -> dict[str, Known]:
        return {id_: self.kept[id_] for id_ in ids if id_ in self.kept}

    def keep(self, posts: Sequence[PostIngestedV1], part: str) -> dict[str, Known]:
        return {
            post.post_id: self.kept.setdefault(post.post_id, Known(post.cluster, part, None))
            for post in posts
        }

    def seen_again(self, ids: Collection[str], part: str) -> dict[str, Known]:
        again = {id_: replace(self.kept[id_], again=self.kept[id_].again | {part}) for id_ in ids}
        self.kept |= again
        return again

    def forget(self, reasons: Mapping[str, str], at: datetime) -> dict[str, Known]:
        stood = {id_: self.kept.get(id_) or Known(None, None, why) for id_, why in reasons.items()}
        self.kept |= {
            id_: Known(None, stood[id_].part, why, stood[id_].again) for id_, why in reasons.items()
        }
        return stood


@dataclass
class FoundersKept:
    by_band: dict[str, list[str]] = field(default_factory=dict)

    def founders(self, bands: Collection[str]) -> Founders:
        return Founders({band: list(self.by_band[band]) for band in bands if band in self.by_band})

    def keep(self, founders: Founders, at: datetime) -> None:
        self.by_band |= {band: founders.by_band[band] for band in founders.changed}


@dataclass
class PartsLinked:
    linked: dict[str, Linked] = field(default_factory=dict)

    def keep_part(self, part: str, linked: Linked) -> None:
        self.linked[part] = linked


@dataclass
class World:
    """The service without AWS."""

    universe: Universe
    backfills: PartsLinked = field(default_factory=PartsLinked)
    posts: PostsKept = field(default_factory=PostsKept)
    founders: FoundersKept = field(default_factory=FoundersKept)
    told: list[dict[str, Any]] = field(default_factory=list)
    scrubbed: dict[str, dict[str, str]] = field(default_factory=dict)

    def land(self, *rows: RawPost | BadLine, key: str = KEY) -> list[Event]:
        landed = ObjectLanded(bucket="raw", key=key)
        said = Said(enveloped(landed, key=key))
        link_posts(
            landed,
            said,
            parts=PartsAt({key: list(rows)}, self.scrubbed),
            posts=self.posts,
            founders=self.founders,
            universe=self.universe,
            pseudonym=partial(pseudonym, salt="salt"),
            backfills=self.backfills,
            tell=lambda _, extra: self.told.append(extra),
        )
        return said.events

    def clusters(self, *rows: RawPost, key: str = KEY) -> dict[str, str | None]:
        said = self.land(*rows, key=key)
        return {event.post_id: event.cluster for event in said if isinstance(event, PostIngestedV1)}


@pytest.fixture(scope="module")
def universe() -> Universe:
    return load_universe()


@pytest.fixture
def world(universe: Universe) -> World:
    return World(universe)


def row(id_: str = "t3_p1", **changes: Any) -> RawPost:
    given = {
        "name": id_,
        "id": id_,
        "author": "Some_One",
        "subreddit": "wallstreetbets",
        "created_utc": NOON.timestamp(),
        "score": 7,
        "permalink": f"/r/wallstreetbets/comments/{id_}/a_title/",
    }
    words = {"title": "GME is flying", "selftext": "and I am holding $AMC too", "num_comments": 2}
    return read_post(given | (words if id_.startswith("t3_") else {"body": "GME again"}) | changes)


def test_a_post_is_announced_with_its_tickers_and_without_its_authors_name(world: World) -> None:
    post, completed = world.land(row())

    assert isinstance(post, PostIngestedV1)
    assert (post.post_id, post.kind, post.score, post.comments) == ("reddit:t3_p1", "submission", 7, 2)
    assert [found.ticker for found in post.tickers] == ["GME", "AMC"]
    assert post.author == pseudonym("reddit", "some_one", post.created_at, salt="salt")
    assert isinstance(completed, CollectionCompletedV1)
    assert (completed.collection, completed.found, completed.new, completed.failed) == (KEY, 1, 1, 0)
    assert completed.window_start == completed.window_end == NOON


def test_a_ticker_is_that_of_the_posts_day(world: World) -> None:
    then = world.land(row(selftext="Facebook and $FB"))[0]
    later = world.land(row("t3_p2", selftext="Facebook and $FB", created_utc="2023-02-01T12:00:00Z"))[0]

    assert isinstance(then, PostIngestedV1)
    assert isinstance(later, PostIngestedV1)
    assert [found.ticker for found in then.tickers] == ["GME", "FB"]
    assert [found.ticker for found in later.tickers] == ["GME", "META"]


def test_a_symbol_after_its_exchange_says_so(world: World) -> None:
    post = world.land(row(title="Insurers (NYSE: ALL)", selftext=""))[0]
    assert isinstance(post, PostIngestedV1)
    assert [(found.ticker, found.how) for found in post.tickers] == [("ALL", "listing")]


def test_an_operator_is_told_of_cashtags_that_are_no_tickers_of_ours(world: World) -> None:
    world.land(row(selftext="$ZZZZ, $GME"), row("t3_p2", title="$zzzz or $QWERT", selftext=""))
    assert world.told[0]["unknown_cashtags"] == 3
    assert world.told[0]["unknown_most"] == {"ZZZZ": 2, "QWERT": 1}


def test_spans_point_into_the_text_that_is_announced(world: World) -> None:
    long = row(title="x" * 400 + " GME", selftext="\u200b first \x07 $AMC " + "y" * 9000)
    post = world.land(long)[0]

    assert isinstance(post, PostIngestedV1)
    assert len(post.title) == 400
    assert len(post.text) <= 8000
    (found,) = post.tickers
    assert f"{post.title}\n\n{post.text}"[found.start : found.end] == "$AMC"


def test_a_repeat_says_the_same_and_keeps_the_same(world: World) -> None:
    rows = [row("t3_p1"), row("t1_c1"), row("t3_p2", selftext=CAMPAIGN)]
    first = world.land(*rows)
    kept = dict(world.posts.kept), dict(world.founders.by_band)

    assert world.land(*rows) == first
    assert (world.posts.kept, world.founders.by_band) == kept


def test_a_post_another_part_brought_is_announced_again_but_is_not_new(world: World) -> None:
    world.land(row("t3_p1"))
    post, completed = world.land(row("t3_p1", score=900), key="later")

    assert isinstance(post, PostIngestedV1)
    assert post.score == 900
    assert isinstance(completed, CollectionCompletedV1)
    assert (completed.found, completed.new) == (1, 0)


def test_a_removal_is_announced_for_a_post_we_hold_and_again_on_a_repeat(world: World) -> None:
    world.land(row("t3_p1"))
    for _ in range(2):
        removal, completed = world.land(row("t3_p1", selftext="[removed]", author="[deleted]"), key="later")
        assert removal == PostRemovedV1(post_id="reddit:t3_p1", why="removed", removed_at=NOON)
        assert isinstance(completed, CollectionCompletedV1)
        assert (completed.found, completed.new) == (1, 0)


def test_a_removed_post_never_seen_is_counted_and_nothing_more(world: World) -> None:
    (completed,) = world.land(row("t1_c1", body="[deleted]"))
    assert isinstance(completed, CollectionCompletedV1)
    assert (completed.found, completed.new) == (1, 0)


def test_a_text_that_comes_after_its_removal_is_not_announced(world: World) -> None:
    world.land(row("t1_c1", body="[deleted]"))
    assert [type(event) for event in world.land(row("t1_c1"), key="older")] == [CollectionCompletedV1]


def test_of_two_copies_in_a_part_the_removal_counts(world: World) -> None:
    rows = [row("t1_c1"), row("t1_c1", body="[removed]")]
    for order in (rows, rows[::-1]):
        assert [type(event) for event in world.land(*order)] == [CollectionCompletedV1]


@pytest.mark.parametrize(
    ("said", "why"),
    [("author", "deleted"), ("deleted", "deleted"), ("moderator", "removed"), ("reddit", "removed")],
)
def test_who_took_it_away_is_told(world: World, said: str, why: str) -> None:
    world.land(row("t3_p1"))
    removal = world.land(row("t3_p1", removed_by_category=said))[0]
    assert isinstance(removal, PostRemovedV1)
    assert removal.why == why


def test_posts_that_say_nearly_the_same_share_a_cluster_whatever_their_order(universe: Universe) -> None:
    copies = [row(f"t1_c{n}", body=f"{CAMPAIGN} {n}") for n in range(8)]
    other = row(
        "t1_other", body="Earnings of AAPL come after the close, and nobody here seems to care about it"
    )
    there, back = World(universe).clusters(*copies, other), World(universe).clusters(other, *copies[::-1])

    assert there == back
    assert len({there[f"reddit:t1_c{n}"] for n in range(8)}) == 1
    assert there["reddit:t1_other"] not in (None, there["reddit:t1_c0"])


def test_a_later_part_joins_the_cluster_an_earlier_one_founded(world: World) -> None:
    first = world.clusters(row("t1_c1", body=CAMPAIGN))
    later = world.clusters(row("t1_c2", body=CAMPAIGN + "!!"), key="later")
    assert later["reddit:t1_c2"] == first["reddit:t1_c1"] is not None


def test_a_post_keeps_its_cluster_whoever_comes_later(world: World) -> None:
    rows = [row(f"t1_c{n}", body=f"{CAMPAIGN} {n}") for n in range(6)]
    first = [world.clusters(one, key=f"part-{n}") for n, one in enumerate(rows)]
    again = [world.clusters(one, key=f"part-{n}") for n, one in enumerate(rows)]
    assert again == first


def test_a_text_too_short_to_compare_has_no_cluster(world: World) -> None:
    assert world.clusters(row("t1_c1", body="GME to the moon")) == {"reddit:t1_c1": None}


def test_lines_that_are_no_posts_are_counted_and_the_first_twenty_told(world: World) -> None:
    bad = [BadLine(1000 + number, "impossible date: '0' " * 30) for number in range(25)]
    post, completed = world.land(*bad, row())
    assert isinstance(post, PostIngestedV1)
    assert isinstance(completed, CollectionCompletedV1)
    assert completed.failed == 25
    assert [skipped.line for skipped in completed.skipped] == list(range(1000, 1020))


def test_a_part_does_not_know_how_much_there_was(world: World) -> None:
    end = world.land(row())[-1]
    assert isinstance(end, CollectionCompletedV1)
    assert (end.expected, end.coverage, end.gaps) == (None, None, ())


def test_what_linking_made_of_a_part_is_kept_with_its_end(world: World) -> None:
    world.land(row(), row("t3_p2"), row("t3_p3", selftext="[removed]"))
    assert world.backfills.linked == {KEY: Linked(found=3, new=2, gone=1)}


def test_a_part_without_posts_still_ends(world: World) -> None:
    (completed,) = world.land(BadLine(1, "not JSON"))
    assert isinstance(completed, CollectionCompletedV1)
    assert (completed.window_end, completed.found, completed.failed) == (NOON, 0, 1)


def test_nobody_wrote_a_post_whose_author_is_gone(world: World) -> None:
    post = world.land(row(author=None))[0]
    assert isinstance(post, PostIngestedV1)
    assert post.author is None


def test_a_list_of_all_tickers_is_cut(world: World) -> None:
    tags = " ".join(f"${symbol}" for symbol in list(world.universe.symbols)[:1000])
    post = world.land(row(title="everything", selftext=tags))[0]
    assert isinstance(post, PostIngestedV1)
    assert len(post.tickers) == MOST_TICKERS


UNIVERSE = load_universe()
FIELDS = (
    "author",
    "subreddit",
    "score",
    "title",
    "selftext",
    "body",
    "permalink",
    "num_comments",
    "parent_id",
)
odd = st.one_of(
    st.none(), st.text(), st.integers(), st.floats(), st.sampled_from(["\ud800", "\x00", "[deleted]"])
)


@given(
    st.dictionaries(
        st.sampled_from(FIELDS),
        odd,
    )
)
def test_whatever_a_readable_row_holds_becomes_an_event_or_a_removal(fields: dict[str, Any]) -> None:
    try:
        post = read_post({"id": "p1", "created_utc": datetime(2021, 1, 27, tzinfo=UTC).timestamp()} | fields)
    except Unreadable:
        return
    events = World(UNIVERSE).land(post)
    assert all(isinstance(event.model_dump_json().encode(), bytes) for event in events)


@dataclass
class Quicker(PostsKept):
    """Another worker keeps the post between our look and our write."""

    def known(self, ids: Collection[str]) -> dict[str, Known]:
        return {}


def test_of_two_parts_with_one_new_post_the_slower_is_noted_and_scrubbed_too(universe: Universe) -> None:
    world = World(universe, posts=Quicker({"reddit:t3_p1": Known(None, "quicker", None)}))
    world.land(row("t3_p1", title="GME"), key="slower")
    assert world.posts.kept["reddit:t3_p1"].parts == {"quicker", "slower"}

    world.land(row("t3_p1", title="", selftext="[removed]", author="[deleted]"), key="removal")
    assert set(world.scrubbed) == {"quicker", "slower"}
