"""What collecting is given in tests: a source, parts, windows and a lease, all in memory."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any

from contracts.events.arrivals import Due
from contracts.events.ingestion import CollectionCompletedV1
from services.ingestion.collecting import Window, collect_posts
from services.ingestion.expecting import Stretch, Week
from services.ingestion.keeping import Known, KnownPosts
from services.ingestion.looking import Afterwards, Look, TryLater, nothing_more
from services.ingestion.reading import Row
from tests.builders import NOON, Said, enveloped

QUARTER = timedelta(minutes=15)
HELD = Known(cluster=None, part="earlier", removed=None)


@dataclass
class SourceOf:
    """Gives each community's rows, or what is said instead; notes who was looked at since when, told what."""

    answers: dict[str, list[Row] | Exception]
    complete_from: datetime | None = None
    marks: dict[str, str] = field(default_factory=dict)
    asked: list[tuple[str, datetime]] = field(default_factory=list)
    told: list[Mapping[str, str]] = field(default_factory=list)
    name: str = "reddit"

    @property
    def communities(self) -> list[str]:
        return list(self.answers)

    def visit(self) -> "SourceOf":
        return self

    def look(self, community: str, since: datetime, known: KnownPosts, marks: Mapping[str, str]) -> Look:
        self.asked.append((community, since))
        self.told.append(marks)
        answer = self.answers[community]
        if isinstance(answer, TryLater):
            return Look(getattr(answer, "rows", []), since, left=answer)
        if isinstance(answer, Exception):
            raise answer
        return Look(answer, self.complete_from or since, self.marks)


@dataclass
class PartsPut:
    put_: dict[str, list[Row]] = field(default_factory=dict)

    def put(self, source: str, day: date, name: str, rows: Sequence[Mapping[str, Any]]) -> str:
        key = f"source={source}/dt={day}/{name}.ndjson"
        self.put_[key] = list(rows)
        return key

    @property
    def names(self) -> list[list[str]]:
        return [[row["name"] for row in rows] for rows in self.put_.values()]


@dataclass
class CoverageKept:
    windows: dict[tuple[str, datetime], Window] = field(default_factory=dict)
    waits: datetime = NOON - 99 * QUARTER
    before: Sequence[Week] = ()
    """What each of the weeks before saw; none by default."""

    def latest(self, source: str, community: str, until: datetime) -> Window | None:
        ends = [end for named, end in self.windows if named == community and end <= until]
        return self.windows[community, max(ends)] if ends else None

    def covering(self, source: str, community: str, at: datetime) -> Window | None:
        later = [w for (named, end), w in self.windows.items() if named == community and w.start < at <= end]
        return later[0] if later else None

    def keep(self, source: str, window: Window) -> Window:
        return self.windows.setdefault((window.community, window.end), window)

    def weeks(self, source: str, community: str, stretches: Sequence[Stretch]) -> Sequence[Week]:
        return [*self.before, *[Week(0, timedelta())] * (len(stretches) - len(self.before))]

    def take_on(self, source: str, due_at: datetime) -> bool:
        self.waits = max(self.waits, due_at)
        return self.waits == due_at


@dataclass
class LeaseOf:
    holder: str | None = None

    def take(self, source: str, holder: str, now: datetime, until: datetime) -> bool:
        self.holder = self.holder or holder
        return self.holder == holder

    def give_back(self, source: str, holder: str) -> None:
        self.holder = None


@dataclass
class World:
    source: SourceOf
    known: dict[str, Known] = field(default_factory=dict)
    parts: PartsPut = field(default_factory=PartsPut)
    coverage: CoverageKept = field(default_factory=CoverageKept)
    leases: LeaseOf = field(default_factory=LeaseOf)
    told: list[str] = field(default_factory=list)
    again: list[tuple[datetime, timedelta]] = field(default_factory=list)
    afterwards: Afterwards = nothing_more

    def run(self, at: datetime = NOON) -> list[CollectionCompletedV1]:
        due = Due(schedule="quarter-hours", due_at=at)
        said = Said(enveloped(due, at=at))
        collect_posts(
            due,
            said,
            source=self.source,
            known=lambda ids: {id_: self.known[id_] for id_ in ids if id_ in self.known},
            parts=self.parts,
            coverage=self.coverage,
            leases=self.leases,
            holder="this worker",
            again=lambda tick, delay: self.again.append((tick.due_at, delay)),
            clock=lambda: at,
            tell=lambda what, extra: self.told.append(f"{what} {extra['community']}: {extra['reason']}"),
            afterwards=self.afterwards,
        )
        return [event for event in said.events if isinstance(event, CollectionCompletedV1)]

    def tick(self, at: datetime = NOON) -> CollectionCompletedV1:
        (completed,) = self.run(at)
        return completed

    def link(self) -> None:
        """What lies in parts is known from here on."""
        for key, rows in self.parts.put_.items():
            for row in rows:
                self.known.setdefault(f"reddit:{row['name']}", Known(None, f"raw/{key}", None))


def row(id_: str, **changes: Any) -> Row:
    given = {
        "id": id_,
        "name": f"t3_{id_}",
        "title": "GME",
        "selftext": "",
        "subreddit": "stocks",
        "edited": False,
    }
    return given | {"created_utc": NOON.timestamp() - 60} | changes
