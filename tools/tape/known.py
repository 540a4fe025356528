"""Finds the class of an event a person named."""

from difflib import get_close_matches

from contracts.events.catalogue import EVENTS
from contracts.events.envelope import Event
from tools.tape.errors import TapeError


def event_class(detail_type: str) -> type[Event]:
    """The class of *detail_type*. Raises TapeError with the nearest one and all there are."""
    if detail_type not in EVENTS:
        nearest = get_close_matches(detail_type, EVENTS, n=1)
        guess = f"did you mean {nearest[0]}? " if nearest else ""
        raise TapeError(f"no event {detail_type[:64]!r}; {guess}there are {', '.join(EVENTS)}")
    return EVENTS[detail_type]
