"""Instants as table keys: of one length, so that they sort as they follow in time."""

from datetime import UTC, datetime


def stamp(moment: datetime) -> str:
    return moment.astimezone(UTC).isoformat(timespec="microseconds")


def moment(stamped: object) -> datetime:
    return datetime.fromisoformat(str(stamped))
