"""Which tickers a post is about, and how sure we are."""

import re
from collections import Counter
from collections.abc import Iterable, Iterator
from datetime import date
from decimal import Decimal
from typing import Literal, NamedTuple

from services.ingestion.sense import sense
from services.ingestion.spelling import Spelling
from services.ingestion.spotting import Spot
from services.ingestion.surroundings import ELSEWHERE, LISTING, OPTION, prose_of, stands_alone
from services.ingestion.universe import Universe

How = Literal["cashtag", "listing", "option", "symbol", "name"]

CERTAIN = Decimal("0.95")
STRONG = Decimal("0.90")

CASHTAG = re.compile(r"\$(?<!\w\$)([A-Za-z]{1,6})(?:([.\-/])([A-Za-z]{1,2}))?(?![A-Za-z0-9_])")
# "$k" and its like are amounts with the number left out.
AMOUNTS = frozenset("kmb")


class Link(NamedTuple):
    """A ticker at [start, end) of the title, a blank line and the text; of the text alone when untitled."""

    symbol: str
    confidence: Decimal
    start: int
    end: int
    how: How


def whole(title: str, text: str) -> str:
    """The string that spans point into."""
    return f"{title}\n\n{text}" if title else text


def link(title: str, text: str, universe: Universe, day: date | None = None) -> list[Link]:
    """Each ticker once, at its surest place, in order of place.

    A ticker is the symbol the company had on `day`; without a day, the one it has now.
    """
    post = whole(title, text)
    spots = universe.spotter.spots(post)
    if not spots and "$" not in post:
        return []
    prose = prose_of(post)
    found = list(_spelt(prose, spots, universe))
    if "$" in prose:
        found += _cashtags(prose, universe)
    return _surest(list(_dated(found, universe, day or date.max))) if found else found


def unknown_cashtags(title: str, text: str, universe: Universe, day: date | None = None) -> Counter[str]:
    """How often each cashtag occurs that was no ticker of ours on `day`; today, without a day."""
    if "$" not in text and "$" not in title:
        return Counter()
    tags = CASHTAG.finditer(prose_of(whole(title, text)))
    asked = ((tag[1], _tagged(tag, universe)) for tag in tags if tag[1] not in AMOUNTS)
    on = day or date.max
    return Counter(
        said.upper() for said, known in asked if not (known and universe.renames.said(known[0], on))
    )


def _surest(found: list[Link]) -> list[Link]:
    if len(found) < 2:
        return found
    best: dict[str, Link] = {}
    for link in sorted(found, key=lambda link: (link.start, link.end)):
        if link.symbol not in best or link.confidence > best[link.symbol].confidence:
            best[link.symbol] = link
    return sorted(best.values(), key=lambda link: (link.start, link.end))


def _dated(found: Iterable[Link], universe: Universe, day: date) -> Iterator[Link]:
    """Each link under the ticker of that day, without those of companies not yet listed."""
    renames = universe.renames
    for link in found:
        if link.symbol not in renames.symbols:
            yield link
        elif symbol := (renames.named if link.how == "name" else renames.said)(link.symbol, day):
            yield link._replace(symbol=symbol)


def _cashtags(prose: str, universe: Universe) -> Iterator[Link]:
    for tag in CASHTAG.finditer(prose):
        if tagged := _tagged(tag, universe):
            symbol, end = tagged
            yield Link(symbol, CERTAIN, tag.start(), end, "cashtag")


def _tagged(tag: re.Match[str], universe: Universe) -> tuple[str, int] | None:
    """The ticker a cashtag names and where it ends."""
    base = tag[1].upper()
    if tag[1] in AMOUNTS:
        return None
    if tag[3] and (symbol := universe.symbols.get(f"{base}.{tag[3].upper()}")):
        return symbol, tag.end()
    # StockTwits writes coins as $BTC.X.
    coin = tag[2] == "." and tag[3] == "X"
    if base not in universe.symbols or coin or ELSEWHERE.match(tag.string, tag.end(1)):
        return None
    return universe.symbols[base], tag.end(1)


def _spelt(prose: str, spots: Iterable[Spot], universe: Universe) -> Iterator[Link]:
    """Symbols and names where they mean the company."""
    for start, end, spelling in spots:
        if prose[start] == " ":
            continue
        if spelling.how == "listing":
            yield from _listed(prose, start, universe)
            continue
        how, confidence = _weight(prose, start, end, spelling, universe)
        if confidence:
            yield Link(spelling.symbol, confidence, start, end, how)


def _listed(prose: str, start: int, universe: Universe) -> Iterator[Link]:
    """The symbol after an exchange or the word "ticker"."""
    found = LISTING.match(prose, start)
    symbol = universe.symbols.get(f"{found[1]}.{found[2]}" if found[2] else found[1]) if found else None
    if found and symbol and stands_alone(prose, found.start(1), found.end()):
        yield Link(symbol, CERTAIN, found.start(1), found.end(), "listing")


def _weight(
    prose: str, start: int, end: int, spelling: Spelling, universe: Universe
) -> tuple[How, Decimal | None]:
    if spelling.how == "name":
        return "name", sense(prose, start, end, spelling.word, universe)
    # "FOR 20 calls" and "ON 5c" say nothing; with an expiry they are contracts.
    option = OPTION.match(prose, end)
    if option and (spelling.word.needs != "mark" or option["before"] or option["after"]):
        return "option", STRONG
    return "symbol", sense(prose, start, end, spelling.word, universe) if len(spelling.phrase) > 1 else None
