"""How fast and how rightly posts are read for tickers, beside one regular expression of all symbols.

    python -m benchmarks.linking [--posts DIRECTORY] [--tweets DIRECTORY]

Speed is measured on every CSV of posts under `--posts`, or on the recorded day where that is absent. Times
are the process's own (CPU), the best of three. The peer is `\\b(?:A|AA|…)\\b`: it knows no names, no cashtags
in lower case, no words and no days. Finding alone is measured for three ways to find the same spellings.

Right and wrong are counted by trap on posts of our own (`tests/unit/ingestion/labelled_posts.jsonl`) and on
a part that no rule was made by looking at (`held_out_posts.jsonl`). Strangers' posts have no full labels;
what can be asked of them is how many that name GameStop in any letters are linked to it, and how many tweets
filed under a ticker (`--tweets`, StockNet's format) are linked to that ticker.
"""

import argparse
import gzip
import itertools
import json
import re
import shutil
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import date
from pathlib import Path

import ahocorasick

from services.ingestion.archive import ColumnsMissing, read_archive
from services.ingestion.linking import link, whole
from services.ingestion.reading import RawPost
from services.ingestion.universe import Universe, load_universe

ROOT = Path(__file__).parents[1]
SERVICE = ROOT / "services" / "ingestion"
DATA = ROOT.parent / "shared" / "data"
LABELLED = ROOT / "tests" / "unit" / "ingestion"
RECORDED = ROOT / "tools" / "tape" / "recorded" / "posts.ndjson"
# The peer takes minutes for all of them, so both are compared on the first posts only.
COMPARED_BYTES = 300_000
# Whether more symbols than ours would be slower.
GROWN = 11_000
GAMESTOP = re.compile(r"\b(?:gme|gamestop|game stop)\b", re.IGNORECASE)

Post = tuple[str, str, date | None]
Reader = Callable[[str, str, date | None], set[str]]


def posts(folder: Path) -> list[Post]:
    paths = sorted(folder.rglob("*.csv")) if folder.exists() else [RECORDED]
    return [(post.title, post.text, post.created_at.date()) for path in paths for post in _readable(path)]


def _readable(path: Path) -> Iterator[RawPost]:
    try:
        yield from (row for row in read_archive(path) if isinstance(row, RawPost))
    except ColumnsMissing:
        return


def megabytes(of: Iterable[Post]) -> float:
    return sum(len(whole(title, text).encode()) for title, text, _ in of) / 1e6


def fastest(work: Callable[[], int], rounds: int = 3) -> tuple[float, int]:
    """Seconds of the quickest round, and what the work found."""
    found, best = 0, float("inf")
    for _ in range(rounds):
        start = time.process_time()
        found = work()
        best = min(best, time.process_time() - start)
    return best, found


def ours(universe: Universe) -> Reader:
    return lambda title, text, day: {found.symbol for found in link(title, text, universe, day)}


def naive(universe: Universe) -> Reader:
    symbols = sorted(set(universe.symbols.values()), key=len, reverse=True)
    pattern = re.compile(rf"\b(?:{'|'.join(map(re.escape, symbols))})\b")
    return lambda title, text, day: set(pattern.findall(whole(title, text)))


def timed(reader: Reader, of: Sequence[Post], rounds: int = 3) -> tuple[float, int]:
    return fastest(lambda: sum(len(reader(*post)) for post in of), rounds)


def grown(universe: Universe, symbols: int) -> Universe:
    """The universe with unused five-letter symbols beside its own, up to *symbols* in all."""
    known = set(universe.symbols.values())
    unused = (
        word for word in map("".join, itertools.product("BCDFGJKMPQVXZ", repeat=5)) if word not in known
    )
    with tempfile.TemporaryDirectory() as folder:
        for kept in ("words.csv", "changes.csv", "symbols.csv"):
            shutil.copy(SERVICE / kept, folder)
        with (Path(folder) / "symbols.csv").open("a", encoding="utf-8") as rows:
            rows.writelines(f"{word},,,\n" for word in itertools.islice(unused, symbols - len(known)))
        return load_universe(Path(folder))


def finders(universe: Universe) -> dict[str, Callable[[str], int]]:
    """Ways to find where spellings may stand, each giving how many places (or words) it found."""
    spellings = universe.spotter.spellings
    automaton = ahocorasick.Automaton()
    for spelling in spellings:
        automaton.add_word(spelling.phrase, spelling)
    automaton.make_automaton()
    words, word = {spelling.phrase.split(" ")[0] for spelling in spellings}, re.compile(r"[A-Za-z]+")
    return {
        "ahocorasick_rs, and what stands alone": lambda text: len(universe.spotter.spots(text)),
        "pyahocorasick, places only": lambda text: sum(1 for _ in automaton.iter(text)),
        "set of first words, no places": lambda text: len(words.intersection(word.findall(text))),
    }


