"""What the model learns from: nothing measured is trained on, and a mark goes with its own label."""

import csv
import json
from collections import Counter
from pathlib import Path

import pytest

from tools.sentiment import read_posts
from tools.sentiment.lessons import (
    FURTHER,
    HEADLINES,
    TWEETS,
    curriculum,
    dev_lessons,
    drawn,
    fates,
    headlines,
    named,
    own,
    posts_read,
    threads,
    tweets,
    unseen_tweets,
)


@pytest.fixture
def labelled(tmp_path: Path) -> Path:
    """A tiny copy of the two public sets, in their own shapes."""
    write(
        tmp_path / HEADLINES,
        ["S No.", "Title", "Decisions", "Words"],
        [
            *([n, f"Orbis gains {n}%", "{'Orbis': 'positive'}", 3] for n in range(60)),
            [60, "Orbis gains, Calder's down", "{'Orbis': 'positive', 'Calder's': 'negative'}", 4],
        ],
    )
    for part, rows in {
        "train": [["Orbis beats https://t.co/1", 1], ["Orbis misses", 0]],
        "valid": [["Orbis beats https://t.co/2", 1], ["Orbis reports on Monday", 2]],
    }.items():
        write(tmp_path / TWEETS / f"sent_{part}.csv", ["text", "label"], rows)
    return tmp_path


@pytest.fixture
def posts(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Two tiny archives, and what was read of them."""
    write(
        tmp_path / "old" / "a.csv",
        ["title", "text"],
        [[f"Loading up on Orbis {n}", "[removed]"] for n in range(40)],
    )
    write(tmp_path / "new" / "b.csv", ["id", "body"], [["x", "unread"], ["y", "Iâ€™m out &amp; broke"]])
    read = {
        "train": {
            "old/a.csv": {
                "columns": ["title", "text"],
                "negative": [],
                "neutral": [],
                "positive": [*range(40)],
            }
        },
        "test": {"new/b.csv": {"columns": ["body"], "negative": [1], "neutral": [], "positive": []}},
    }
    (tmp_path / "read.json").write_text(json.dumps(read))
    monkeypatch.setattr(read_posts, "READ", tmp_path / "read.json")
    return tmp_path


def write(path: Path, names: list[str], rows: list[list[object]]) -> None:
    path.parent.mkdir(exist_ok=True)
    with path.open("w", newline="") as file:
        csv.writer(file).writerows([names, *rows])


def test_a_name_with_an_apostrophe_keeps_its_label(labelled: Path) -> None:
    assert {(x.text, x.label) for x in fates(labelled)} == {
        ("« Orbis » gains, Calder's down", "positive"),
        ("Orbis gains, « Calder's » down", "negative"),
    }


def test_a_headline_whose_names_disagree_is_not_read_whole(labelled: Path) -> None:
    assert "Orbis gains, Calder's down" not in {x.text for x in headlines(labelled)}


def test_what_is_measured_is_neither_trained_nor_calibrated_on(labelled: Path, posts: Path) -> None:
    tested = {x.text for x in (*headlines(labelled), *posts_read(posts, "test")) if x.part == "test"}
    learned = {x.text for x in curriculum(labelled, posts, FURTHER, seed=1)}
    calibrated = {x.text for x in dev_lessons(labelled, posts)}

    assert len(tested) > 1
    assert not tested & (learned | calibrated)
    assert not learned & calibrated


def test_a_course_takes_its_share_of_the_public_texts_and_repeats_ours(labelled: Path, posts: Path) -> None:
    lessons = curriculum(labelled, posts, FURTHER, seed=1)
    public = (*headlines(labelled), *fates(labelled), *tweets(labelled, "train"))
    of_origin = Counter(x.origin for x in lessons)
    times = Counter(x.text for x in lessons if x.origin == "read")

    trained = sum(x.part == "train" for x in public)
    assert sum(of_origin[name] for name in ("headlines", "fates", "tweets")) == trained // FURTHER.of_public
    assert set(times.values()) == {FURTHER.labelled}
    assert (
        lessons
        == curriculum(labelled, posts, FURTHER, seed=1)
        != curriculum(labelled, posts, FURTHER, seed=2)
    )


def test_a_post_that_was_read_is_found_by_its_row_and_mended(posts: Path) -> None:
    (lesson,) = posts_read(posts, "test")

    assert (lesson.text, lesson.label, lesson.part) == ("I’m out & broke", "negative", "test")
    assert "Loading up on Orbis 3" in {x.text for x in posts_read(posts, "train")}


def test_an_absent_archive_is_named(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError, match="wsb"):
        posts_read(tmp_path, "train")


def test_a_validation_tweet_that_was_trained_on_is_not_measured(labelled: Path) -> None:
    assert [x.text for x in unseen_tweets(labelled)] == ["Orbis reports on Monday"]


def test_a_text_is_drawn_the_same_whatever_its_case_and_parts_have_their_sizes() -> None:
    parts = Counter(drawn(f"Text {n}", dev=10, test=20) for n in range(2000))

    assert drawn("TEXT 7", dev=10, test=20) == drawn("text 7", dev=10, test=20)
    assert parts["test"] == pytest.approx(400, abs=60)
    assert parts["dev"] == pytest.approx(200, abs=45)


def test_a_name_is_found_as_a_word_only() -> None:
    assert named("AMD and AMDX, $AMD", "AMD") == [(0, 3), (15, 18)]


def test_both_fates_of_a_sentence_of_ours_are_in_the_same_part() -> None:
    plain: dict[str, str] = {}
    for lesson in own():
        text = lesson.text.replace("« ", "").replace(" »", "")
        assert plain.setdefault(text, lesson.part) == lesson.part


def test_longer_posts_keep_the_label_of_what_is_not_neutral_in_them() -> None:
    posts = [x for x in own() if x.kind == "social"]
    joined = threads(posts, many=30, seed=1)

    assert Counter(x.label for x in joined) == {"negative": 10, "neutral": 10, "positive": 10}
    assert joined == threads(posts, many=30, seed=1)
