"""Windows: a ticker's hour against its day, and when a shift is told."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from decimal import Decimal
from itertools import permutations, product
from random import Random
from typing import Any

import pytest

from contracts.events.arrivals import Due
from contracts.events.sentiment import TickerSentimentShiftedV1
from services.sentiment.aggregating import aggregate_sentiment
from services.sentiment.keeping import Score
from services.sentiment.seeing import Look
from services.sentiment.windows import Figures, Standing, figures, standing_after
from tests.builders import NOON, Said, enveloped

QUARTER = timedelta(minutes=15)


def a_kept_score(number: int = 0, **changes: Any) -> Score:
    """One author's score of half an hour before noon."""
    base = Score(
        ticker="GME",
        post_id=f"reddit:p{number}",
        posted_at=NOON - timedelta(minutes=30),
        seen="1",
        polarity=Decimal("0.500"),
        method="model",
        author=f"author-{number}",
        cluster=None,
        votes=1,
        comments=0,
        event=f"score-{number}",
    )
    return replace(base, **changes)


def an_hour_of(
    count: int, *, ago: timedelta = timedelta(minutes=30), first: int = 0, **changes: Any
) -> list[Score]:
    return [a_kept_score(first + n, posted_at=NOON - ago, **changes) for n in range(count)]


def found_in(scores: Iterable[Score]) -> Figures:
    found = figures(scores, NOON)
    assert found is not None
    return found


def some_figures(**changes: Any) -> Figures:
    calm = Figures(
        mentions=20,
        usual_mentions=Decimal(20),
        velocity=Decimal(0),
        voices=20,
        surge=Decimal(0),
        mean=Decimal("0.1"),
        previous=Decimal("0.1"),
        shift=Decimal(0),
        unique_authors=20,
        near_duplicate_share=Decimal(0),
        fallback_share=Decimal(0),
        evidence=(),
    )
    return replace(calm, **changes)


def test_one_author_or_one_text_is_one_voice_however_often_it_comes() -> None:
    alone = [replace(score, author="loud") for score in an_hour_of(50)]
    campaign = [replace(score, cluster="c") for score in an_hour_of(50, first=100)]
    crowd = an_hour_of(9, first=200)

    assert found_in(alone).voices == 1
    assert found_in(campaign).voices == 1
    found = found_in([*alone, *campaign, *crowd])
    assert (found.mentions, found.voices) == (109, 11)


def test_a_loud_author_and_a_campaign_make_no_surge_and_a_crowd_does() -> None:
    loud = [replace(score, author="loud") for score in an_hour_of(50)]
    campaign = [replace(score, cluster="c") for score in an_hour_of(50)]
    for scores in (loud, campaign):
        assert standing_after(None, found_in(scores), NOON)[1] == ()
    assert standing_after(None, found_in(an_hour_of(10)), NOON)[1] == ("mentions",)


def test_usual_voices_are_counted_hour_by_hour() -> None:
    """The same ten people in each of the 24 hours before are ten voices an hour, not ten a day."""
    hours = [
        replace(score, post_id=f"reddit:{ago}-{n}")
        for ago in range(1, 25)
        for n, score in enumerate(an_hour_of(10, ago=timedelta(hours=ago, minutes=30)))
    ]
    assert found_in([*an_hour_of(10), *hours]).surge == Decimal("0.000")


def test_nobody_spoke_is_no_window() -> None:
    assert figures([], NOON) is None
    assert figures(an_hour_of(3, ago=timedelta(hours=2)), NOON) is None


def test_the_hour_begins_with_its_first_moment_and_ends_before_its_last() -> None:
    start, end = timedelta(hours=1), timedelta(0)
    assert found_in([*an_hour_of(1, ago=start), *an_hour_of(1, ago=end, first=1)]).mentions == 1


def test_the_usual_talk_is_the_mean_hour_of_the_day_before() -> None:
    hour, day = an_hour_of(9), an_hour_of(48, ago=timedelta(hours=5), first=100)
    too_old = an_hour_of(7, ago=timedelta(hours=25, minutes=1), first=200)
    found = found_in([*hour, *day, *too_old])
    assert (found.mentions, found.usual_mentions, found.velocity) == (9, Decimal(2), Decimal("2.333"))


def test_one_loud_author_has_one_voice() -> None:
    loud = an_hour_of(98, author="loud", polarity=Decimal("1.000"))
    quiet = an_hour_of(3, first=200, polarity=Decimal("-0.500"))
    found = found_in([*loud, *quiet])
    assert found.mean == Decimal("-0.125")
    assert (found.mentions, found.unique_authors) == (101, 4)


def test_posts_of_unknown_authors_share_one_voice_and_count_as_nobody() -> None:
    unknown = an_hour_of(50, author=None, polarity=Decimal("1.000"))
    found = found_in([*unknown, a_kept_score(60, polarity=Decimal("0.000"))])
    assert (found.mean, found.unique_authors) == (Decimal("0.500"), 1)


def test_lexicon_scores_are_counted_apart_and_do_not_move_the_mean() -> None:
    lexicon = an_hour_of(1, first=50, method="fallback", polarity=Decimal("-1.000"))
    found = found_in([*an_hour_of(3), *lexicon])
    assert (found.mean, found.fallback_share) == (Decimal("0.500"), Decimal("0.250"))


