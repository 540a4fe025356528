"""Scoring posts: what is read, what is kept, what is announced; and what becomes void."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path

import pytest

from contracts.events.ingestion import PostIngestedV1, PostRemovedV1
from contracts.events.sentiment import SentimentScoredV1, SentimentWithheldV1
from services.sentiment.deployed import deployed
from services.sentiment.keeping import Score, Version, forget_scores, outdated, seen_as, sortable
from services.sentiment.readers import Reader
from services.sentiment.scoring import Reading, reading
from services.sentiment.scoring_posts import score_posts
from tests.builders import NOON, Said, a_post, enveloped


def of_model(negative: float = 0.1, neutral: float = 0.2, positive: float = 0.7) -> Reading:
    return reading((negative, neutral, positive), method="model", model="minilm-l6", version="1")


def of_lexicon(_: str) -> Reading:
    return reading((0.0, 1.0, 0.0), method="fallback", model="vader", version="3")


def mention(ticker: str, start: int = 0, end: int = 3) -> dict[str, object]:
    return {"ticker": ticker, "confidence": "0.9", "start": start, "end": end, "how": "symbol"}


@dataclass
class Kept:
    versions: list[Version] = field(default_factory=list)
    scores: list[Score] = field(default_factory=list)

    def keep(self, versions: Sequence[Version], scores: Sequence[Score]) -> None:
        self.versions += versions
        self.scores += scores


@dataclass
class Heard:
    """Reads every text as glad, and remembers what it was asked."""

    calls: list[list[str]] = field(default_factory=list)

    def __call__(self, texts: Sequence[str]) -> list[Reading]:
        self.calls.append(list(texts))
        return [of_model() for _ in texts]


def scored(*posts: PostIngestedV1, read: Heard | Reader | None = None) -> tuple[Kept, list[Said]]:
    kept, said = Kept(), [Said(enveloped(post)) for post in posts]
    score_posts(list(zip(posts, said, strict=True)), read=read or Heard(), scores=kept)
    return kept, said


def test_a_post_is_announced_and_kept_for_its_ticker() -> None:
    kept, (said,) = scored(a_post())

    (announced,) = said.events
    assert isinstance(announced, SentimentScoredV1)
    assert (announced.ticker, str(announced.polarity), announced.label) == ("GME", "0.600", "positive")
    assert (announced.method, announced.model, announced.posted_at) == ("model", "minilm-l6", NOON)
    (score,) = kept.scores
    assert score.event == said.envelopes[0].id
    assert (score.author, score.cluster, score.votes, score.comments) == ("a1b2c3", "c0ffee", 120, 14)


def test_the_model_is_called_once_for_a_whole_batch() -> None:
    heard = Heard()
    scored(a_post(post_id="reddit:a"), a_post(post_id="reddit:b", text="I sold."), read=heard)
    assert [len(call) for call in heard.calls] == [2]


def test_each_ticker_is_read_from_its_own_sentences() -> None:
    text = "GME is flying. AMC looks weak."
    post = a_post(title="", text=text, tickers=[mention("GME", 0, 3), mention("AMC", 15, 18)])
    heard = Heard()
    _, (said,) = scored(post, read=heard)

    assert heard.calls == [["« GME » is flying.", "« AMC » looks weak."]]
    assert [event.subject for event in said.events] == ["reddit:t3_l6q0aa/GME", "reddit:t3_l6q0aa/AMC"]


def test_a_ticker_named_twice_is_scored_once() -> None:
    kept, (said,) = scored(a_post(tickers=[mention("GME"), mention("GME", 10, 13)]))
    assert len(kept.scores) == len(said.events) == 1


def test_a_post_without_tickers_is_ignored() -> None:
    heard = Heard()
    kept, (said,) = scored(a_post(tickers=[]), read=heard)
    assert (heard.calls, kept.versions, kept.scores, said.events) == ([], [], [], [])


def test_a_post_nobody_can_read_is_withheld_with_the_reason_and_has_no_score() -> None:
    heard = Heard()
    kept, (said,) = scored(a_post(title="", text="https://example.com/chart"), read=heard)

    (withheld,) = said.events
    assert isinstance(withheld, SentimentWithheldV1)
    assert withheld.why == "only a link"
    assert (heard.calls, kept.scores) == ([], [])
    assert kept.versions[0].tickers == ()


def test_a_score_keeps_which_version_of_the_post_it_read() -> None:
    kept, (said,) = scored(a_post())
    assert kept.scores[0].seen == kept.versions[0].seen == seen_as(said.cause)
    assert kept.versions[0].tickers == ("GME",)


def test_of_a_posts_versions_the_one_that_happened_last_stays() -> None:
    versions = [Version("reddit:a", NOON, seen, ("GME",)) for seen in ("2~b", "3~a", "1~c")]
    assert [version.seen for version in outdated(versions, removed=False)] == ["1~c", "2~b"]
    assert len(outdated(versions, removed=True)) == 3
    assert outdated([], removed=False) == []


def test_a_later_version_sorts_after_an_earlier_one_of_the_same_second() -> None:
    assert sortable(NOON) < sortable(NOON + timedelta(milliseconds=5)) < sortable(NOON + timedelta(seconds=1))


def test_a_removal_is_passed_on_and_announces_nothing() -> None:
    forgotten: list[str] = []

    class Posts:
        def forget(self, post_id: str) -> None:
            forgotten.append(post_id)

    removal = PostRemovedV1(post_id="reddit:a", why="deleted", removed_at=NOON)
    said = Said(enveloped(removal))
    forget_scores(removal, said, posts=Posts())
    assert (forgotten, said.events) == (["reddit:a"], [])


class Picky:
    """A model that chokes on a word."""

    def __call__(self, texts: Sequence[str]) -> list[Reading]:
        if any("choke" in text for text in texts):
            raise RuntimeError("no tokens")
        return [of_model() for _ in texts]


@dataclass
class Reports:
    reasons: list[object] = field(default_factory=list)

    def __call__(self, *, extra: dict[str, object]) -> None:
        self.reasons.append(extra["reason"])


def test_a_post_the_model_chokes_on_is_read_by_the_lexicon_and_drags_no_other_down() -> None:
    reports = Reports()
    reader = Reader(Picky(), fallback=of_lexicon, report=reports)
    posts = a_post(post_id="reddit:a"), a_post(post_id="reddit:b", text="I choke.")
    kept, _ = scored(*posts, read=reader)

    assert [score.method for score in kept.scores] == ["model", "fallback"]
    assert reports.reasons == ["RuntimeError: no tokens"]


def test_a_model_that_gives_too_few_readings_is_not_believed() -> None:
    reader = Reader(lambda texts: [], fallback=of_lexicon, report=Reports())
    assert [found.method for found in reader(["up", "down"])] == ["fallback", "fallback"]


def test_a_text_sent_twice_is_read_once_and_answered_twice() -> None:
    heard = Heard()
    assert len(Reader(heard, fallback=of_lexicon, report=Reports())(["up", "up"])) == 2
    assert heard.calls == [["up"]]


def test_a_model_that_cannot_be_loaded_leaves_the_reading_to_the_lexicon(tmp_path: Path) -> None:
    reports = Reports()
    (found,) = Reader(deployed(str(tmp_path), Path), fallback=of_lexicon, report=reports)(["GME is flying"])
    assert found.method == "fallback"
    assert len(reports.reasons) == 1


@pytest.mark.parametrize("title", ["", "GME is flying"])
def test_spans_point_into_the_text_that_is_read(title: str) -> None:
    body = "I hold AMC. And BB too."
    offset = len(title) + 2 if title else 0
    tickers = [mention("AMC", offset + 7, offset + 10), mention("BB", offset + 16, offset + 18)]
    heard = Heard()
    scored(a_post(title=title, text=body, tickers=tickers), read=heard)
    assert heard.calls == [["I hold « AMC ».", "And « BB » too."]]
