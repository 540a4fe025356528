"""Who hears what, read from the services' templates: every inbox, its rule and the Lambda it feeds."""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from samtranslator.yaml_helper import yaml_parse

from contracts.events.catalogue import EVENTS

SOURCES = "tickertape."
"""What every source of ours begins with."""


@dataclass(frozen=True)
class Inbox:
    """A subscription: the rule that fills it, and the Lambda that empties it.

    *queue* is as the bus `tickertape` names it; *visibility_seconds* and *receives* are template defaults.
    """

    service: str
    name: str
    sources: tuple[str, ...]
    detail_types: tuple[str, ...]
    takes_everything: bool
    function: str
    rule: Mapping[str, Any]
    queue: str
    visibility_seconds: int
    receives: int

    def hears(self, detail_type: str) -> bool:
        return self.takes_everything or detail_type in self.detail_types


def inboxes(root: Path) -> list[Inbox]:
    """The inboxes of every service below *root*, by service and name."""
    inbox = _template(root / "infra" / "inbox.yaml")
    found: list[Inbox] = []
    for path in sorted((root / "services").glob("*/template.yaml")):
        found += _of_service(path.parent.name, _template(path), inbox)
    return found


def listeners(found: list[Inbox], detail_type: str) -> list[Inbox]:
    """The inboxes that list a detail-type; who takes everything is not counted."""
    return [inbox for inbox in found if detail_type in inbox.detail_types]


def announcer(detail_type: str) -> str:
    """The service that announces a detail-type; `app` for the app."""
    return EVENTS[detail_type].source.removeprefix(SOURCES)


def rule_for(*detail_types: str) -> dict[str, Any]:
    """The rule pattern that matches these events and no others."""
    sources = sorted({EVENTS[name].source for name in detail_types})
    return {"source": sources, "detail-type": list(detail_types)}


def _of_service(service: str, template: dict[str, Any], inbox: dict[str, Any]) -> Iterator[Inbox]:
    resources = template["Resources"]
    pattern = inbox["Resources"]["Rule"]["Properties"]["EventPattern"]
    unsaid = {name: inbox["Parameters"][name]["Default"] for name in ("VisibilityTimeout", "MaxReceives")}
    for name, resource in resources.items():
        given = resource.get("Properties", {})
        if str(given.get("TemplateURL", "")).endswith("inbox.yaml"):
            parameters = unsaid | given["Parameters"]
            everything = parameters.get("Everything") == "yes"
            yield Inbox(
                service,
                name,
                _listed(parameters.get("Sources", "")),
                _listed(parameters.get("DetailTypes", "")),
                everything,
                _fed(resources, name),
                _filled(pattern, parameters, everything=everything),
                _queue(parameters["Name"]),
                _default(template, parameters["VisibilityTimeout"]),
                _default(template, parameters["MaxReceives"]),
            )


def _queue(name: Any) -> str:
    return str(name["Fn::Sub"] if isinstance(name, dict) else name).replace("${BusName}", "tickertape")


def _default(template: dict[str, Any], given: Any) -> int:
    """A number, or the default of the parameter that is referred to."""
    return int(template["Parameters"][given["Ref"]]["Default"] if isinstance(given, dict) else given)


def _fed(resources: dict[str, Any], inbox: str) -> str:
    """The handler of the Lambda whose event source is the inbox: `score_posts`."""
    for resource in resources.values():
        for source in resource.get("Properties", {}).get("Events", {}).values():
            queue = source.get("Properties", {}).get("Queue", {}).get("Fn::GetAtt", "")
            if (queue if isinstance(queue, list) else queue.split("."))[0] == inbox:
                return str(resource["Properties"]["Handler"]).split(".")[-2]
    return ""


def _filled(pattern: Any, parameters: Mapping[str, Any], *, everything: bool) -> Any:
    """The rule's pattern as the inbox's template makes it of these parameters."""
    if isinstance(pattern, list):
        return [_filled(item, parameters, everything=everything) for item in pattern]
    if not isinstance(pattern, dict):
        return pattern
    if "Fn::If" in pattern:
        _, yes, no = pattern["Fn::If"]
        return _filled(yes if everything else no, parameters, everything=everything)
    if "Ref" in pattern:
        return list(_listed(parameters[pattern["Ref"]]))
    return {key: _filled(value, parameters, everything=everything) for key, value in pattern.items()}


def _listed(value: Any) -> tuple[str, ...]:
    items = value.split(",") if isinstance(value, str) else value["Fn::Join"][1]
    return tuple(item.strip() for item in items if item.strip())


def _template(path: Path) -> dict[str, Any]:
    # Through JSON, so that what YAML shares by anchors is nobody else's when it is changed.
    template: dict[str, Any] = json.loads(json.dumps(yaml_parse(path.read_text("utf-8")), default=str))
    return template
