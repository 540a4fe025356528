"""What can go wrong between an event and the bus. Behind a queue, each is tried again."""


class BusError(Exception):
    """An event did not reach the bus."""


class EventTooLarge(BusError):
    """The entry is over our limit; keep the bulk in a bucket and announce where it lies."""


class PublishRejected(BusError):
    """The bus refused entries, after retries. `reasons` maps event id to the bus's own words."""

    def __init__(self, reasons: dict[str, str]) -> None:
        self.reasons = reasons
        listed = "; ".join(f"{event}: {why}" for event, why in list(reasons.items())[:3])
        super().__init__(f"{len(reasons)} event(s) refused by the bus: {listed}")


class MessageUnreadable(Exception):
    """A queue message is not an event we can read. The text says which field and why."""
