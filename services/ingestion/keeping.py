"""What is kept of a post once it was seen."""

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass

ARCHIVES = "raw/source=archive/"
"""What lies here was written long ago and is announced under the time it was written, whenever it is read: a
recorded day has the same events each time. What was collected just now is announced as of now."""


@dataclass(frozen=True, slots=True)
class Known:
    """A post as it stands: its cluster, the part that brought it (none if only its removal was), its end.

    *again* are other parts that hold it.
    """

    cluster: str | None
    part: str | None
    removed: str | None
    again: frozenset[str] = frozenset()

    @property
    def parts(self) -> frozenset[str]:
        """All parts that hold it."""
        return self.again | {self.part} if self.part else self.again


KnownPosts = Callable[[Collection[str]], Mapping[str, Known]]
"""Which of these posts are known, by id."""
