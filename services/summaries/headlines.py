"""The day's headline, from its figures: who was talked about, and what was not seen."""

from collections.abc import Sequence
from datetime import date

from services.summaries.days import ENDS, OPENS
from services.summaries.grounding import Facts
from services.summaries.tallying import Figures
from services.summaries.writing import HOURS, day_text, posts_text

FEELINGS: dict[str, str] = {
    "moon": "euphoric",
    "bullish": "bullish",
    "neutral": "neutral",
    "bearish": "bearish",
    "doom": "gloomy",
    "unknown": "not known",
}


def headline(day: date, posts: int, ranked: Sequence[Figures], shown: int, min_voices: int) -> str:
    """Two or three sentences; *shown* of the *ranked* tickers, each named by *min_voices*, follow below."""
    if not posts:
        return (
            f"No posts of {day_text(day)} reached us. "
            "Whether nothing was said or nothing was collected is not known."
        )
    enough = f"{min_voices:,} voices or more"
    if not ranked:
        return (
            f"No ticker was named by {enough} on {day_text(day)}. We saw {posts_text(posts)} {HOURS}; "
            "how much was said beyond them is not known, so this is no sign of a calm day."
        )
    first = ranked[0]
    led = (
        f"{first.ticker} was talked about most on {day_text(day)}, in {first.mentions:,} of the "
        f"{posts_text(posts)} we saw, and the mood was {FEELINGS[first.mood]}."
    )
    return " ".join(filter(None, (led, _next(ranked, enough), _cut(ranked, shown))))


def headline_facts(day: date, posts: int, ranked: Sequence[Figures], shown: int, min_voices: int) -> Facts:
    """What a headline may say."""
    return Facts(
        tickers=frozenset(figures.ticker for figures in ranked),
        dates=frozenset({day}),
        times=frozenset({OPENS, ENDS}),
        counts=frozenset({posts, len(ranked), shown, min_voices, *(f.mentions for f in ranked[:1])}),
    )


def _next(ranked: Sequence[Figures], enough: str) -> str:
    if len(ranked) == 1:
        return f"No other ticker was named by {enough}."
    after = " and ".join(figures.ticker for figures in ranked[1:3])
    return f"{after} came next; {len(ranked):,} tickers were named by {enough}."


def _cut(ranked: Sequence[Figures], shown: int) -> str:
    return f"Only the {shown:,} most discussed of them are told here." if shown < len(ranked) else ""
