"""Which tickers a post is about, and how sure we are."""

import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal
from typing import Literal

from services.ingestion.sense import sense
from services.ingestion.surroundings import ELSEWHERE, LISTING, OPTION, prose_of, stands_alone
from services.ingestion.universe import EXCHANGES, TOKEN, Name, Universe

Spans = list[tuple[int, int]]
How = Literal["cashtag", "listing", "option", "symbol", "name"]

CERTAIN = Decimal("0.95")
STRONG = Decimal("0.90")

CASHTAG = re.compile(r"\$(?<!\w\$)([A-Za-z]{1,6})(?:([.\-/])([A-Za-z]{1,2}))?(?![A-Za-z0-9_])")
_BEFORE_CLASS = frozenset(".-/")
SHARE_CLASS = re.compile(r"[.\-/]([A-Z])(?![A-Za-z0-9])")
# "$k" and its like are amounts with the number left out.
AMOUNTS = frozenset("kmb")


@dataclass(frozen=True, slots=True)
class Link:
    """A ticker at [start, end) of the title, a blank line and the text; of the text alone when untitled."""

    symbol: str
    confidence: Decimal
    start: int
    end: int
    how: How


def whole(title: str, text: str) -> str:
    """The string that spans point into."""
    return f"{title}\n\n{text}" if title else text


def link(title: str, text: str, universe: Universe) -> list[Link]:
    """Each ticker once, at its surest place, in order of place."""
    post = whole(title, text)
    tokens = universe.tokens.intersection(TOKEN.findall(post))
    if not tokens and "$" not in post:
        return []
    prose = prose_of(post)
    names = list(_names(prose, tokens, universe))
    # Only a name of several words can have another name or a symbol inside.
    long = [(start, end) for start, end, name in names if not name.phrase.isalpha()]
    return _surest(
        [
            *_cashtags(prose, universe),
            *_listings(prose, tokens, universe),
            *_companies(prose, names, long, universe),
            *_symbols(prose, tokens, long, universe),
        ]
    )


def unknown_cashtags(title: str, text: str, universe: Universe) -> Counter[str]:
    """How often each cashtag that is no ticker of ours occurs."""
    tags = CASHTAG.finditer(prose_of(whole(title, text)))
    return Counter(tag[1].upper() for tag in tags if tag[1] not in AMOUNTS and not _tagged(tag, universe))


def _surest(found: list[Link]) -> list[Link]:
    if len(found) < 2:
        return found
    best: dict[str, Link] = {}
    for link in sorted(found, key=lambda link: (link.start, link.end)):
        if link.symbol not in best or link.confidence > best[link.symbol].confidence:
            best[link.symbol] = link
    return sorted(best.values(), key=lambda link: (link.start, link.end))


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
    if tag[3] and (symbol := f"{base}.{tag[3].upper()}") in universe.symbols:
        return symbol, tag.end()
    # StockTwits writes coins as $BTC.X.
    coin = tag[2] == "." and tag[3] == "X"
    if base not in universe.symbols or coin or ELSEWHERE.match(tag.string, tag.end(1)):
        return None
    return base, tag.end(1)


def _listings(prose: str, tokens: frozenset[str], universe: Universe) -> Iterator[Link]:
    if tokens.isdisjoint(EXCHANGES) and "ticker" not in prose:
        return
    for listing in LISTING.finditer(prose):
        symbol = f"{listing[1]}.{listing[2]}" if listing[2] else listing[1]
        if symbol in universe.symbols and stands_alone(prose, listing.start(1), listing.end()):
            yield Link(symbol, CERTAIN, listing.start(1), listing.end(), "listing")


def _names(prose: str, tokens: frozenset[str], universe: Universe) -> Iterator[tuple[int, int, Name]]:
    """Where names stand, whether or not they mean the company there."""
    for token in tokens:
        for name in universe.names.get(token, ()):
            start = prose.find(name.phrase)
            while start >= 0:
                end = start + len(name.phrase)
                if stands_alone(prose, start, end):
                    yield start, end, name
                start = prose.find(name.phrase, end)


def _companies(
    prose: str, names: list[tuple[int, int, Name]], long: Spans, universe: Universe
) -> Iterator[Link]:
    """Companies named; of a name's places only the first of each confidence, since later ones lose anyway."""
    told = set()
    for start, end, name in names:
        confidence = sense(prose, start, end, name.word, universe)
        if confidence and (name.phrase, confidence) not in told and not _inside(start, end, long):
            told.add((name.phrase, confidence))
            yield Link(name.symbol, confidence, start, end, "name")


def _inside(start: int, end: int, long: Spans) -> bool:
    """Whether it is only a part of a longer name: AMC in AMC Networks."""
    return any(first <= start and end <= last and end - start < last - first for first, last in long)


def _symbols(prose: str, tokens: frozenset[str], long: Spans, universe: Universe) -> Iterator[Link]:
    told = set()
    for token in filter(str.isupper, tokens):
        for start in _places(prose, token):
            symbol, end = _with_share_class(prose, start, token, universe)
            if symbol in universe.symbols and stands_alone(prose, start, end):
                how, confidence = _weight(prose, start, end, symbol, universe)
                if confidence and (symbol, confidence) not in told and not _inside(start, end, long):
                    told.add((symbol, confidence))
                    yield Link(symbol, confidence, start, end, how)


def _with_share_class(prose: str, start: int, token: str, universe: Universe) -> tuple[str, int]:
    end = start + len(token)
    share = SHARE_CLASS.match(prose, end) if prose[end : end + 1] in _BEFORE_CLASS else None
    if share and (symbol := f"{token}.{share[1]}") in universe.symbols:
        return symbol, share.end()
    return token, end


def _weight(prose: str, start: int, end: int, symbol: str, universe: Universe) -> tuple[How, Decimal | None]:
    word = universe.word(symbol)
    option = OPTION.match(prose, end)
    # "FOR 20 calls" and "ON 5c" say nothing; with an expiry they are contracts.
    if option and (word.needs != "mark" or option["before"] or option["after"]):
        return "option", STRONG
    return "symbol", sense(prose, start, end, word, universe) if len(symbol) > 1 else None


def _places(prose: str, said: str) -> Iterator[int]:
    at = prose.find(said)
    while at >= 0:
        yield at
        at = prose.find(said, at + len(said))
