"""The graph of services and events, from templates and classes: JSON, Mermaid, and its cycles."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

from contracts.events.catalogue import EVENTS
from tools.contracts.announcing import announced, handlers
from tools.contracts.for_others import FOR_OTHERS, RETIRED
from tools.contracts.shelf import Document
from tools.contracts.wiring import Inbox, announcer, inboxes, listeners


@dataclass(frozen=True)
class Announced:
    """An event with who says it and who hears it; *meant_for* when nobody here does."""

    detail_type: str
    by: str
    makers: tuple[str, ...]
    heard_by: tuple[str, ...]
    listeners: tuple[str, ...]
    meant_for: str


@dataclass(frozen=True)
class Lambda:
    """A function with the events that wake it and those its code may announce."""

    service: str
    name: str
    hears: tuple[str, ...]
    announces: tuple[str, ...]


@dataclass(frozen=True)
class Graph:
    """Services, Lambdas and events."""

    events: tuple[Announced, ...]
    lambdas: tuple[Lambda, ...]
    hear_everything: tuple[str, ...]

    @property
    def services(self) -> list[str]:
        return list(dict.fromkeys([*(event.by for event in self.events), *(f.service for f in self.lambdas)]))

    def as_json(self) -> Document:
        return {"services": self.services, **asdict(self)}


def graph(root: Path) -> Graph:
    """The graph of the repository at *root*."""
    found = inboxes(root)
    lambdas = tuple(
        Lambda(service, name, _hears(found, service, name), tuple(announced(service, name, root)))
        for service, name in handlers(root)
    )
    everything = tuple(inbox.service for inbox in found if inbox.takes_everything)
    return Graph(tuple(_event(name, found, lambdas) for name in EVENTS), lambdas, everything)


def _hears(found: Sequence[Inbox], service: str, name: str) -> tuple[str, ...]:
    mine = [inbox for inbox in found if (inbox.service, inbox.function) == (service, name)]
    return tuple(dict.fromkeys(event for inbox in mine for event in inbox.detail_types))


def _event(name: str, found: Sequence[Inbox], lambdas: Sequence[Lambda]) -> Announced:
    hearing = listeners(list(found), name)
    makers = tuple(f"{f.service}.{f.name}" for f in lambdas if name in f.announces)
    heard = tuple(dict.fromkeys(inbox.service for inbox in hearing))
    ears = tuple(f"{inbox.service}.{inbox.function}" for inbox in hearing)
    return Announced(name, announcer(name), makers, heard, ears, (FOR_OTHERS | RETIRED).get(name, ""))


def cycles(lambdas: Sequence[Lambda]) -> list[list[str]]:
    """Rings of events, each of which makes some Lambda announce the next: what could go round for ever."""
    follows: dict[str, set[str]] = {}
    for function in lambdas:
        for event in function.hears:
            follows.setdefault(event, set()).update(function.announces)
    rings = {frozenset(ring): ring for start in follows if (ring := _ring(start, follows))}
    return list(rings.values())


def _ring(start: str, follows: Mapping[str, set[str]]) -> list[str] | None:
    """The shortest way from an event back to itself."""
    ways, seen = [[start]], set()
    for way in ways:
        for following in sorted(follows.get(way[-1], ())):
            if following == start:
                return way
            if following not in seen:
                seen.add(following)
                ways.append([*way, following])
    return None


def mermaid(drawn: Graph) -> str:
    """A flowchart; services are boxes, events are rounded, what is meant for others is dashed."""
    lines = ["%% Written by `tape contracts generate`; not to be edited.", "flowchart TD"]
    lines += [f"  {service}[{service}]" for service in drawn.services]
    for event in drawn.events:
        key = event.detail_type.replace(".", "_")
        lines += [f"  {key}([{event.detail_type}])", f"  {event.by} --> {key}"]
        lines += [f"  {key} --> {service}" for service in event.heard_by]
        if event.meant_for and not event.heard_by:
            lines.append(f"  {key} -.-> others((others))")
    lines += [f"  bus{{{{every event}}}} --> {service}" for service in drawn.hear_everything]
    return "\n".join(lines) + "\n"
