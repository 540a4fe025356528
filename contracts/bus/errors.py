"""What can go wrong between an event and the bus. Behind a queue, each is tried again."""


class BusError(Exception):
    """An event did not reach the bus, or nobody can say that it did."""


class NotAnEvent(BusError, ValueError):
    """What was given cannot go on the bus; nothing was sent. The text names the field and the remedy."""


class EventTooLarge(BusError):
    """The entry is over our limit; keep the bulk in a bucket and announce where it lies."""


class BusNotFound(BusError):
    """There is no bus of this name; nothing was sent. *bus* is the name that was given."""

    def __init__(self, bus: str) -> None:
        self.bus = bus
        super().__init__(
            f"there is no bus {bus!r} in the client's account and region; the bus is `tickertape`, or "
            "`tickertape-<stage>` outside production"
        )


class BusUnreachable(BusError):
    """The bus gave no answer: the event may be on it or not. Publish it again with the same key."""


class PublishRejected(BusError):
    """The bus refused entries, after retries. `reasons` maps event id to the bus's own words."""

    def __init__(self, reasons: dict[str, str]) -> None:
        self.reasons = reasons
        listed = "; ".join(f"{event}: {why}" for event, why in list(reasons.items())[:3])
        super().__init__(f"{len(reasons)} event(s) refused by the bus: {listed}")


class MessageUnreadable(Exception):
    """A queue message is not an event we can read. The text says which field and why."""
