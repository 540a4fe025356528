"""How fast and how rightly posts are read for tickers, beside one regular expression of all symbols.

    python -m benchmarks.linking [--posts DIRECTORY]

Reads every CSV of posts under `--posts`, or the recorded day of the tape where that is absent. Times are the
process's own (CPU), the best of three. The peer is `\\b(?:A|AA|…)\\b`: it knows neither names nor cashtags in
lower case nor words. Right and wrong are counted on the sentences of
`tests/unit/ingestion/labelled_posts.txt`, which are our own.
"""

import argparse
import re
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from pathlib import Path

from services.ingestion.archive import ColumnsMissing, read_archive
from services.ingestion.linking import link, whole
from services.ingestion.reading import RawPost
from services.ingestion.universe import Universe, load_universe

ROOT = Path(__file__).parents[1]
POSTS = ROOT.parent / "shared" / "data" / "posts"
LABELLED = ROOT / "tests" / "unit" / "ingestion" / "labelled_posts.txt"
RECORDED = ROOT / "tools" / "tape" / "recorded" / "posts.ndjson"
# The peer takes minutes for all of them, so both are compared on the first posts only.
COMPARED_BYTES = 300_000

Post = tuple[str, str]
Reader = Callable[[str, str], set[str]]


def posts(folder: Path) -> list[Post]:
    paths = sorted(folder.rglob("*.csv")) if folder.exists() else [RECORDED]
    return [(post.title, post.text) for path in paths for post in _readable(path)]


def _readable(path: Path) -> Iterator[RawPost]:
    try:
        yield from (row for row in read_archive(path) if isinstance(row, RawPost))
    except ColumnsMissing:
        return


def megabytes(of: Iterable[Post]) -> float:
    return sum(len(whole(title, text).encode()) for title, text in of) / 1e6


def fastest(work: Callable[[], int], rounds: int = 3) -> tuple[float, int]:
    """Seconds of the quickest round, and what the work found."""
    found, best = 0, float("inf")
    for _ in range(rounds):
        start = time.process_time()
        found = work()
        best = min(best, time.process_time() - start)
    return best, found


def ours(universe: Universe) -> Reader:
    return lambda title, text: {found.symbol for found in link(title, text, universe)}


def naive(universe: Universe) -> Reader:
    symbols = sorted(universe.symbols, key=len, reverse=True)
    pattern = re.compile(rf"\b(?:{'|'.join(map(re.escape, symbols))})\b")
    return lambda title, text: set(pattern.findall(whole(title, text)))


def timed(reader: Reader, of: Sequence[Post], rounds: int = 3) -> tuple[float, int]:
    return fastest(lambda: sum(len(reader(title, text)) for title, text in of), rounds)


def judged(reader: Reader) -> tuple[float, float]:
    """Precision and recall on the labelled sentences."""
    right = found = meant = 0
    for line in LABELLED.read_text(encoding="utf-8").splitlines():
        label, _, text = line.partition("|")
        expected, read = set(label.split()), reader("", text)
        right, found, meant = right + len(expected & read), found + len(read), meant + len(expected)
    return right / found, right / meant


def first(of: Sequence[Post], size: int) -> list[Post]:
    """The first posts that together have `size` bytes."""
    taken: list[Post] = []
    for post in of:
        if size <= 0:
            break
        taken.append(post)
        size -= len(whole(*post).encode())
    return taken


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__.partition("\n")[0] if __doc__ else None)
    options.add_argument("--posts", type=Path, default=POSTS)
    everything, universe = posts(options.parse_args().posts), load_universe()
    compared = first(everything, COMPARED_BYTES)
    size, part = megabytes(everything), megabytes(compared)
    print(f"{len(everything):,} posts, {size:.1f} MB, {len(universe.symbols):,} symbols")
    seconds, links = timed(ours(universe), everything)
    print(f"link, all posts: {size / seconds:.1f} MB/s, {links:,} links")
    our_seconds, our_links = timed(ours(universe), compared)
    their_seconds, their_links = timed(naive(universe), compared, rounds=1)
    print(f"on {part:.1f} MB of them       MB/s    links  precision  recall")
    for name, took, found, reader in (
        ("link", our_seconds, our_links, ours(universe)),
        ("one regex", their_seconds, their_links, naive(universe)),
    ):
        precision, recall = judged(reader)
        print(f"{name:20} {part / took:9.2f} {found:8,} {precision:10.2f} {recall:7.2f}")
    print(f"link is {their_seconds / our_seconds:.0f} times as fast")


if __name__ == "__main__":
    main()
