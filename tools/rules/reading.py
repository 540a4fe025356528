"""Templates as AWS would have them: nested stacks set in, SAM transformed, parameters at their defaults."""

import logging
import os
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from samtranslator.translator.transform import transform

from tools.tape import templates

ROOT = Path(__file__).parents[2]
# It complains of its own metrics, which it sends nowhere.
logging.getLogger("samtranslator.metrics").setLevel(logging.ERROR)
Properties = Mapping[str, Any]


@dataclass(frozen=True)
class Stack:
    """One deployed stack: its resources by logical id, and what its parameters are unless told otherwise."""

    name: str
    resources: Mapping[str, Mapping[str, Any]]
    defaults: Mapping[str, Any]

    def of(self, kind: str) -> Iterator[tuple[str, Properties]]:
        """Logical ids and properties of the resources of a type, written without `AWS::`."""
        for name, resource in self.resources.items():
            if resource["Type"] == f"AWS::{kind}":
                yield name, resource.get("Properties", {})

    def number(self, value: Any) -> float | None:
        """A number, also where a parameter brings it; None where nobody can tell."""
        if isinstance(value, Mapping) and "Ref" in value:
            value = self.defaults.get(value["Ref"])
        try:
            return float(value)
        except (TypeError, ValueError):
            return None

    def named(self, value: Any) -> str | None:
        """The logical id a `Ref` or `Fn::GetAtt` points at."""
        match value:
            case {"Ref": str(name)} | {"Fn::GetAtt": [str(name), *_]}:
                return name
            case {"Fn::GetAtt": str(path)}:
                return path.partition(".")[0]
        return None

    def statements(self) -> Iterator[tuple[str, Properties]]:
        """Every statement of every role's own policies, under the role's logical id."""
        for role, properties in self.of("IAM::Role"):
            for policy in (one for given in properties.get("Policies", []) for one in either(given)):
                for statement in listed(policy["PolicyDocument"]["Statement"]):
                    yield role, statement


def listed(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]


def either(value: Any) -> Iterator[Any]:
    """What an `Fn::If` may come to, but for nothing at all: a rule must hold of both."""
    match value:
        case {"Fn::If": [_, yes, no]}:
            yield from either(yes)
            yield from either(no)
        case {"Ref": "AWS::NoValue"}:
            return
        case _:
            yield value


def stack(name: str, template: Mapping[str, Any]) -> Stack:
    """*template* after SAM's transform, which needs no account for it."""
    defaults = {key: given.get("Default") for key, given in template.get("Parameters", {}).items()}
    if "Transform" in template:
        os.environ.setdefault("AWS_DEFAULT_REGION", "us-east-1")
        for resource in template["Resources"].values():
            if resource["Type"] == "AWS::Serverless::Function":
                resource["Properties"]["CodeUri"] = {"Bucket": "packages", "Key": "package.zip"}
        template.get("Globals", {}).get("Function", {}).pop("CodeUri", None)
        template = transform(template, {}, _NoManagedPolicies())
    return Stack(name, template["Resources"], defaults)


@cache
def deployed() -> tuple[Stack, ...]:
    """All stacks as `tape deploy` makes them."""
    services = sorted((ROOT / "services").glob("*/template.yaml"))
    found = [stack(path.parent.name, templates.read(path)) for path in services]
    found.append(stack("bus", templates.read(ROOT / "infra" / "bus.yaml")))
    found.append(stack("api", templates.api()))
    return tuple(found)


class _NoManagedPolicies:
    """The transform asks for AWS's managed policies by name; whichever it needs has its usual address."""

    def load(self) -> Mapping[str, str]:
        return _Usual()


class _Usual(dict[str, str]):
    def __missing__(self, name: str) -> str:
        return f"arn:aws:iam::aws:policy/service-role/{name}"

    def __contains__(self, name: object) -> bool:
        return isinstance(name, str) and name.startswith("AWS")

    def get(self, name: str, default: Any = None) -> Any:
        return self.__missing__(name) if name in self else default
