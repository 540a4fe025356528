"""Batches: every sequence once, like with like, never more than the budget."""

from hypothesis import given
from hypothesis import strategies as some

from services.sentiment.batching import batches


@given(some.lists(some.integers(min_value=2, max_value=512), max_size=80))
def test_every_sequence_runs_once_and_no_batch_is_over_budget(lengths: list[int]) -> None:
    found = list(batches(lengths, 1024))

    assert sorted(i for batch in found for i in batch) == list(range(len(lengths)))
    assert all(len(batch) * max(lengths[i] for i in batch) <= 1024 for batch in found)


def test_short_ones_run_together_and_the_long_one_does_not_pad_them() -> None:
    assert list(batches([10, 500, 12, 11], 1000)) == [[0, 3, 2], [1]]


def test_one_longer_than_the_budget_runs_alone() -> None:
    assert list(batches([30, 9], 10)) == [[1], [0]]
