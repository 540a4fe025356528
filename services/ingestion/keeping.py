"""What is kept of a post once it was seen."""

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Known:
    """A post as it stands: the part that brought it (none if only its removal was), cluster, end."""

    cluster: str | None
    part: str | None
    removed: str | None


KnownPosts = Callable[[Collection[str]], Mapping[str, Known]]
"""Which of these posts are known, by id."""