def judged(reader: Reader, path: Path) -> dict[str, Counter[str]]:
    """By trap: tickers found and meant, only found, only meant; and posts."""
    told: dict[str, Counter[str]] = {}
    for line in path.read_text(encoding="utf-8").splitlines():
        row = json.loads(line)
        day = date.fromisoformat(row["created_at"][:10]) if "created_at" in row else None
        meant, found = set(row["symbols"]), reader(row["title"], row["text"], day)
        counts = {"posts": 1, "both": len(meant & found), "found": len(found), "meant": len(meant)}
        told.setdefault(row["trap"], Counter()).update(counts)
    return told


def figures(counts: Counter[str]) -> str:
    """Posts, precision and recall; a dash where nothing was found or meant."""
    shares = [
        f"{counts['both'] / counts[of]:9.2f}" if counts[of] else f"{'-':>9}" for of in ("found", "meant")
    ]
    return f"{counts['posts']:6}{''.join(shares)}"


def show_traps(reader: Reader) -> None:
    tuned, held = (judged(reader, LABELLED / f"{part}_posts.jsonl") for part in ("labelled", "held_out"))
    print(f"\n{'':12}{'labelled':>9}{'right':>6}{'found':>9}{'held out':>13}{'right':>6}{'found':>9}")
    for trap in sorted(tuned.keys() | held.keys()):
        print(f"{trap:14}{figures(tuned.get(trap, Counter()))}    {figures(held.get(trap, Counter()))}")
    both = (sum(part.values(), Counter()) for part in (tuned, held))
    print(f"{'all':14}{'    '.join(map(figures, both))}")


def show_strangers(reader: Reader, everything: Sequence[Post], tweets: Path) -> None:
    named = [post for post in everything if GAMESTOP.search(whole(*post[:2]))]
    linked = sum("GME" in reader(*post) for post in named)
    print(f"\nposts that name GameStop in any letters: {linked:,} of {len(named):,} linked to it")
    if not tweets.exists():
        print(f"no tweets in {tweets}: not measured")
        return
    found = Counter(ticker in reader("", text, day) for text, ticker, day in _tweets(tweets))
    print(f"tweets filed under a ticker: {found[True]:,} of {found.total():,} linked to it")


def _tweets(folder: Path) -> Iterator[tuple[str, str, date]]:
    for path in sorted(folder.glob("*.ndjson.gz")):
        with gzip.open(path, "rt", encoding="utf-8") as lines:
            for row in map(json.loads, lines):
                yield " ".join(row["text"]).replace("$ ", "$"), row["ticker"], date.fromisoformat(row["day"])


def first(of: Sequence[Post], size: int) -> list[Post]:
    """The first posts that together have `size` bytes."""
    taken: list[Post] = []
    for post in of:
        if size <= 0:
            break
        taken.append(post)
        size -= len(whole(*post[:2]).encode())
    return taken


def show_speed(universe: Universe, everything: Sequence[Post]) -> None:
    size, compared = megabytes(everything), first(everything, COMPARED_BYTES)
    symbols, spelt = len(set(universe.symbols.values())), len(universe.spotter.spellings)
    print(f"{len(everything):,} posts, {size:.1f} MB; {symbols:,} symbols, {spelt:,} spellings with names")
    seconds, links = timed(ours(universe), everything)
    print(f"{'link':40}{size / seconds:7.1f} MB/s {links:8,} links")
    more = grown(universe, GROWN)
    seconds, links = timed(ours(more), everything)
    told = f"link, {GROWN:,} symbols, {len(more.spotter.spellings):,} spellings"
    print(f"{told:40}{size / seconds:7.1f} MB/s {links:8,} links")
    texts = [whole(title, text) for title, text, _ in everything]
    for name, finder in finders(universe).items():
        took, found = fastest(lambda finder=finder: sum(map(finder, texts)))  # type: ignore[misc]
        print(f"finding: {name:31}{size / took:7.1f} MB/s {found:8,}")
    part = megabytes(compared)
    (our_seconds, _), (their_seconds, _) = (
        timed(ours(universe), compared),
        timed(naive(universe), compared, 1),
    )
    counts = sum(judged(naive(universe), LABELLED / "held_out_posts.jsonl").values(), Counter())
    print(f"{'one regex, on the first posts':40}{part / their_seconds:7.2f} MB/s, held out:{figures(counts)}")
    print(f"link is {their_seconds / our_seconds:.0f} times as fast")


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__.partition("\n")[0] if __doc__ else None)
    options.add_argument("--posts", type=Path, default=DATA / "posts")
    options.add_argument("--tweets", type=Path, default=DATA / "aligned" / "stocknet_2014_2015" / "tweets")
    given, universe = options.parse_args(), load_universe()
    everything = posts(given.posts)
    show_speed(universe, everything)
    show_traps(ours(universe))
    show_strangers(ours(universe), everything, given.tweets)


if __name__ == "__main__":
    main()
