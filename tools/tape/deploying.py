"""Deploys every template of ours: the same files to the embedded target, LocalStack and AWS."""

import json
import os
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import boto3
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError, WaiterError

from tools import package
from tools.tape import templates
from tools.tape.emulator import only_one
from tools.tape.errors import TapeError
from tools.tape.templates import Template

ROOT = Path(__file__).parents[2]
REGION = "us-east-1"
_BEGUN = ("CREATE_IN_PROGRESS", "UPDATE_IN_PROGRESS")
_CHANNEL_KEYS = {
    "SLACK_BOT_TOKEN": "slack_token",
    "SLACK_SIGNING_SECRET": "slack_signing_secret",
    "TELEGRAM_BOT_TOKEN": "telegram_token",
    "TELEGRAM_SECRET_TOKEN": "telegram_secret",
    "VAPID_PRIVATE_KEY": "vapid_private_key",
    "VAPID_PUBLIC_KEY": "vapid_public_key",
    "VAPID_SUBJECT": "vapid_subject",
    "RELAY_SECRETS": "relay_secrets",
    "SIGNING_KEY": "signing_key",
    "APCA_API_KEY_ID": "alpaca_key_id",
    "APCA_API_SECRET_KEY": "alpaca_secret_key",
}
"""Names in the environment, and what the notifications service calls them."""
_REDDIT = ("REDDIT_CLIENT_ID", "REDDIT_CLIENT_SECRET", "REDDIT_USER_AGENT")
SENDER_DOMAIN = "tickertape.example"
Progress = Callable[[str], None]
"""Told what was just done."""


@dataclass(frozen=True)
class Target:
    """Where to deploy. *endpoint* is none for AWS itself; *bus* names the bus and prefixes everything."""

    kind: str
    bus: str = "tickertape"
    endpoint: str | None = None

    def session(self) -> "boto3.session.Session":
        """Credentials: AWS's own chain, or the well-known test ones where an emulator takes any."""
        if self.kind == "aws":
            return boto3.session.Session()
        return boto3.session.Session("test", "test", region_name=REGION)

    def client(self, service: str) -> Any:
        timeouts = Config(connect_timeout=3, read_timeout=60, retries={"max_attempts": 3})
        make: Any = self.session().client
        return make(service, endpoint_url=self.endpoint, config=timeouts)

    def resource(self, service: str) -> Any:
        make: Any = self.session().resource
        return make(service, endpoint_url=self.endpoint)


def deploy(target: Target, parameters: Mapping[str, str], tell: Progress = lambda _: None) -> dict[str, str]:
    """Brings every stack up to date and gives the outputs of all. Repeating it changes nothing.

    Raises TapeError with the stack, the resource and the reason of the first failure.
    """
    try:
        return _deploy(target, parameters, tell)
    except (BotoCoreError, ClientError) as error:
        raise TapeError(f"deploying to {target.kind} failed: {error}") from error


def _deploy(target: Target, parameters: Mapping[str, str], tell: Progress) -> dict[str, str]:
    platform = "host" if target.kind == "embedded" else "arm64"
    packages = _build(platform, tell)
    shelf = Shelf(target)
    known = {
        "BusName": target.bus,
        "Target": target.kind,
        **parameters,
    }
    bus = templates.read(ROOT / "infra" / "bus.yaml")
    known |= apply(target, "bus", bus, known)
    if target.kind == "embedded":
        _complete_embedded(target, known["BusArn"], bus["Resources"]["Archive"]["Properties"]["EventPattern"])
    known |= reddit_credentials(target)
    known |= channel_keys(target)
    tell("bus")
    wanted = {
        service: with_code(ROOT / "services" / service / "template.yaml", shelf, packages)
        for service in package.SERVICES
    }

    def service_stack(service: str) -> dict[str, str]:
        outputs = apply(target, service, wanted[service], known)
        tell(service)
        return outputs

    with ThreadPoolExecutor(max_workers=2) as pool:
        for outputs in pool.map(service_stack, package.SERVICES):
            known |= outputs
    known |= apply(target, "api", templates.api(), known)
    tell("api")
    return known


def _build(platform: str, tell: Progress) -> dict[str, package.Package]:
    built = {}
    for service in package.SERVICES:
        try:
            with only_one(package.OUT):
                built[service] = package.build(service, platform)
        except package.PackagingFailed as failure:
            raise TapeError(str(failure)) from failure
        tell(f"package {service}")
    return built


class Shelf:
    """The bucket that holds zips, each under the hash of its contents."""

    def __init__(self, target: Target) -> None:
        self._s3 = target.client("s3")
        account = target.client("sts").get_caller_identity()["Account"]
        region = self._s3.meta.region_name
        self.bucket = f"{target.bus}-artifacts-{account}-{region}"
        try:
            self._s3.head_bucket(Bucket=self.bucket)
        except ClientError as error:
            if error.response["Error"]["Code"] not in ("404", "NoSuchBucket"):
                raise
            # us-east-1 alone refuses to be named.
            where = {} if region == REGION else {"CreateBucketConfiguration": {"LocationConstraint": region}}
            self._s3.create_bucket(Bucket=self.bucket, **where)

    def put(self, key: str, source: Path) -> str:
        """Uploads unless it is there; gives the key."""
        try:
            self._s3.head_object(Bucket=self.bucket, Key=key)
        except ClientError:
            self._s3.upload_file(str(source), self.bucket, key)
        return key


