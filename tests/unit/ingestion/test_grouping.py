from itertools import permutations

import pytest

from services.ingestion.clusters import near
from services.ingestion.grouping import MOST_FOUNDERS, Founders, clusters


def like(*minima: str) -> str:
    """A fingerprint whose 24 minima are these, each so many times: `like("a14", "b10")`."""
    return "".join(one[0] * 4 * int(one[1:]) for one in minima)


LEFT, MIDDLE, RIGHT = like("a24"), like("a12", "b12"), like("c9", "b15")
STRANGER = like("f24")


def test_the_fingerprints_of_these_tests_are_near_as_they_say() -> None:
    assert near(LEFT, MIDDLE)
    assert near(MIDDLE, RIGHT)
    assert not near(LEFT, RIGHT)


@pytest.mark.parametrize("order", list(permutations([LEFT, MIDDLE, RIGHT, STRANGER])))
def test_posts_near_each_other_through_others_are_one_cluster_in_any_order(order: tuple[str, ...]) -> None:
    founders = Founders({})
    named = clusters(order, founders)

    assert named[LEFT] == named[MIDDLE] == named[RIGHT] != named[STRANGER]
    assert founders.near(MIDDLE) == {MIDDLE}, "who has most of the others near it founds the cluster"


def test_a_cluster_founded_before_is_joined_and_founds_no_other() -> None:
    founders = Founders({})
    before = clusters([LEFT], founders)
    founders.changed.clear()

    after = clusters([RIGHT, MIDDLE], founders)
    assert after[RIGHT] == after[MIDDLE] == before[LEFT]
    assert not founders.changed


def test_between_two_older_clusters_the_lower_founder_decides() -> None:
    founders = Founders({})
    left, right = clusters([LEFT], founders)[LEFT], clusters([RIGHT], founders)[RIGHT]
    assert left != right
    assert clusters([MIDDLE], founders)[MIDDLE] == left


def test_a_text_too_short_has_no_cluster() -> None:
    assert clusters(["", STRANGER], Founders({}))[""] is None


def test_a_full_band_takes_no_more_founders() -> None:
    full = f"0:{'0' * 12}"
    founders = Founders({full: [f"{number:096x}" for number in range(MOST_FOUNDERS)]})
    founders.add("0" * 12 + "f" * 84)
    assert len(founders.by_band[full]) == MOST_FOUNDERS
    assert founders.changed == {f"{band}:{'f' * 12}" for band in range(1, 8)}
