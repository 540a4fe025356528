"""What reaches a queue without having been announced on the bus: a schedule's tick, an object that landed."""

from pydantic import Field

from contracts.events.envelope import Event, Instant, Ticker


class Due(Event, source="aws.scheduler", detail_type="Due", about=("schedule", "due_at")):
    """A schedule came due. *due_at* is the time it was meant for, whenever it arrives.

    A worker may send itself a part of a tick: what it announces has the ids the whole tick would give it.
    """

    schedule: str
    due_at: Instant
    only: tuple[Ticker, ...] = Field(default=(), description="what is left of the tick; empty is all of it")
    round: int = Field(default=0, ge=0, description="how often this part was put off")


class ObjectLanded(Event, source="aws.s3", detail_type="ObjectLanded", about=("bucket", "key")):
    """An object was written to a bucket."""

    bucket: str
    key: str
