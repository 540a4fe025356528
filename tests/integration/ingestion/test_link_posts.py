"""LinkPosts through its real handler: from an object in the raw bucket to events and tables."""

import json
import re
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from contracts.bus.publish import detail_text
from contracts.events.arrivals import ObjectLanded
from contracts.events.envelope import Envelope
from contracts.events.ingestion import PostIngestedV1
from services.ingestion.posts import PostsTable
from tests.bench import Bench, BusDown
from tests.builders import NOON

DAY = Path(__file__).parents[3] / "tools" / "tape" / "recorded" / "posts.ndjson"
KEY = "raw/source=reddit/dt=2021-01-27/part.ndjson"
POST = {
    "id": "p1",
    "name": "t3_p1",
    "author": "Some_One",
    "subreddit": "stocks",
    "created_utc": 1611766800,
    "title": "GME is flying",
    "selftext": "I bought more this morning and I am very happy about that",
}
COMMENT = {"id": "c1", "name": "t1_c1", "author": None, "subreddit": "stocks", "created_utc": 1611766900}
GONE = {**COMMENT, "body": "[removed]"}
REMOVED = {"title": "[deleted by user]", "selftext": "[deleted]", "author": "[deleted]"}


def land(bench: Bench, *lines: Any, key: str = KEY, first_line: int = 1) -> ObjectLanded:
    """A part with *lines*; what is not text yet is written as JSON."""
    text = "\n".join(line if isinstance(line, str) else json.dumps(line) for line in lines)
    stated = {"first-line": str(first_line), "origin": "RC_2021-01.zst"}
    bench.bucket().put_object(Key=key, Body=text.encode(), Metadata=stated)
    return ObjectLanded(bucket=bench.bucket().name, key=key)


def types(envelopes: list[Envelope]) -> list[str]:
    return [envelope.type for envelope in envelopes]


def completed(bench: Bench) -> dict[str, Any]:
    return next(said.data for said in reversed(bench.announced()) if said.type == "CollectionCompleted.v1")


def test_a_part_that_lands_is_announced_post_by_post() -> None:
    with Bench("ingestion", "link_posts") as bench:
        assert (
            bench.deliver(
                land(bench, POST, {**COMMENT, "body": "AMC next"}, GONE | {"id": "c2", "name": "t1_c2"})
            )
            == []
        )

        post, comment, end = bench.announced()
        assert [found["ticker"] for found in post.data["tickers"] + comment.data["tickers"]] == ["GME", "AMC"]
        assert (end.data["found"], end.data["new"], end.data["failed"]) == (3, 2, 0)
        item = bench.table("Posts").get_item(Key={"pk": "reddit:t3_p1"})["Item"]
        assert item["tickers"] == ["GME"]
        assert item["cluster"] == post.data["cluster"]


def test_neither_a_name_nor_a_text_is_kept() -> None:
    with Bench("ingestion", "link_posts") as bench:
        bench.deliver(land(bench, POST))
        kept = bench.dump() + json.dumps([said.data for said in bench.announced()])
        assert "some_one" not in kept.lower()
        assert "very happy" not in bench.dump()


def test_a_repeat_leaves_the_tables_alone_and_announces_the_same_ids() -> None:
    with Bench("ingestion", "link_posts") as bench:
        landed = land(bench, POST, {**COMMENT, "body": "AMC next"})
        bench.deliver(landed)
        before, said = bench.dump(), bench.announced()
        bench.deliver(landed)
        assert bench.dump() == before
        assert bench.announced() == said * 2


def test_parts_in_another_order_leave_the_same_tables() -> None:
    dumps = set()
    for order in ((0, 1), (1, 0)):
        with Bench("ingestion", "link_posts") as bench:
            parts = [
                land(bench, POST, key="raw/source=reddit/dt=2021-01-27/a.ndjson"),
                land(bench, {**COMMENT, "body": "AMC next"}, key="raw/source=reddit/dt=2021-01-27/b.ndjson"),
            ]
            assert bench.deliver(*(parts[place] for place in order)) == []
            dumps.add(bench.dump())
    assert len(dumps) == 1