def with_code(path: Path, shelf: Shelf, packages: Mapping[str, package.Package]) -> Template:
    """A template with its package uploaded and named in place of the local folder."""
    template = templates.read(path)
    function = template["Globals"]["Function"]
    built = packages[Path(function["CodeUri"]).name]
    key = shelf.put(f"packages/{built.service}-{built.platform}-{built.digest}.zip", built.path)
    function["CodeUri"] = {"Bucket": shelf.bucket, "Key": key}
    return template


def apply(target: Target, name: str, template: Template, known: Mapping[str, str]) -> dict[str, str]:
    """Creates or updates one stack and gives its outputs."""
    client = target.client("cloudformation")
    stack = f"{target.bus}-{name}".replace("_", "-")
    wanted: dict[str, Any] = {
        "StackName": stack,
        "TemplateBody": templates.body(template),
        "Capabilities": ["CAPABILITY_NAMED_IAM", "CAPABILITY_AUTO_EXPAND"],
    }
    state = _state(client, stack)
    if state in ("ROLLBACK_COMPLETE", "ROLLBACK_FAILED", "CREATE_FAILED"):
        client.delete_stack(StackName=stack)  # half deployed: nothing in it ever worked
        client.get_waiter("stack_delete_complete").wait(StackName=stack)
        state = None
    if state == "UPDATE_ROLLBACK_FAILED":
        client.continue_update_rollback(StackName=stack)
        client.get_waiter("stack_rollback_complete").wait(StackName=stack, WaiterConfig={"Delay": 1})
    verb = "update" if state else "create"
    wanted["Parameters"] = _parameters(template, known, _set_before(client, stack) if state else set())
    try:
        getattr(client, f"{verb}_stack")(**wanted)
        client.get_waiter(f"stack_{verb}_complete").wait(
            StackName=stack, WaiterConfig={"Delay": 1 if target.endpoint else 5, "MaxAttempts": 600}
        )
    except ClientError as error:
        if "No updates are to be performed" not in str(error):
            raise
    except WaiterError as error:
        raise TapeError(f"stack {stack} failed: {_first_failure(client, stack)}") from error
    described = client.describe_stacks(StackName=stack)["Stacks"][0]
    return {output["OutputKey"]: output["OutputValue"] for output in described.get("Outputs", [])}


def _parameters(template: Template, known: Mapping[str, str], before: set[str]) -> list[dict[str, Any]]:
    """What is given now; for the rest, what an operator gave before."""
    named = template.get("Parameters", {})
    given = [{"ParameterKey": key, "ParameterValue": known[key]} for key in named if key in known]
    kept = [{"ParameterKey": k, "UsePreviousValue": True} for k in named if k not in known and k in before]
    return given + kept


def _set_before(client: Any, stack: str) -> set[str]:
    described = client.describe_stacks(StackName=stack)["Stacks"][0]
    return {parameter["ParameterKey"] for parameter in described.get("Parameters", [])}


def _state(client: Any, stack: str) -> str | None:
    try:
        return str(client.describe_stacks(StackName=stack)["Stacks"][0]["StackStatus"])
    except ClientError as error:
        if "does not exist" in str(error):
            return None
        raise


def _first_failure(client: Any, stack: str) -> str:
    """The first thing that failed in the latest attempt; events come newest first."""
    reasons = []
    for event in client.describe_stack_events(StackName=stack)["StackEvents"]:
        if event["ResourceStatus"].endswith("FAILED"):
            reasons.append(f"{event['LogicalResourceId']}: {event.get('ResourceStatusReason', '')}")
        if event["LogicalResourceId"] == stack and event["ResourceStatus"] in _BEGUN:
            break
    return reasons[-1] if reasons else "no reason given; read the stack's events"


def reddit_credentials(target: Target) -> dict[str, str]:
    """REDDIT_CLIENT_ID and its like, where set, go to the parameter store, where the collector finds them."""
    settings = {
        name.removeprefix("REDDIT_").lower(): value for name, value in os.environ.items() if name in _REDDIT
    }
    if not settings:
        return {}
    if missing := {"client_id", "client_secret", "user_agent"} - set(settings):
        names = ", ".join(f"REDDIT_{name.upper()}" for name in sorted(missing))
        raise TapeError(f"Reddit's keys are incomplete: set {names} too, or none of them")
    name = f"/{target.bus}/reddit"
    target.client("ssm").put_parameter(
        Name=name, Value=json.dumps(settings, sort_keys=True), Type="SecureString", Overwrite=True
    )
    return {"RedditParameter": name}


def channel_keys(target: Target) -> dict[str, str]:
    """SLACK_BOT_TOKEN and its like go to the parameter store; what is not set now stays as it was."""
    found = {key: os.environ[name] for name, key in _CHANNEL_KEYS.items() if os.environ.get(name)}
    if not found:
        return {}
    name, client = f"/{target.bus}/notifications", target.client("ssm")
    try:
        before = json.loads(client.get_parameter(Name=name, WithDecryption=True)["Parameter"]["Value"])
    except client.exceptions.ParameterNotFound:
        before = {}
    client.put_parameter(
        Name=name, Value=json.dumps(before | found, sort_keys=True), Type="SecureString", Overwrite=True
    )
    return {"KeysParameter": name}


def _complete_embedded(target: Target, bus: str, archived: Mapping[str, Any]) -> None:
    """What an emulator starts without: an archive, which no template names there, and a sender."""
    try:
        target.client("events").create_archive(
            ArchiveName=f"{target.bus}-archive", EventSourceArn=bus, EventPattern=json.dumps(archived)
        )
    except ClientError as error:
        if error.response["Error"]["Code"] != "ResourceAlreadyExistsException":
            raise
    target.client("sesv2").create_email_identity(EmailIdentity=SENDER_DOMAIN)
