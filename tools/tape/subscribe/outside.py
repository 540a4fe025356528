"""Deploys the folder of a consumer that lies outside the tree, beside our own stacks on the same bus."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml
from botocore.exceptions import BotoCoreError, ClientError
from samtranslator.yaml_helper import yaml_parse

from tools import package
from tools.tape import deploying
from tools.tape.deploying import Progress, Target
from tools.tape.emulator import only_one
from tools.tape.errors import TapeError

STEPS = 2
"""How often `deploy` tells its progress."""
_NAME = re.compile(r"[a-z][a-z0-9]*(-[a-z0-9]+)*")
_LONGEST = 32
"""A queue's name may have 80 characters, and the bus and `-events-dead` go with it."""
_OURS = {"api", "bus", *(service.replace("_", "-") for service in package.SERVICES)}


@dataclass(frozen=True)
class Consumer:
    """A folder with a template; *code* is what its functions hold, with a requirements.txt."""

    name: str
    folder: Path
    code: Path

    @property
    def template(self) -> Path:
        return self.folder / "template.yaml"


def checked_name(name: str) -> str:
    """*name*, when stacks, queues and tables can bear it. Raises TapeError."""
    if not _NAME.fullmatch(name) or len(name) > _LONGEST:
        raise TapeError(
            f"{name[:64]!r} cannot name a consumer: use lower-case letters, digits and single hyphens, "
            f"beginning with a letter, at most {_LONGEST} characters; for example price-watch"
        )
    if name in _OURS:
        raise TapeError(f"{name!r} is a name the platform uses itself; choose another")
    if "tap" in name.split("-"):
        raise TapeError(
            f"{name!r} holds the word tap, which is kept for the queues of `tape tail`; choose another"
        )
    return name


def read(folder: Path) -> Consumer:
    """The consumer in *folder*. Raises TapeError naming what is missing."""
    template = _template(folder / "template.yaml")
    try:
        name = str(template["Parameters"]["Consumer"]["Default"])
        code = folder / template["Globals"]["Function"]["CodeUri"]
    except (KeyError, TypeError) as error:
        raise TapeError(
            f"{folder / 'template.yaml'} has no Parameters.Consumer.Default or no Globals.Function.CodeUri; "
            "`tape subscribe` makes one that has"
        ) from error
    if not (code / "requirements.txt").is_file():
        raise TapeError(f"{code} has no requirements.txt; name there what the function needs")
    return Consumer(checked_name(name), folder, code)


def deploy(target: Target, consumer: Consumer, given: Mapping[str, str], tell: Progress) -> None:
    """Packages and deploys one consumer; repeating it changes nothing. Raises TapeError."""
    try:
        known = {"BusName": target.bus, **_platform(target), **given}
        built = _built(consumer, "host" if target.kind == "embedded" else "arm64")
        tell(f"package {consumer.name}")
        local = consumer.code.relative_to(consumer.folder).name
        template = deploying.with_code(consumer.template, deploying.Shelf(target), {local: built})
        deploying.apply(target, consumer.name, template, known)
    except (BotoCoreError, ClientError) as error:
        raise TapeError(f"deploying {consumer.name} to {target.kind} failed: {error}") from error
    tell(consumer.name)


def remove(target: Target, consumer: Consumer) -> None:
    """Takes the consumer's stack away; that it was not there is no error."""
    client, stack = target.client("cloudformation"), f"{target.bus}-{consumer.name}"
    try:
        client.delete_stack(StackName=stack)
        waiting = {"Delay": 1 if target.endpoint else 5, "MaxAttempts": 600}
        client.get_waiter("stack_delete_complete").wait(StackName=stack, WaiterConfig=waiting)
    except (BotoCoreError, ClientError) as error:
        raise TapeError(f"removing {stack} failed: {error}") from error


def _template(path: Path) -> dict[str, Any]:
    try:
        template = yaml_parse(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise TapeError(
            f"cannot read {path}: {error.strerror}; `tape subscribe NAME --to EVENT` makes a folder with one"
        ) from error
    except yaml.YAMLError as error:
        raise TapeError(f"{path} is not YAML: {str(error).splitlines()[0]}") from error
    return template if isinstance(template, dict) else {}


def _built(consumer: Consumer, platform: str) -> package.Package:
    try:
        with only_one(package.OUT):
            return package.build_outside(consumer.name, consumer.code, platform)
    except package.PackagingFailed as failure:
        raise TapeError(" ".join(str(failure).split())) from failure  # uv's own words fill a page


def _platform(target: Target) -> dict[str, str]:
    """What the bus's own stack says of itself: the alarm topic above all."""
    try:
        found = target.client("cloudformation").describe_stacks(StackName=f"{target.bus}-bus")["Stacks"][0]
    except ClientError as error:
        if "does not exist" not in str(error):
            raise
        raise TapeError(
            f"there is no bus {target.bus} on {target.kind}; `tape deploy --target {target.kind}` makes it"
        ) from error
    return {output["OutputKey"]: output["OutputValue"] for output in found.get("Outputs", [])}