@pytest.mark.parametrize("first", ["text", "removal"])
def test_a_removal_leaves_a_tombstone_whichever_comes_first(first: str) -> None:
    with Bench("ingestion", "link_posts") as bench:
        text = land(bench, {**COMMENT, "body": "AMC next"}, key="raw/source=reddit/dt=2021-01-27/a.ndjson")
        removal = land(bench, GONE, key="raw/source=reddit/dt=2021-01-27/b.ndjson")
        for landed in (text, removal, removal) if first == "text" else (removal, text, text):
            assert bench.deliver(landed) == []

        item = bench.table("Posts").get_item(Key={"pk": "reddit:t1_c1"})["Item"]
        assert item["removed"] == "removed"
        assert "tickers" not in item
        about_it = [kind for kind in types(bench.announced()) if kind != "CollectionCompleted.v1"]
        assert about_it == (["PostIngested.v1"] + ["PostRemoved.v1"] * 2 if first == "text" else [])


def test_lines_that_are_no_posts_are_told_by_their_number_in_the_file_they_came_from() -> None:
    lines = [POST, "{", "", "[]", {**POST, "id": None, "name": None}, {**POST, "id": "p2", "created_utc": 0}]
    with Bench("ingestion", "link_posts") as bench:
        assert bench.deliver(land(bench, *lines, first_line=501)) == []

        end = completed(bench)
        assert (end["found"], end["failed"]) == (1, 4)
        assert [(skipped["line"], skipped["why"]) for skipped in end["skipped"]] == [
            (502, "not JSON"),
            (504, "not an object"),
            (505, "no id"),
            (506, "impossible date: '0'"),
        ]


def test_a_message_that_leads_nowhere_hurts_only_itself() -> None:
    with Bench("ingestion", "link_posts") as bench:
        good = land(bench, POST)
        missing = ObjectLanded(bucket=good.bucket, key="raw/source=reddit/dt=2021-01-27/missing.ndjson")
        assert bench.deliver("{", good, missing) == [0, 2]
        assert types(bench.announced()) == ["PostIngested.v1", "CollectionCompleted.v1"]


def test_after_a_crash_past_the_write_everything_is_announced_and_nothing_written_twice() -> None:
    with Bench("ingestion", "link_posts") as bench:
        landed = land(bench, POST, {**COMMENT, "body": "AMC next"})
        with bench.refuse_announcements(), pytest.raises(BusDown):
            bench.deliver(landed)
        assert bench.announced() == []
        before = bench.dump()
        assert "reddit:t3_p1" in before

        assert bench.deliver(landed) == []
        assert bench.dump() == before
        assert types(bench.announced()) == ["PostIngested.v1", "PostIngested.v1", "CollectionCompleted.v1"]
        assert completed(bench)["new"] == 2


def test_the_recorded_day_is_linked_whole() -> None:
    rows = [json.loads(line) for line in DAY.read_text(encoding="utf-8").splitlines()]
    with Bench("ingestion", "link_posts") as bench:
        assert bench.deliver(land(bench, *rows)) == []
        said, kept = bench.announced(), bench.dump()

    posts = [PostIngestedV1.read(envelope.data) for envelope in said[:-1]]
    assert Counter(types(said)) == {"PostIngested.v1": 379, "CollectionCompleted.v1": 1}
    assert said[-1].data["window_start"] == "2021-01-26T12:00:04Z"
    tickers = Counter(found.ticker for post in posts for found in post.tickers)
    assert [ticker for ticker, _ in tickers.most_common(3)] == ["GME", "AMC", "NOK"]
    assert tickers.keys().isdisjoint(
        {"YOLO", "DD", "ON", "GO", "FOR", "IT", "OPEN", "AI", "KEYS", "NAIL", "CAT"}
    )
    for post in posts:
        whole = f"{post.title}\n\n{post.text}" if post.title else post.text
        assert all(found.end <= len(whole) for found in post.tickers)
        assert not re.search("[\x00-\x08\u200b\u202e]", whole)
    campaign = Counter(post.cluster for post in posts if post.cluster).most_common(1)[0]
    assert 13 <= campaign[1] <= 15
    named = {row["author"] for row in rows if row.get("author") and len(row["author"]) > 6} - {"[deleted]"}
    assert not [name for name in named if name in kept]
    assert max(len(detail_text(envelope)) for envelope in said) < 20_000


