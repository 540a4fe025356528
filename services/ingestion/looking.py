"""What a source is asked, what a look through one of its communities gives, and how it says no."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Protocol

from contracts.events.arrivals import Due
from services.ingestion.keeping import KnownPosts
from services.ingestion.reading import Row


class SourceUnavailable(Exception):
    """The source gives us nothing here, now or on a second try; the text says why."""


class TryLater(Exception):
    """The source, the network or our own budget asks for patience; the queue has it.

    *asked* is how many seconds were asked for, if anybody said; *seconds* is how many to wait.
    """

    def __init__(self, why: str, asked: float | None = None) -> None:
        super().__init__(why)
        self.asked, self.seconds = asked, asked or 60.0


@dataclass(frozen=True, slots=True)
class Look:
    """What a look through a community gave; nothing is missing later than *complete_from*.

    *marks* is what the source wants to be told next time. With *left* the look was broken off.
    """

    rows: Sequence[Row]
    complete_from: datetime
    marks: Mapping[str, str] = field(default_factory=dict)
    left: TryLater | None = None


class Visit(Protocol):
    def look(self, community: str, since: datetime, known: KnownPosts, marks: Mapping[str, str]) -> Look:
        """What is there since; *marks* are those of the last look. Raises SourceUnavailable."""
        ...


class Source(Protocol):
    """Posts from somewhere, by community: a subreddit, a feed."""

    @property
    def name(self) -> str: ...

    @property
    def communities(self) -> Sequence[str]: ...

    def visit(self) -> Visit: ...


Afterwards = Callable[[Due, datetime, Mapping[str, Look]], None]
"""What a worker does with its time left: told the tick, when it began and the looks it has just had."""


def nothing_more(due: Due, begun: datetime, looks: Mapping[str, Look]) -> None:
    """For a source that cannot be searched."""
