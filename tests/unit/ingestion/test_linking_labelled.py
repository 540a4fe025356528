"""Posts of our own writing in the manner of the forum, labelled by what a reader takes them to be about."""

from collections import Counter
from pathlib import Path

from services.ingestion.linking import link
from services.ingestion.universe import load_universe

LABELLED = Path(__file__).with_name("labelled_posts.txt")
UNIVERSE = load_universe()


def test_nearly_all_that_is_linked_is_meant_and_nearly_all_that_is_meant_is_linked() -> None:
    told: Counter[str] = Counter()
    for line in LABELLED.read_text(encoding="utf-8").splitlines():
        meant, _, text = line.partition("|")
        expected, found = set(meant.split()), {one.symbol for one in link("", text, UNIVERSE)}
        told.update(both=len(found & expected), found=len(found), expected=len(expected))
    assert told["both"] / told["found"] >= 0.95
    assert told["both"] / told["expected"] >= 0.90