def test_an_hour_read_by_the_lexicon_alone_says_so_and_shifts_nothing() -> None:
    lexicon = an_hour_of(6, method="fallback", polarity=Decimal("-1.000"))
    found = found_in([*lexicon, *an_hour_of(6, ago=timedelta(hours=3), first=50)])
    assert (found.mean, found.fallback_share, found.shift) == (Decimal("-1.000"), Decimal(1), None)


def test_when_nobody_spoke_before_there_is_nothing_to_shift_from() -> None:
    found = found_in(an_hour_of(30))
    assert (found.previous, found.shift) == (None, None)


def test_a_repeat_is_a_post_that_says_what_another_said_first() -> None:
    copies = an_hour_of(3, cluster="c1")
    found = found_in([*copies, a_kept_score(10, cluster="c2"), a_kept_score(11)])
    assert found.near_duplicate_share == Decimal("0.400")


def test_of_an_edited_post_only_the_newest_version_counts() -> None:
    edited = [a_kept_score(0, seen="2", polarity=Decimal("-0.900")), a_kept_score(0, seen="1")]
    found = found_in(edited)
    assert (found.mentions, found.mean) == (1, Decimal("-0.900"))


def test_the_evidence_is_the_twenty_scores_people_cared_for_most() -> None:
    scores = [a_kept_score(n, votes=n, comments=n) for n in range(30)]
    assert found_in(scores).evidence == tuple(f"score-{n}" for n in range(29, 9, -1))


def test_votes_below_zero_weigh_nothing() -> None:
    scores = [a_kept_score(0, votes=-5000), a_kept_score(1, votes=1)]
    assert found_in(scores).evidence == ("score-1", "score-0")


def test_the_order_of_the_scores_does_not_matter() -> None:
    scores = [
        a_kept_score(n, votes=n % 4, polarity=Decimal(n) / 7000, cluster=f"c{n % 5}") for n in range(40)
    ]
    scores += an_hour_of(11, ago=timedelta(hours=7), first=100)
    first = found_in(scores)
    for seed in range(10):
        Random(seed).shuffle(scores)  # noqa: S311 - an order, not a secret
        assert found_in(scores) == first


def walk(*changes: dict[str, Any]) -> list[tuple[str, ...]]:
    """What is announced at one tick after another."""
    standing: Standing | None = None
    told: list[tuple[str, ...]] = []
    for number, change in enumerate(changes):
        standing, entered = standing_after(standing, some_figures(**change), NOON + number * QUARTER)
        told.append(entered)
    return told


def shifts(*values: str) -> list[dict[str, Any]]:
    return [{"shift": Decimal(value)} for value in values]


def velocities(*values: str) -> list[dict[str, Any]]:
    return [{"surge": Decimal(value)} for value in values]


@pytest.mark.parametrize(
    ("walked", "told"),
    [
        (shifts("0.249", "0.250", "0.400"), [(), ("sentiment",), ()]),
        (shifts("0.30", "0.16", "0.30"), [("sentiment",), (), ()]),
        (shifts("0.30", "0.149", "0.30"), [("sentiment",), (), ("sentiment",)]),
        (shifts("-0.25", "-0.20", "0.25"), [("sentiment",), (), ("sentiment",)]),
        (shifts("0.30", "-0.20", "0.25"), [("sentiment",), (), ("sentiment",)]),
        (velocities("0.999", "1.000", "3.0"), [(), ("mentions",), ()]),
        (velocities("1.0", "0.5", "1.0"), [("mentions",), (), ()]),
        (velocities("1.0", "0.499", "1.0"), [("mentions",), (), ("mentions",)]),
        (
            [{"shift": Decimal("0.3"), "surge": Decimal(2)}, {"shift": None, "surge": Decimal(2)}],
            [("sentiment", "mentions"), ()],
        ),
        ([{"shift": Decimal("0.3")}, {"shift": None}, {"shift": Decimal("0.3")}], [("sentiment",), (), ()]),
        (
            [{"shift": Decimal("0.3"), "voices": 4}, {"shift": Decimal("0.3"), "voices": 5}],
            [(), ("sentiment",)],
        ),
        (
            [{"surge": Decimal(5), "voices": 9}, {"surge": Decimal(5), "voices": 10}],
            [(), ("mentions",)],
        ),
    ],
)
def test_a_state_is_told_on_entering_it_and_not_again_until_it_was_left(
    walked: Sequence[dict[str, Any]], told: list[tuple[str, ...]]
) -> None:
    assert walk(*walked) == told


def test_a_state_ends_when_nobody_spoke_for_more_than_an_hour() -> None:
    surging = Standing(NOON, "calm", "surging")
    found = some_figures(surge=Decimal(2))
    assert standing_after(surging, found, NOON + timedelta(hours=1))[1] == ()
    assert standing_after(surging, found, NOON + timedelta(hours=1, minutes=15))[1] == ("mentions",)


