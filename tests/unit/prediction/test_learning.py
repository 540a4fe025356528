"""What was heard is kept with the envelope that said it."""

from collections.abc import Sequence
from dataclasses import dataclass, field

from contracts.events.envelope import Envelope
from contracts.events.market_data import DailyBarClosedV1
from contracts.events.sentiment import TickerSentimentShiftedV1
from services.prediction.learning import learn_bars, learn_moods
from tests.builders import Said, a_bar, a_shift, enveloped


@dataclass
class Kept:
    bars: list[tuple[DailyBarClosedV1, Envelope]] = field(default_factory=list)
    moods: list[tuple[TickerSentimentShiftedV1, Envelope]] = field(default_factory=list)

    def keep_bars(self, heard: Sequence[tuple[DailyBarClosedV1, Envelope]]) -> None:
        self.bars += heard

    def keep_moods(self, heard: Sequence[tuple[TickerSentimentShiftedV1, Envelope]]) -> None:
        self.moods += heard


def test_bars_are_kept_but_filled_gaps_are_not() -> None:
    friday, saturday, empty = a_bar(date="2021-01-29"), a_bar(date="2021-01-30"), a_bar(volume=0)
    kept = Kept()
    learn_bars([(bar, Said(enveloped(bar))) for bar in (friday, saturday, empty)], observations=kept)

    assert kept.bars == [(friday, enveloped(friday))]


def test_moods_are_kept_but_not_those_a_word_list_alone_has_read() -> None:
    shift, rough, kept = a_shift(fallback_share="0.9"), a_shift(fallback_share="1"), Kept()
    learn_moods([(one, Said(enveloped(one))) for one in (rough, shift)], observations=kept)

    assert kept.moods == [(shift, enveloped(shift))]
