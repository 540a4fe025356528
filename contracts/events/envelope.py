"""What an event is, the CloudEvents 1.0 envelope it travels in, and the field types all events share."""

import re
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Annotated, Any, ClassVar, Literal, Protocol, Self
from uuid import UUID, uuid5

from pydantic import (
    AfterValidator,
    AwareDatetime,
    BaseModel,
    ConfigDict,
    Field,
    StringConstraints,
)

_NAMESPACE = UUID("5f2b6f0e-7d0c-5c2a-9f43-0b7c1f6f5a11")


def _utc(moment: datetime) -> datetime:
    return moment.astimezone(UTC)


def _no_nul(text: str) -> str:
    if "\x00" in text:
        raise ValueError("holds a NUL character, which queues refuse; strip it before publishing")
    return text


Instant = Annotated[
    AwareDatetime, AfterValidator(_utc), Field(description="moment, UTC", examples=["2021-01-27T17:00:00Z"])
]

Day = Annotated[date, Field(description="calendar day in New York", examples=["2021-01-27"])]

Text = Annotated[
    str,
    AfterValidator(_no_nul),
    Field(description="people's words; never holds NUL", examples=["GME is up."]),
]

Ticker = Annotated[
    str,
    StringConstraints(pattern=r"^[A-Z][A-Z0-9]{0,5}(\.[A-Z]{1,2})?$"),
    Field(description="canonical symbol", examples=["GME", "BRK.B"]),
]

Name = Annotated[
    str,
    StringConstraints(pattern=r"^[\w.:@+-]{1,128}$"),
    Field(description="identifier without blanks, slashes or control characters", examples=["n-1"]),
]

UserId = Annotated[Name, Field(description="the user, as the app knows them", examples=["alice"])]

Share = Annotated[
    Decimal, Field(ge=0, le=1, max_digits=9, description="probability or share, 0…1", examples=["0.52"])
]

Polarity = Annotated[
    Decimal,
    Field(ge=-1, le=1, decimal_places=3),
    Field(description="P(positive) − P(negative), −1…1, three places", examples=["0.410"]),
]

Money = Annotated[Decimal, Field(gt=0, max_digits=16, description="price in US dollars", examples=["347.51"])]

Count = Annotated[
    Decimal, Field(ge=0, max_digits=12, description="mean number of things; may be broken", examples=["8.5"])
]

Total = Annotated[int, Field(ge=0, description="whole number of things", examples=[42])]

Percent = Annotated[Decimal, Field(max_digits=12, description="per cent: 4.2 means 4.2 %", examples=["4.2"])]


class Part(BaseModel):
    """A frozen piece of an event: unknown fields fail where it is written."""

    # Built at its first use: an app that announces one event does not pay for all of them.
    model_config = ConfigDict(frozen=True, extra="forbid", defer_build=True)


class Event(Part):
    """A fact somebody announced. Subclasses name their source, their detail-type and what they are about."""

    source: ClassVar[str]
    detail_type: ClassVar[str]
    about: ClassVar[tuple[str, ...]]

    def __init_subclass__(
        cls, *, source: str, detail_type: str, about: tuple[str, ...], **kwargs: Any
    ) -> None:
        super().__init_subclass__(**kwargs)
        cls.source, cls.detail_type, cls.about = source, detail_type, about

    @property
    def subject(self) -> str:
        """What the event is about: the values of `about`, joined by slashes."""
        return "/".join(_plain(getattr(self, field)) for field in self.about)

    @classmethod
    def read(cls, data: dict[str, Any]) -> Self:
        """The event from the wire. Unknown fields and enum values of tomorrow are let through."""
        return cls.model_validate(data, extra="ignore", context={"tolerant": True})


def _plain(value: object) -> str:
    return instant_text(value) if isinstance(value, datetime) else str(value)


def instant_text(moment: datetime) -> str:
    """RFC 3339 in UTC with `Z`, microseconds only where there are any."""
    return moment.astimezone(UTC).isoformat().replace("+00:00", "Z")


_TRACEPARENT = r"^00-([0-9a-f]{32})-[0-9a-f]{16}-[0-9a-f]{2}$"


class Envelope(BaseModel):
    """A CloudEvent 1.0 in structured mode, with the official correlation and tracing extensions."""

    model_config = ConfigDict(frozen=True, extra="ignore", defer_build=True)

    specversion: Literal["1.0"] = Field("1.0", description="version of CloudEvents", examples=["1.0"])
    id: Name = Field(description="the same for a repeat", examples=["1b1a3d4e-6c0f-5d43-9a53-6a8e1c1c2f10"])
    source: str = Field(min_length=1, description="who announces it", examples=["tickertape.ingestion"])
    type: str = Field(min_length=1, description="detail-type and version", examples=["PostIngested.v1"])
    subject: str = Field(description="what it is about, by slashes", examples=["reddit:t3_l5c3a1"])
    time: Instant = Field(description="when it happened, UTC")
    datacontenttype: Literal["application/json"] = Field(
        "application/json", description="media type of data", examples=["application/json"]
    )
    correlationid: str = Field(description="id of the event the story began with", examples=["n-1"])
    causationid: str | None = Field(None, description="id of the event that led to it", examples=["n-1"])
    traceparent: str | None = Field(
        None, description="W3C trace context", examples=[f"00-{'1b' * 16}-{'6c' * 8}-01"]
    )
    data: dict[str, Any] = Field(description="the event itself", examples=[{"post_id": "reddit:t3_l5c3a1"}])

    def as_detail(self) -> dict[str, Any]:
        """The JSON object that goes into an entry's `Detail`; absent attributes are left out."""
        return self.model_dump(mode="json", exclude_none=True)


def event_id(cause: str, detail_type: str, subject: str) -> str:
    """The id of what *cause* led to: same cause, type and subject, same id (RFC 9562, version 5)."""
    return str(uuid5(_NAMESPACE, "\n".join((cause, detail_type, subject))))


def announce(event: Event, *, cause: Envelope | None = None, key: str = "", at: datetime) -> Envelope:
    """Wraps *event*.

    With a *cause*, id, correlation and trace come from it. Without one, the event starts a story of its own
    and *key* names the act behind it (a click's id, a schedule's tick): the same key gives the same id.
    *at* is when it happened.
    """
    origin = cause.id if cause else key
    if not origin:
        raise ValueError("an event needs a cause, or a key that names the act behind it")
    own = event_id(origin, event.detail_type, event.subject)
    correlation = cause.correlationid if cause else own
    return Envelope(
        id=own,
        source=event.source,
        type=event.detail_type,
        subject=event.subject,
        time=at,
        correlationid=correlation,
        causationid=cause.id if cause else None,
        traceparent=_next_trace(cause, correlation, own),
        data=event.model_dump(mode="json"),
    )


def _next_trace(cause: Envelope | None, correlation: str, own: str) -> str:
    """W3C trace context: the cause's trace goes on, and this event is the new parent."""
    found = re.match(_TRACEPARENT, cause.traceparent or "") if cause else None
    trace = found.group(1) if found else event_id(correlation, "trace", "").replace("-", "")
    return f"00-{trace}-{own.replace('-', '')[:16]}-01"


class Publish(Protocol):
    """Announces events as caused by the one being handled."""

    @property
    def cause(self) -> Envelope:
        """The envelope of the event being handled."""
        ...

    def __call__(self, event: Event, *, at: datetime | None = None) -> Envelope:
        """Announces *event*, once the handling of its cause ends well; *at* defaults to the cause's time."""
        ...
