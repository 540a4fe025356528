from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from services.ingestion.reading import LATEST, REDDIT_BEGAN, RawPost, Setting, Unreadable, read_post

JANUARY = Setting(days=(datetime(2021, 1, 25, tzinfo=UTC), datetime(2021, 1, 27, tzinfo=UTC)))


def a_row(**changes: Any) -> dict[str, Any]:
    row = {
        "id": "l4h7fl",
        "name": "t3_l4h7fl",
        "author": "somebody",
        "subreddit": "wallstreetbets",
        "created_utc": 1611532800,
        "score": 12,
        "num_comments": 3,
        "title": "GME",
        "selftext": "to the moon",
        "permalink": "/r/wallstreetbets/comments/l4h7fl/gme/",
    }
    return row | changes


def a_comment(**changes: Any) -> dict[str, Any]:
    row = a_row(id="gjguunm", name="t1_gjguunm", body="buy more", link_id="t3_kyju7h", parent_id="t1_gjgaaaa")
    return {field: value for field, value in row.items() if field not in ("title", "selftext")} | changes


def test_a_submission_of_a_monthly_dump_is_a_post() -> None:
    assert read_post(a_row()) == RawPost(
        id="reddit:t3_l4h7fl",
        kind="post",
        source="reddit",
        community="wallstreetbets",
        author="somebody",
        created_at=datetime(2021, 1, 25, tzinfo=UTC),
        title="GME",
        text="to the moon",
        url="https://www.reddit.com/r/wallstreetbets/comments/l4h7fl/gme/",
        score=12,
        comments=3,
        parent=None,
        removed=None,
    )


def test_a_comment_of_a_monthly_dump_has_no_title_and_a_parent() -> None:
    found = read_post(a_comment())
    assert (found.id, found.kind, found.title, found.text) == ("reddit:t1_gjguunm", "comment", "", "buy more")
    assert found.parent == "reddit:t1_gjgaaaa"


def test_a_comment_whose_text_stands_as_title_is_still_a_comment() -> None:
    link = "/r/wallstreetbets/comments/kyju7h/message/gjguunm/"
    found = read_post(
        {
            "id": "gjguunm",
            "is_submitter": "FALSE",
            "title": "buy",
            "created_utc": "1610811051",
            "permalink": link,
        }
    )
    assert (found.id, found.title, found.text, found.parent) == (
        "reddit:t1_gjguunm",
        "",
        "buy",
        "reddit:t3_kyju7h",
    )


def test_bare_parents_of_early_2021_are_told_apart_by_length() -> None:
    parents = [
        read_post({"id": "glbygcz", "text": "hold", "parent_id": parent}, JANUARY).parent
        for parent in ("l4hnrh", "gkomm9f")
    ]
    assert parents == ["reddit:t3_l4hnrh", "reddit:t1_gkomm9f"]


def test_a_row_without_time_gets_one_of_its_files_days_and_always_the_same() -> None:
    row = {"id": "l4h7fl", "title": "GME", "text": "", "num_comments": "1"}
    moment = read_post(row, JANUARY).created_at
    assert datetime(2021, 1, 25, tzinfo=UTC) <= moment < datetime(2021, 1, 27, tzinfo=UTC)
    assert moment == read_post(dict(row, title="other"), JANUARY).created_at


def test_a_row_without_time_in_a_file_without_days_is_unreadable() -> None:
    with pytest.raises(Unreadable, match="no date"):
        read_post({"id": "l4h7fl", "title": "GME"})


def test_rows_of_a_collector_that_kept_no_ids_get_one_that_is_not_reddits() -> None:
    row = {"title": "GME", "date": "1606780814", "author": "me", "num_comments": "0", "text": ""}
    found = read_post(row)
    assert found.id.startswith("reddit:t3_row-")
    assert found.id == read_post(dict(row, num_comments="9")).id
    assert found.id != read_post(dict(row, author="you")).id


@pytest.mark.parametrize("given_id", [None, "", "t3_", "Ünsinn", "a b", "t9_abc"])
def test_a_row_without_a_usable_id_is_unreadable(given_id: str | None) -> None:
    with pytest.raises(Unreadable, match="no id"):
        read_post(a_row(id=given_id, name=""))


@pytest.mark.parametrize(
    "value",
    [
        0,
        "0",
        -1,
        "1970-01-01 00:00:00",
        1119484799,
        4102444801,
        1611532800000,
        1e300,
        "inf",
        "nan",
        "soon",
        True,
        [],
        {},
    ],
)
def test_a_row_with_an_impossible_date_is_unreadable(value: object) -> None:
    with pytest.raises(Unreadable, match="date"):
        read_post(a_row(created_utc=value))


@pytest.mark.parametrize(
    "value", [1611532800, 1611532800.0, "1611532800", "2021-01-25 00:00:00", "2021-01-25T01:00:00+01:00"]
)
def test_every_way_to_write_a_time_is_the_same_time(value: object) -> None:
    row = a_row(created=value)
    del row["created_utc"]
    assert read_post(row).created_at == datetime(2021, 1, 25, tzinfo=UTC)


def test_a_date_after_the_given_latest_is_unreadable() -> None:
    with pytest.raises(Unreadable, match="impossible date"):
        read_post(a_row(), Setting(latest=datetime(2021, 1, 1, tzinfo=UTC)))


def test_reddits_own_escapes_are_undone_once() -> None:
    found = read_post(a_row(title="AT&amp;T &lt;3", selftext="&amp;#x200B;\n\nS&amp;P &amp;amp; more"))
    assert (found.title, found.text) == ("AT&T <3", "S&P &amp; more")


@pytest.mark.parametrize(
    ("changes", "why"),
    [
        ({"selftext": "[removed]"}, "removed"),
        ({"selftext": "[deleted]"}, "deleted"),
        ({"title": "[deleted by user]"}, "deleted"),
        ({"removed_by_category": "moderator"}, "moderator"),
        ({"_meta": {"was_deleted_later": True}}, "deleted"),
        ({"_meta": {"removal_type": "reddit"}}, "reddit"),
        ({"removed_by_category": None, "_meta": {}}, None),
    ],
)
def test_a_removed_post_says_why(changes: dict[str, Any], why: str | None) -> None:
    found = read_post(a_row(**changes))
    assert found.removed == why
    assert "[" not in found.title + found.text


@pytest.mark.parametrize("author", ["[deleted]", "", None])
def test_a_deleted_author_is_nobody(author: str | None) -> None:
    assert read_post(a_row(author=author)).author is None


def test_what_a_source_does_not_tell_is_unknown_and_not_zero() -> None:
    row = a_row(score="", num_comments=None)
    assert (read_post(row).score, read_post(row).comments) == (None, None)
    assert read_post(a_row(score=0)).score == 0


def test_only_addresses_of_the_discussion_are_kept() -> None:
    row = a_row(url="https://i.example.com/picture.png")
    del row["permalink"]
    assert read_post(row).url == "https://www.reddit.com/r/wallstreetbets/comments/l4h7fl/"
    assert read_post(dict(row, url="javascript:alert('/comments/')")).url.startswith(
        "https://www.reddit.com/"
    )


ANYTHING = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=5,
)


@given(
    st.dictionaries(st.sampled_from([*a_row(), *a_comment(), "_meta", "date", "created", "text"]), ANYTHING)
)
@settings(deadline=None)
def test_any_row_is_a_post_or_unreadable(row: dict[str, Any]) -> None:
    try:
        found = read_post(row)
    except Unreadable:
        return
    assert found.id.startswith(("reddit:t3_", "reddit:t1_"))
    assert REDDIT_BEGAN <= found.created_at <= LATEST