@dataclass
class Known:
    scores: list[Score]

    def active(self, start: datetime, end: datetime) -> list[str]:
        return sorted({score.ticker for score in self.scores})

    def between(self, ticker: str, start: datetime, end: datetime) -> list[Score]:
        return [s for s in self.scores if s.ticker == ticker and start <= s.posted_at < end]


@dataclass
class Windows:
    standings: dict[str, Standing] = field(default_factory=dict)
    shifted: dict[tuple[str, datetime], TickerSentimentShiftedV1] = field(default_factory=dict)

    def standing(self, ticker: str) -> Standing | None:
        return self.standings.get(ticker)

    def announced(self, ticker: str, tick: datetime) -> TickerSentimentShiftedV1 | None:
        return self.shifted.get((ticker, tick))

    def keep(
        self,
        ticker: str,
        now: Standing,
        *,
        instead_of: Standing | None,
        shifted: TickerSentimentShiftedV1 | None,
    ) -> bool:
        if self.standings.get(ticker) != instead_of:
            return False
        self.standings[ticker] = now
        if shifted:
            self.shifted[ticker, now.tick] = shifted
        return True


def due(at: datetime) -> Due:
    return Due(schedule="quarter-hours", due_at=at)


@dataclass
class LooksKept:
    kept: list[Look] = field(default_factory=list)

    def between(self, start: datetime, end: datetime) -> list[Look]:
        return [look for look in self.kept if look.start < end and look.end > start]


def told_at(at: datetime, known: Known, windows: Windows, *looks: Look) -> list[Any]:
    tick = due(at)
    said = Said(enveloped(tick, at=at))
    aggregate_sentiment(tick, said, scores=known, windows=windows, looks=LooksKept(list(looks)))
    return said.envelopes


def test_a_surge_is_announced_with_what_it_rests_on() -> None:
    known = Known(an_hour_of(12))
    (envelope,) = told_at(NOON, known, Windows())
    told = TickerSentimentShiftedV1.read(envelope.data)
    assert (told.ticker, told.window, told.window_end) == ("GME", "PT1H", NOON)
    assert (told.because, told.mentions, told.previous) == (("mentions",), 12, None)
    assert len(told.evidence) == 12


def test_a_repeated_tick_says_what_it_said_even_if_more_is_known_by_now() -> None:
    known, windows = Known(an_hour_of(12)), Windows()
    first = told_at(NOON, known, windows)
    known.scores += an_hour_of(5, first=500, polarity=Decimal("-1.000"))
    standings = dict(windows.standings)
    assert told_at(NOON, known, windows) == first
    assert windows.standings == standings


def test_a_tick_that_was_overtaken_says_what_it_said_and_changes_nothing() -> None:
    known, windows = Known(an_hour_of(12)), Windows()
    first = told_at(NOON, known, windows)
    told_at(NOON + QUARTER, known, windows)
    standings = dict(windows.standings)
    assert told_at(NOON, known, windows) == first
    assert told_at(NOON - QUARTER, known, windows) == []
    assert windows.standings == standings


def test_ticks_in_any_order_leave_the_latest_standing() -> None:
    ticks = [NOON, NOON + QUARTER, NOON + 2 * QUARTER]
    for order in permutations(ticks):
        windows = Windows()
        for tick in order:
            told_at(tick, Known(an_hour_of(12)), windows)
        assert windows.standings["GME"].tick == ticks[-1]


class Overtaken(Windows):
    """Another tick is quicker, once."""

    def __init__(self, quicker: Standing) -> None:
        super().__init__()
        self.quicker: Standing | None = quicker

    def keep(self, ticker: str, now: Standing, **rest: Any) -> bool:
        if self.quicker:
            self.standings[ticker], self.quicker = self.quicker, None
        return super().keep(ticker, now, **rest)


@pytest.mark.parametrize(
    ("quicker", "told"),
    [
        (Standing(NOON - QUARTER, "calm", "surging"), 0),
        (Standing(NOON - QUARTER, "calm", "calm"), 1),
        (Standing(NOON + QUARTER, "calm", "calm"), 0),
    ],
)
def test_a_tick_decides_again_on_what_a_quicker_one_left(quicker: Standing, told: int) -> None:
    assert len(told_at(NOON, Known(an_hour_of(12)), Overtaken(quicker))) == told


def test_a_ticker_whose_posts_are_all_gone_is_left_alone() -> None:
    class Emptied(Known):
        def active(self, start: datetime, end: datetime) -> list[str]:
            return ["GME"]

    windows = Windows()
    assert told_at(NOON, Emptied([]), windows) == []
    assert windows.standings == {}


def test_figures_stay_within_what_the_contract_takes() -> None:
    polarities = [Decimal("-1.000"), Decimal("0.333"), Decimal("1.000")]
    for first, second, clusters in product(polarities, polarities, [None, "c"]):
        scores = [
            *an_hour_of(7, polarity=first, cluster=clusters),
            *an_hour_of(4, first=50, polarity=second, author=None),
            *an_hour_of(7, ago=timedelta(hours=9), first=90, polarity=second),
        ]
        for envelope in told_at(NOON, Known(scores), Windows()):
            TickerSentimentShiftedV1.model_validate(envelope.data)
