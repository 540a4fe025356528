"""What reaches a queue without having been announced on the bus: a schedule's tick, an object that landed."""

from contracts.events.envelope import Event, Instant


class Due(Event, source="aws.scheduler", detail_type="Due", about=("schedule", "due_at")):
    """A schedule came due. *due_at* is the time it was meant for, whenever it arrives."""

    schedule: str
    due_at: Instant


class ObjectLanded(Event, source="aws.s3", detail_type="ObjectLanded", about=("bucket", "key")):
    """An object was written to a bucket."""

    bucket: str
    key: str
