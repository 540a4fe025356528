"""Reading a partition to its end."""

from datetime import timedelta
from typing import Any

from services.notifications.figures import sortable
from services.notifications.partitions import items
from tests.builders import NOON


def test_a_query_is_read_to_its_last_page() -> None:
    pages: dict[Any, dict[str, Any]] = {
        None: {"Items": [{"n": 1}], "LastEvaluatedKey": "a"},
        "a": {"Items": [{"n": 2}]},
    }

    def query(*, limit: int, **wanted: Any) -> dict[str, Any]:
        return pages[wanted.get("ExclusiveStartKey")]

    assert list(items(query, limit=1)) == [{"n": 1}, {"n": 2}]


def test_moments_sort_as_text_the_way_they_sort_in_time() -> None:
    moments = [NOON + timedelta(microseconds=count) for count in (0, 1, 500_000, 1_000_000)]
    assert sorted(moments) == moments
    assert sorted(map(sortable, moments)) == [sortable(moment) for moment in moments]
    assert sortable(NOON) == "2021-01-27T17:00:00.000000Z"
