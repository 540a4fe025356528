"""A week's training: the same history the same bytes, and no worse model in force."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from itertools import pairwise

import pytest

from contracts.events.arrivals import Due
from services.prediction.features import FEATURES
from services.prediction.observed import Bar, Mood
from services.prediction.releasing import Release
from services.prediction.serving import read_model
from services.prediction.sessions import closes_at
from services.prediction.training import train_model
from services.prediction.validating import Validation
from tests.builders import Said, enveloped
from tests.unit.prediction.markets import bars_of, random_walk, trending
from tests.unit.prediction.models import a_text

SATURDAY = datetime(2020, 8, 1, 10, 0, tzinfo=UTC)
TICK = Due(schedule="weeks", due_at=SATURDAY)


@dataclass
class Heard:
    """Stands in for the features table."""

    bars: Mapping[str, list[Bar]]
    moods: Mapping[str, list[Mood]] = field(default_factory=dict)

    def tickers(self) -> list[str]:
        return sorted(self.bars)

    def history(self, ticker: str, first: date, last: date) -> tuple[list[Bar], list[Mood]]:
        bars = [bar for bar in self.bars[ticker] if first <= bar.day <= last]
        return bars, [mood for mood in self.moods.get(ticker, []) if mood.at <= closes_at(last)]


@dataclass
class Kept:
    """Stands in for the models bucket."""

    texts: dict[str, str] = field(default_factory=dict)
    listed: list[Release] = field(default_factory=list)
    noted: dict[datetime, Mapping[str, object]] = field(default_factory=dict)

    def keep(self, name: str, text: str) -> str:
        self.texts[name] = text
        return name

    def text(self, key: str) -> str:
        return self.texts[key]

    def releases(self) -> tuple[list[Release], str | None]:
        return list(self.listed), str(len(self.listed))

    def put_in_force(self, releases: Sequence[Release], seen: str | None) -> None:
        assert seen == str(len(self.listed))
        self.listed = list(releases)

    def note_training(self, due: datetime, outcome: Mapping[str, object]) -> None:
        self.noted[due] = outcome


@dataclass
class Told:
    """Stands in for the log."""

    lines: list[tuple[object, Mapping[str, object]]] = field(default_factory=list)

    def info(self, msg: object, /, *, extra: Mapping[str, object]) -> None:
        self.lines.append((msg, extra))

    warning = info


def train(heard: Heard, kept: Kept, tick: Due = TICK) -> Told:
    log, said = Told(), Said(enveloped(tick))
    train_model(tick, said, observations=heard, models=kept, log=log)
    assert said.events == []
    return log


TRENDING = {f"T{i}": trending(i) for i in range(5)}
"""Until 14 July 2020."""


def test_the_first_model_comes_into_force() -> None:
    kept = Kept()
    train(Heard(TRENDING), kept)

    (release,) = kept.listed
    model = read_model(kept.texts[release.key])
    assert (release.due, model.due) == (SATURDAY, date(2020, 8, 1))
    assert release.key.startswith(model.version)
    assert set(model.horizons) == {1, 10, 21}
    assert model.horizons[1].validation.edge


def test_a_repeat_changes_nothing() -> None:
    kept = Kept()
    train(Heard(TRENDING), kept)
    before = Kept(dict(kept.texts), list(kept.listed), dict(kept.noted))
    train(Heard({ticker: bars[::-1] for ticker, bars in reversed(TRENDING.items())}), kept)

    assert kept == before


def test_what_closed_after_it_was_due_is_not_learnt_from() -> None:
    early = datetime(2020, 6, 6, 10, 0, tzinfo=UTC)
    known = {ticker: [bar for bar in bars if bar.day <= early.date()] for ticker, bars in TRENDING.items()}
    told, in_time = Kept(), Kept()

    train(Heard(TRENDING), told, Due(schedule="weeks", due_at=early))
    train(Heard(known), in_time, Due(schedule="weeks", due_at=early))

    assert told == in_time


def test_too_little_history_gives_no_model_and_says_so() -> None:
    kept = Kept()
    log = train(Heard({"T": random_walk(1, sessions=70)}), kept)

    assert (kept.texts, kept.listed) == ({}, [])
    assert kept.noted == {SATURDAY: {"key": None, "reason": "too little history"}}
    assert [line[0] for line in log.lines] == ["training.skipped"]


def test_without_any_history_there_is_no_model() -> None:
    assert train(Heard({}), Kept()).lines[0][0] == "training.skipped"


def test_a_worse_model_is_kept_but_not_in_force() -> None:
    kept = Kept()
    train(Heard(TRENDING), kept)
    before = list(kept.listed)
    later = Due(schedule="weeks", due_at=datetime(2020, 8, 8, 10, 0, tzinfo=UTC))
    log = train(Heard({f"T{i}": random_walk(i) for i in range(5)}), kept, later)

    assert kept.listed == before
    assert len(kept.texts) == 2
    assert log.lines[-1][1]["in_force"] is False
    assert [outcome["in_force"] for outcome in kept.noted.values()] == [True, False]


def test_a_model_nobody_can_read_any_more_gives_way() -> None:
    stale = json.loads(a_text()) | {"features": list(FEATURES)[:-1]}
    kept = Kept({"stale": json.dumps(stale)}, [Release(SATURDAY - timedelta(days=7), "stale")])
    train(Heard(TRENDING), kept)

    assert [release.due for release in kept.listed] == [SATURDAY - timedelta(days=7), SATURDAY]


def test_a_training_that_came_late_does_not_replace_a_later_one() -> None:
    week_before = Due(schedule="weeks", due_at=datetime(2020, 7, 25, 10, 0, tzinfo=UTC))
    in_order, late = Kept(), Kept()
    for tick in (week_before, TICK):
        train(Heard(TRENDING), in_order, tick)
    for tick in (TICK, week_before):
        train(Heard(TRENDING), late, tick)

    assert in_order == late
    assert len(late.listed) == 2


def test_talk_that_tells_tomorrow_is_learnt() -> None:
    """The mood of a day is up where the next close is; prices say nothing."""
    bars = random_walk(77, sessions=400)
    moods = [
        Mood(closes_at(day.day), Decimal("0.5") if nxt.close > day.close else Decimal("-0.5"), 5, Decimal(1))
        for day, nxt in pairwise(bars)
    ]
    kept = Kept()
    train(Heard({"T": bars}, {"T": moods}), kept)

    worth: Validation = read_model(kept.texts[kept.listed[0].key]).horizons[1].validation
    assert worth.edge


def test_one_way_markets_can_be_trained_on() -> None:
    kept = Kept()
    train(Heard({"T": bars_of([1.001] * 300)}), kept)

    fitted = read_model(kept.texts[kept.listed[0].key]).horizons[1]
    assert fitted.validation.baseline == pytest.approx(1.0)
    assert not fitted.validation.edge
