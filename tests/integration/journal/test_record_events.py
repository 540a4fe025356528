"""RecordEvents through its real handler."""

import json
from itertools import permutations
from typing import Any

import pytest

from contracts.events.envelope import Envelope
from contracts.events.ingestion import PostRemovedV1
from tests.bench import Bench
from tests.builders import NOON, a_post, a_score, enveloped


def test_every_event_is_kept_under_its_id_whatever_its_type() -> None:
    post, score = enveloped(a_post()), enveloped(a_score())
    with Bench("journal", "record_events") as bench:
        assert bench.deliver(post, score) == []

        kept = bench.table("Journal").get_item(Key={"pk": f"EVENT#{post.id}"})["Item"]
        assert kept["type"] == "PostIngested.v1"
        assert score.id in bench.dump()


def test_repeats_and_another_order_leave_the_same_journal() -> None:
    post, score = enveloped(a_post()), enveloped(a_score())
    with Bench("journal", "record_events") as bench:
        bench.deliver(post, score)
        before = bench.dump()
        bench.deliver(score, post, score)
        assert bench.dump() == before


def test_a_poison_message_hurts_only_itself() -> None:
    with Bench("journal", "record_events") as bench:
        assert bench.deliver(
            "{", enveloped(a_post()), '{"detail": {}, "detail-type": "x", "source": "y"}'
        ) == [0, 2]
        assert bench.dump().count('"EVENT#') == 1


SAID = enveloped(a_post(title="Secret plan", text="I tell nobody.", url="https://example.com/secret"))
EDITED = enveloped(a_post(title="Secret plan", text="I tell everybody."), key="edited")
GONE = enveloped(
    PostRemovedV1(post_id=a_post().post_id, why="deleted", removed_at=NOON), key="its author deleted it"
)


def kept(bench: Bench, envelope: Envelope) -> Any:
    item = bench.table("Journal").get_item(Key={"pk": f"EVENT#{envelope.id}"})["Item"]
    return json.loads(item["envelope"])


@pytest.mark.parametrize("order", list(permutations([SAID, EDITED, GONE])))
def test_a_removed_post_keeps_its_events_and_none_of_its_words_in_any_order(order: list[Envelope]) -> None:
    with Bench("journal", "record_events") as bench:
        for envelope in order:
            assert bench.deliver(envelope) == []

        assert "Secret" not in bench.dump()
        assert "tell" not in bench.dump()
        assert kept(bench, SAID)["data"]["tickers"] == SAID.as_detail()["data"]["tickers"]
        assert "author" not in kept(bench, EDITED)["data"] or kept(bench, EDITED)["data"]["author"] is None
        assert kept(bench, GONE) == GONE.as_detail()


def test_a_removal_in_the_batch_of_its_post_forgets_it_too_and_no_other() -> None:
    other = enveloped(a_post(post_id="reddit:t3_other", title="Not removed"))
    with Bench("journal", "record_events") as bench:
        bench.deliver(GONE, SAID, other)
        assert "Secret" not in bench.dump()
        assert kept(bench, other) == other.as_detail()


def test_a_repeat_after_the_removal_brings_no_word_back() -> None:
    with Bench("journal", "record_events") as bench:
        bench.deliver(SAID, GONE)
        before = bench.dump()
        bench.deliver(SAID)
        assert bench.dump() == before


def test_a_crash_between_the_post_and_its_note_is_made_good_by_the_next_try() -> None:
    with Bench("journal", "record_events") as bench:
        bench.deliver(GONE)
        with bench.refuse("UpdateItem"):
            assert bench.deliver(SAID) == [0]
        bench.deliver(SAID)
        assert "Secret" not in bench.dump()
