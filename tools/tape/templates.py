"""Templates as they are deployed: nested ones set in, the API put together from every service's routes.

The files nest `infra/inbox.yaml` and `infra/calendar.yaml` as stacks, which AWS takes as they are. Deployed
by `tape`, each nested stack becomes resources of its parent: one stack a service to look at, to update and to
roll back, on every target alike, the embedded one included, whose nested stacks cannot be updated.
"""

import hashlib
import json
import re
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from samtranslator.yaml_helper import yaml_parse

ROOT = Path(__file__).parents[2]
Template = dict[str, Any]
_NESTED = "AWS::CloudFormation::Stack"
_VARIABLE = re.compile(r"\$\{(?!!)([A-Za-z0-9:]+)((?:\.[A-Za-z0-9.]+)?)\}")


def read(path: Path) -> Template:
    """The template at *path* with its nested stacks set in."""
    template: Template = yaml_parse(path.read_text(encoding="utf-8"))
    for name, resource in list(template["Resources"].items()):
        if resource["Type"] == _NESTED:
            properties = resource["Properties"]
            inner = _Nested(name, path.parent / properties["TemplateURL"], properties.get("Parameters", {}))
            del template["Resources"][name]
            template["Resources"] |= inner.resources()
            template = _replaced(template, inner.output)
    return template


def api() -> Template:
    """infra/api.yaml around infra/openapi.yaml with every service's routes in it."""
    template = read(ROOT / "infra" / "api.yaml")
    document = yaml_parse((ROOT / "infra" / "openapi.yaml").read_text(encoding="utf-8"))
    for routes in sorted((ROOT / "services").glob("*/routes.yaml")):
        document["paths"] |= yaml_parse(routes.read_text(encoding="utf-8"))["paths"]
    template["Resources"]["Api"]["Properties"]["Body"] = document
    # A deployment is a snapshot: another document needs another deployment, hence another logical id.
    snapshot = f"Deployment{hashlib.sha256(body(document).encode()).hexdigest()[:10]}"
    template["Resources"][snapshot] = template["Resources"].pop("Deployment")
    template["Resources"]["Stage"]["Properties"]["DeploymentId"] = {"Ref": snapshot}
    return template


def body(template: Mapping[str, Any]) -> str:
    """The template as JSON, the same for the same contents; short, for CloudFormation takes 51,200 bytes."""
    return json.dumps(template, sort_keys=True, separators=(",", ":"))


class _Nested:
    """One nested stack, with its parameters filled in by its parent."""

    def __init__(self, name: str, path: Path, given: Mapping[str, Any]) -> None:
        self._name = name
        self._inner: Template = yaml_parse(path.read_text(encoding="utf-8"))
        self._values = {
            parameter: _listed(value) if spec["Type"] == "CommaDelimitedList" else value
            for parameter, spec in self._inner.get("Parameters", {}).items()
            for value in [given.get(parameter, spec.get("Default"))]
        }

    def resources(self) -> dict[str, Any]:
        return {
            self._name + name: self._set_in(resource) for name, resource in self._inner["Resources"].items()
        }

    def output(self, node: Any) -> Any:
        """What a parent's reference to an output of this stack stands for; anything else as it is."""
        match node:
            case {"Fn::GetAtt": [self._name, str(path)]} | {"Fn::GetAtt": str(path)}:
                name, _, attribute = path.rpartition(".")
                if path.removeprefix(f"{self._name}.").startswith("Outputs.") and name in (
                    "Outputs",
                    f"{self._name}.Outputs",
                ):
                    return self._set_in(self._inner["Outputs"][attribute]["Value"])
        return node

    def _set_in(self, node: Any) -> Any:
        return _replaced(node, self._resolved)

    def _resolved(self, node: Any) -> Any:
        match node:
            case {"Ref": str(name)}:
                return self._values[name] if name in self._values else {"Ref": self._own(name)}
            case {"Fn::GetAtt": [str(name), attribute]}:
                return {"Fn::GetAtt": [self._own(name), attribute]}
            case {"Fn::GetAtt": str(path)}:
                name, _, attribute = path.partition(".")
                return {"Fn::GetAtt": [self._own(name), attribute]}
            case {"Fn::Sub": str(text)}:
                return self._substituted(text)
            case {"Fn::If": [str(condition), yes, no]}:
                return yes if self._holds(self._inner["Conditions"][condition]) else no
        return node

    def _own(self, name: str) -> str:
        return self._name + name if name in self._inner["Resources"] else name

    def _substituted(self, text: str) -> dict[str, Any]:
        used = {v: self._values[v] for v, _ in _VARIABLE.findall(text) if v in self._values}
        text = _VARIABLE.sub(lambda found: f"${{{self._own(found[1])}{found[2]}}}", text)
        return {"Fn::Sub": [text, used]} if used else {"Fn::Sub": text}

    def _holds(self, condition: Any) -> bool:
        """Conditions of nested templates compare parameters their parents give as plain text."""
        one, other = (self._resolved(side) for side in condition["Fn::Equals"])
        return bool(one == other)


def _listed(value: Any) -> Any:
    """A comma-delimited list as a list, be it text or a join of its items."""
    if isinstance(value, dict):
        return value["Fn::Join"][1]
    return [item.strip() for item in value.split(",")]


def _replaced(node: Any, replace: Callable[[Any], Any]) -> Any:
    """*node* with *replace* applied from the leaves up."""
    if isinstance(node, dict):
        return replace({key: _replaced(value, replace) for key, value in node.items()})
    return [_replaced(item, replace) for item in node] if isinstance(node, list) else node
