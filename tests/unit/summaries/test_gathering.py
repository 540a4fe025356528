"""Gathering a day: the order and the number of arrivals do not matter."""

from datetime import UTC, datetime, timedelta
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from contracts.events.arrivals import Due
from contracts.events.envelope import Envelope, Event
from contracts.events.ingestion import PostIngestedV1, PostRemovedV1
from contracts.events.market_data import DailyBarClosedV1
from contracts.events.sentiment import SentimentScoredV1
from services.summaries.gathering import forget_post, gather_bar, gather_post, gather_score
from services.summaries.summarising import publish_summary
from services.summaries.tallying import tally
from tests.builders import NOON, Said, a_bar, a_post, a_score, enveloped
from tests.unit.summaries.fakes import BUDGET, DAY, Kept, Stats, plain_texts

USE_CASES: dict[type[Event], Any] = {
    PostIngestedV1: gather_post,
    PostRemovedV1: forget_post,
    SentimentScoredV1: gather_score,
    DailyBarClosedV1: gather_bar,
}
MORNING = Due(schedule="mornings", due_at=datetime(2021, 1, 28, 13, tzinfo=UTC))


def gather(stats: Stats, event: Event, *, at: datetime = NOON, key: str = "") -> None:
    USE_CASES[type(event)](event, Said(enveloped(event, at=at, key=key)), stats=stats)


def summary_bytes(stats: Stats, min_voices: int = 1) -> str:
    said = Said(enveloped(MORNING))
    publish_summary(
        MORNING,
        said,
        read=stats.read,
        summaries=Kept(),
        write_all=plain_texts,
        min_voices=min_voices,
        budget=BUDGET,
    )
    return said.events[0].model_dump_json()


def removed(post_id: str) -> PostRemovedV1:
    return PostRemovedV1(post_id=post_id, why="deleted", removed_at=NOON)


def found(*tickers: str) -> list[dict[str, Any]]:
    return [{"ticker": t, "confidence": "0.9", "start": 0, "end": 3, "how": "symbol"} for t in tickers]


def test_a_post_counts_once_for_a_ticker_it_names_often() -> None:
    stats = Stats()
    gather(stats, a_post(tickers=found("GME", "GME", "AMC")))
    assert [(f.ticker, f.mentions) for f in tally(stats.read(DAY), 1)] == [("AMC", 1), ("GME", 1)]


def test_what_was_written_outside_the_window_is_in_no_summary() -> None:
    stats, night = Stats(), datetime(2021, 1, 28, 2, tzinfo=UTC)
    gather(stats, a_post(created_at=night))
    gather(stats, a_score(posted_at=night))
    assert not stats.parts


def test_a_score_may_come_before_its_post() -> None:
    stats = Stats()
    gather(stats, a_score(polarity="0.700"))
    assert not stats.read(DAY).posts
    gather(stats, a_post())
    assert [str(post.scores["GME"].polarity) for post in stats.read(DAY).posts] == ["0.700"]


def test_an_edit_that_drops_a_ticker_takes_its_mention_back_whatever_came_first() -> None:
    first, edited = a_post(tickers=found("GME", "AMC")), a_post(tickers=found("GME"))
    stats = Stats()
    gather(stats, edited, at=NOON + timedelta(hours=1), key="edit")
    gather(stats, first)
    assert [post.tickers for post in stats.read(DAY).posts] == [("GME",)]


def test_a_removed_post_stays_gone_when_its_parts_arrive_late() -> None:
    stats = Stats()
    gather(stats, removed(a_post().post_id))
    gather(stats, a_score(), at=NOON + timedelta(hours=1))
    gather(stats, a_post(), at=NOON + timedelta(hours=1))
    assert not stats.read(DAY).posts


def a_days_events() -> list[Envelope]:
    """Posts with edits, rescores, a removal, a corrected bar, and a score nobody's post belongs to."""
    later = NOON + timedelta(hours=2)
    envelopes = []
    for number in range(6):
        post_id, tickers = f"reddit:t3_{number}", found("GME", "AMC") if number % 2 else found("GME")
        post = a_post(post_id=post_id, tickers=tickers, author=f"a{number % 4}", score=7 * number)
        envelopes.append(enveloped(post))
        envelopes += [
            enveloped(a_score(post_id=post_id, ticker=m["ticker"], polarity=f"0.{number}1")) for m in tickers
        ]
    envelopes += [
        enveloped(
            a_post(post_id="reddit:t3_1", tickers=found("GME", "NOK"), score=900), at=later, key="edit"
        ),
        enveloped(a_score(post_id="reddit:t3_2", polarity="-0.801"), at=later, key="rescore"),
        enveloped(a_score(post_id="reddit:t3_4", method="fallback", polarity="0.999"), at=later, key="again"),
        enveloped(a_score(post_id="reddit:t3_elsewhere")),
        enveloped(removed("reddit:t3_3")),
        enveloped(a_bar()),
        enveloped(a_bar(close="347.52"), at=later, key="corrected"),
        enveloped(a_bar(ticker="AMC", close="19.90", change_pct=None)),
    ]
    return envelopes


EVENTS = a_days_events()
CLASSES = {cls.detail_type: cls for cls in USE_CASES}


def gathered(envelopes: list[Envelope]) -> Stats:
    stats = Stats()
    for envelope in envelopes:
        cls = CLASSES[envelope.type]
        USE_CASES[cls](cls.read(envelope.data), Said(envelope), stats=stats)
    return stats


@settings(deadline=None)
@given(st.permutations(EVENTS), st.lists(st.sampled_from(EVENTS), max_size=12), st.data())
def test_any_order_with_any_repeats_gives_the_same_summary(
    order: list[Envelope], repeats: list[Envelope], data: st.DataObject
) -> None:
    arrivals = list(order)
    for repeat in repeats:
        arrivals.insert(data.draw(st.integers(0, len(arrivals))), repeat)
    assert summary_bytes(gathered(arrivals)) == summary_bytes(gathered(EVENTS))


def test_each_late_word_in_the_permuted_day_makes_a_difference() -> None:
    *_, edit, rescore, fallback, _, removal, _, corrected, other = EVENTS
    whole = summary_bytes(gathered(EVENTS))
    for late in (edit, rescore, fallback, removal, corrected, other):
        assert summary_bytes(gathered([e for e in EVENTS if e != late])) != whole, late.subject
