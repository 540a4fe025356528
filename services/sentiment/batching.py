"""Which token sequences run together: those of like length, so that little of a batch is padding."""

from collections.abc import Iterator, Sequence


def batches(lengths: Sequence[int], budget: int) -> Iterator[list[int]]:
    """Every index of *lengths* once, by length; padded to its longest, a batch holds at most *budget* tokens.

    A sequence longer than the budget runs alone.
    """
    batch: list[int] = []
    for index in sorted(range(len(lengths)), key=lambda i: lengths[i]):
        # The newest is the longest: all before it are padded to its length.
        if batch and (len(batch) + 1) * lengths[index] > budget:
            yield batch
            batch = []
        batch.append(index)
    if batch:
        yield batch