def test_a_part_that_says_so_forgets_the_post_wherever_its_words_landed() -> None:
    told = {**POST, "title": "A secret plan", "selftext": "I tell nobody of GME.", "author": "Whisperer"}
    with Bench("ingestion", "link_posts") as bench:
        for part in ("one", "two"):
            bench.deliver(land(bench, told, {**POST, "id": "p2", "name": "t3_p2"}, key=part))
        before = [envelope.type for envelope in bench.announced()]
        removal = land(bench, POST | REMOVED, key="removals")
        with bench.refuse("DeleteObject"):
            assert bench.deliver(removal) == [0]
        assert bench.deliver(removal) == []

        bucket = {found.key: found.get()["Body"].read().decode() for found in bench.bucket().objects.all()}
        assert not [key for key, body in bucket.items() if "secret" in body or "Whisperer" in body]
        assert sum(key.endswith(".scrubbed") for key in bucket) == 2
        assert "secret" not in bench.dump()
        assert [e.type for e in bench.announced()][len(before) :] == [
            "PostRemoved.v1",
            "CollectionCompleted.v1",
        ]


def test_words_that_land_after_the_removal_are_taken_out_too() -> None:
    with Bench("ingestion", "link_posts") as bench:
        bench.deliver(land(bench, POST | REMOVED, key="removals"))
        late = land(bench, {**POST, "title": "A secret plan"}, key="late")
        assert bench.deliver(late) == []
        assert not [o.key for o in bench.bucket().objects.all() if b"secret" in o.get()["Body"].read()]
        assert bench.deliver(late) == [], "a retry reads what is left"


def bodies(bench: Bench) -> dict[str, str]:
    return {found.key: found.get()["Body"].read().decode() for found in bench.bucket().objects.all()}


def test_odd_line_ends_inside_a_text_hurt_neither_it_nor_its_neighbours() -> None:
    told = json.dumps({**POST, "selftext": "A secret\u2028plan\u2029of\x85GME"}, ensure_ascii=False)
    other = json.dumps({**POST, "id": "p2", "name": "t3_p2", "selftext": "AMC\u2028next"}, ensure_ascii=False)
    with Bench("ingestion", "link_posts") as bench:
        first = land(bench, told, other, key="one")
        bench.deliver(first)
        bench.deliver(land(bench, POST | REMOVED, key="removals"))
        left = bodies(bench)["one.scrubbed"]
        assert "secret" not in left
        assert left.split("\n")[1] == json.dumps(json.loads(other), sort_keys=True)
        assert bench.deliver(first) == []
        assert completed(bench)["failed"] == 0


def test_a_removal_tells_also_the_part_that_was_noted_at_its_very_moment() -> None:
    with Bench("ingestion", "link_posts") as bench:
        bench.deliver(land(bench, POST, key="one"))
        posts = PostsTable(bench.table("Posts"))
        posts.seen_again(["reddit:t3_p1"], "two")
        (gone,) = posts.forget({"reddit:t3_p1": "deleted"}, NOON).values()
        assert gone.parts == {"one", "two"}
        assert posts.seen_again(["reddit:t3_p1"], "three")["reddit:t3_p1"].removed == "deleted"
        (again,) = posts.forget({"reddit:t3_p1": "removed"}, NOON).values()
        assert again.parts == {"one", "two", "three"}
        assert again.removed == "deleted"


def test_a_copy_with_words_behind_a_tombstone_in_one_part_is_scrubbed() -> None:
    with Bench("ingestion", "link_posts") as bench:
        assert bench.deliver(land(bench, POST | REMOVED, POST, key="both")) == []
        assert "very happy" not in "".join(bodies(bench).values())
