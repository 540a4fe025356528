"""RecordEvents through its real handler."""

from tests.bench import Bench
from tests.builders import a_post, a_score, enveloped


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
        assert bench.dump().count('"pk"') == 1
