"""The catalogue: per event what it means, who says and hears it, what it looks like, and how to subscribe."""

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from itertools import pairwise
from pathlib import Path
from typing import Any

import jinja2
import yaml

from contracts.events.catalogue import EVENTS
from contracts.needs.fields import Row, rows
from contracts.needs.needing import Need
from tools.contracts.drawing import HUES, svg
from tools.contracts.freezing import revisions
from tools.contracts.graph import Announced, Graph, mermaid
from tools.contracts.shelf import Document, Shelf
from tools.contracts.typescript import type_name
from tools.contracts.wiring import rule_for

_PAGES = Path(__file__).with_name("pages")


@dataclass(frozen=True)
class Entry:
    """An event as the catalogue shows it."""

    event: Announced
    source: str
    meaning: str
    subject: str
    rows: Sequence[Row]
    readers: Mapping[str, Sequence[str]]
    teams: Sequence[Need]
    example: str
    history: Sequence[str]
    versions: Sequence[str]
    rule: str
    inbox: str
    handler: str

    @property
    def name(self) -> str:
        return self.event.detail_type

    @property
    def search(self) -> str:
        """What the page's search looks through."""
        words = [self.name, self.meaning, *self.event.heard_by, *(row.path for row in self.rows)]
        return " ".join(words).lower()


def entries(
    shelf: Shelf, schemas: Mapping[str, Document], drawn: Graph, needs: Sequence[Need]
) -> list[Entry]:
    """Every event, in the order of the catalogue of classes."""
    return [_entry(shelf, schemas[event.detail_type], event, needs) for event in drawn.events]


def page(found: Sequence[Entry], drawn: Graph) -> str:
    """The whole catalogue as one page that needs no network."""
    style, script = ((_PAGES / f"catalogue.{kind}").read_text("utf-8") for kind in ("css", "js"))
    template = _pages().get_template("catalogue.html.jinja")
    return template.render(entries=found, graph=drawn, svg=svg(drawn), hues=HUES, style=style, script=script)


def markdown(entry: Entry) -> str:
    """One event, for those who read files."""
    return _pages().get_template("event.md.jinja").render(e=entry)


def overview(found: Sequence[Entry], drawn: Graph) -> str:
    """The list of events with the graph, as Markdown."""
    return _pages().get_template("overview.md.jinja").render(entries=found, mermaid=mermaid(drawn))


def _entry(shelf: Shelf, schema: Document, event: Announced, needs: Sequence[Need]) -> Entry:
    name, cls = event.detail_type, EVENTS[event.detail_type]
    mine = [need for need in needs if need.event == name]
    readers = {row.path: [n.team for n in mine if row.path in n.fields] for row in rows(schema)}
    base = name.partition(".")[0]
    return Entry(
        event=event,
        source=cls.source,
        meaning=(cls.__doc__ or "").strip(),
        subject="/".join(cls.about),
        rows=rows(schema),
        readers=readers,
        teams=[need for need in mine if need.team not in event.heard_by],
        example=json.dumps(shelf.sample(name), indent=2, ensure_ascii=False),
        history=_history(revisions(shelf, name), schema),
        versions=[other for other in EVENTS if other.partition(".")[0] == base],
        rule=json.dumps(rule_for(name), indent=2),
        inbox=_inbox(name, cls.source),
        handler=_handler(name, cls.__module__),
    )


def _history(published: Sequence[Document], now: Document) -> list[str]:
    """A line a revision: what came and went."""
    lines = ["published"] if published else ["not published yet"]
    lines += [_change(old, new) for old, new in pairwise(published)]
    return lines + ([_change(published[-1], now) + " (not published yet)"] if published[-1:] != [now] else [])


def _change(old: Document, new: Document) -> str:
    was, now = ({row.path: row for row in rows(schema)} for schema in (old, new))
    said = [f"added `{path}`" for path in now if path not in was]
    said += [f"retired `{path}`" for path in was if path not in now]
    for path in was.keys() & now.keys():
        said += [f"`{path}` may be `{value}`" for value in now[path].known if value not in was[path].known]
    return ", ".join(sorted(said)) or "words only"


def _inbox(name: str, source: str) -> str:
    kebab = re.sub(r"(?<=[a-z])(?=[A-Z])", "-", name.partition(".")[0]).lower()
    logical = name.partition(".")[0]
    return "\n".join(
        [
            f"{logical}:",
            "  Type: AWS::CloudFormation::Stack",
            "  Properties:",
            "    TemplateURL: inbox.yaml",
            "    Parameters:",
            "      BusName: !Ref BusName",
            f'      Name: !Sub "${{BusName}}-yourteam-{kebab}"',
            f"      Sources: {source}",
            f"      DetailTypes: {name}",
            "      VisibilityTimeout: 180 # six times your function's timeout, in seconds",
            "      AlarmTopic: !Ref AlarmTopic",
        ]
    )


def _handler(name: str, module: str) -> str:
    cls = type_name(name)
    return "\n".join(
        [
            "import os",
            "",
            "import boto3",
            "",
            "from contracts.bus.consume import consume",
            "from contracts.bus.publish import Bus",
            *sorted(["from contracts.events.envelope import Publish", f"from {module} import {cls}"]),
            "",
            "",
            f"def your_use_case(event: {cls}, publish: Publish) -> None:",
            "    print(publish.cause.id, event.subject)",
            "",
            "",
            'bus = Bus(os.environ["BUS_NAME"], boto3.client("events"))',
            f"handler = consume({{{cls}: your_use_case}}, bus=bus)",
        ]
    )


def needs_text(team: str, needs: Sequence[Need]) -> str:
    """A file of needs, as generated for a service of ours."""
    listed: list[dict[str, Any]] = [
        {
            "event": need.event,
            "why": need.why,
            "fields": {path: reading.text() for path, reading in need.fields.items()},
        }
        for need in needs
    ]
    head = f"# Written by `tape contracts generate` from the code of services/{team}; not to be edited.\n"
    return head + yaml.safe_dump({"team": team, "needs": listed}, sort_keys=False, allow_unicode=True)


@cache
def _pages() -> jinja2.Environment:
    return jinja2.Environment(
        loader=jinja2.FileSystemLoader(_PAGES),
        autoescape=jinja2.select_autoescape(("html.jinja",)),
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
        undefined=jinja2.StrictUndefined,
    )
