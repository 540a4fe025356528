"""Ids come from causes; writers are strict, readers tolerant."""

from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from contracts.events.envelope import Envelope, announce, event_id
from tests.builders import NOON, a_follow, a_post, a_score, enveloped


def test_the_same_cause_says_the_same_thing_under_the_same_id() -> None:
    cause = enveloped(a_post())
    once, again = (announce(a_score(), cause=cause, at=NOON) for _ in range(2))
    assert once == again


def test_another_cause_another_subject_or_another_type_is_another_event() -> None:
    ids = {
        announce(a_score(), cause=enveloped(a_post()), at=NOON).id,
        announce(a_score(), cause=enveloped(a_post(), key="edited"), at=NOON).id,
        announce(a_score(ticker="AMC"), cause=enveloped(a_post()), at=NOON).id,
        announce(a_post(), cause=enveloped(a_post()), at=NOON).id,
    }
    assert len(ids) == 4


@given(
    st.lists(st.text(max_size=20), min_size=3, max_size=3),
    st.lists(st.text(max_size=20), min_size=3, max_size=3),
)
def test_ids_of_different_stories_differ(one: list[str], other: list[str]) -> None:
    assert (event_id(*one) == event_id(*other)) == ("\n".join(one) == "\n".join(other))


def test_a_story_goes_on_under_its_correlation_and_trace() -> None:
    post = enveloped(a_post())
    score = announce(a_score(), cause=post, at=NOON)
    assert (score.correlationid, score.causationid) == (post.id, post.id)
    assert score.traceparent is not None
    assert post.traceparent is not None
    assert score.traceparent.split("-")[1] == post.traceparent.split("-")[1]
    assert score.traceparent.split("-")[2] == score.id.replace("-", "")[:16]


def test_a_foreign_trace_is_carried_on_and_a_broken_one_replaced() -> None:
    trace = "0af7651916cd43dd8448eb211c80319c"
    post = enveloped(a_post()).model_copy(update={"traceparent": f"00-{trace}-b7ad6b7169203331-01"})
    broken = post.model_copy(update={"traceparent": "nonsense"})
    assert trace in (announce(a_score(), cause=post, at=NOON).traceparent or "")
    assert (announce(a_score(), cause=broken, at=NOON).traceparent or "").startswith("00-")


def test_an_event_without_cause_or_key_is_refused() -> None:
    with pytest.raises(ValueError, match="needs a cause, or a key"):
        announce(a_post(), at=NOON)


def test_a_writer_may_neither_misspell_nor_invent() -> None:
    with pytest.raises(ValidationError, match="titel"):
        a_post(titel="x")
    with pytest.raises(ValidationError, match="use one of price_move"):
        a_follow(rules=[{"kind": "horoscope"}])


@pytest.mark.parametrize("moment", [datetime(2021, 1, 27), "2021-01-27T12:00:00"])
def test_a_naive_time_is_refused(moment: object) -> None:
    with pytest.raises(ValidationError, match="timezone"):
        a_post(created_at=moment)


def test_times_are_written_in_utc() -> None:
    east = datetime(2021, 1, 27, 12, tzinfo=timezone(timedelta(hours=-5)))
    assert a_post(created_at=east).model_dump(mode="json")["created_at"] == "2021-01-27T17:00:00Z"


def test_nul_is_refused_where_it_is_written() -> None:
    with pytest.raises(ValidationError, match="NUL"):
        a_post(text="to the \x00 moon")


def test_an_envelope_leaves_out_what_is_absent() -> None:
    assert "causationid" not in enveloped(a_post()).as_detail()
    assert Envelope.model_validate(enveloped(a_post()).as_detail()) == enveloped(a_post())


def test_microseconds_survive() -> None:
    at = datetime(2021, 1, 27, 12, 0, 0, 123456, tzinfo=UTC)
    assert Envelope.model_validate(enveloped(a_post(), at=at).as_detail()).time == at
