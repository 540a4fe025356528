"""The AsyncAPI 3.1 document: channels by detail-type, operations by service, CloudEvents as messages."""

from collections.abc import Iterator, Sequence
from typing import Any

from contracts.events.catalogue import EVENTS
from contracts.events.envelope import Event
from contracts.needs.needing import Need
from tools.contracts.schemas import ENVELOPE, HOME
from tools.contracts.shelf import Document, Shelf
from tools.contracts.wiring import Inbox, announcer, listeners, rule_for

_ABOUT = (
    "Tickertape's services know each other only through these events, on one EventBridge bus. The `detail` "
    "of every entry is a CloudEvent 1.0 in structured mode, its `type` is the entry's `detail-type`. "
    "Within a version only optional fields and values of open lists come and go; readers ignore what they do "
    "not know. Delivery is at least once and in no order: the event's `id` is the same for every repetition."
)


def asyncapi(
    shelf: Shelf, schemas: dict[str, Document], found: Sequence[Inbox], needs: Sequence[Need]
) -> Document:
    """The whole document. *needs* are shown with the channel whose fields they rely on."""
    return {
        "asyncapi": "3.1.0",
        "id": "urn:tickertape:events",
        "info": {"title": "Tickertape events", "version": "1.0.0", "description": _ABOUT},
        "defaultContentType": "application/cloudevents+json",
        "servers": {"bus": _SERVER},
        "channels": {name: _channel(name, cls, found, needs) for name, cls in EVENTS.items()},
        "operations": dict(_operations(found)),
        "components": {
            "messages": {name: _message(shelf, name, cls) for name, cls in EVENTS.items()},
            "schemas": {
                key: node for name, schema in schemas.items() for key, node in _schemas(name, schema)
            },
        },
    }


_SERVER = {
    "host": "events.{region}.amazonaws.com",
    "protocol": "eventbridge",
    "title": "The bus",
    "description": "Found by its name: `tickertape`, or `tickertape-<stage>` outside production.",
    "variables": {"region": {"default": "us-east-1", "description": "AWS region"}},
}


def _channel(name: str, cls: type[Event], found: Sequence[Inbox], needs: Sequence[Need]) -> Document:
    channel = {
        "address": name,
        "title": name,
        "summary": _sentence(cls),
        "servers": [{"$ref": "#/servers/bus"}],
        "messages": {name: {"$ref": f"#/components/messages/{name}"}},
        # AsyncAPI knows no EventBridge binding, so what one would say stands in an extension.
        "x-eventbridge": {"detail-type": name, "source": cls.source, "rule": rule_for(name)},
        "x-subject": "/".join(cls.about),
        "x-heard-by": [f"{inbox.service}.{inbox.function}" for inbox in listeners(list(found), name)],
    }
    teams = {need.team: sorted(need.fields) for need in needs if need.event == name}
    return {**channel, "x-needed-fields": teams} if teams else channel


def _operations(found: Sequence[Inbox]) -> Iterator[tuple[str, Document]]:
    for name in EVENTS:
        sender = announcer(name)
        yield f"{sender}.announces.{name}", _operation("send", name, {"x-service": sender})
    for inbox in found:
        for name in EVENTS:
            if inbox.hears(name):
                told = {
                    "x-service": inbox.service,
                    "x-inbox": inbox.name,
                    "x-lambda": inbox.function,
                    "bindings": {"sqs": _queue(inbox)},
                }
                yield f"{inbox.service}.{inbox.function}.hears.{name}", _operation("receive", name, told)


def _queue(inbox: Inbox) -> Document:
    """The queue the rule fills and the Lambda empties, as the bus `tickertape` names it."""
    queue = {
        "name": inbox.queue,
        "fifoQueue": False,
        "visibilityTimeout": inbox.visibility_seconds,
        "redrivePolicy": {
            "deadLetterQueue": {"name": f"{inbox.queue}-dead"},
            "maxReceiveCount": inbox.receives,
        },
    }
    return {"queues": [queue], "bindingVersion": "0.2.0"}


def _operation(action: str, name: str, told: Document) -> Document:
    channel = f"#/channels/{name}"
    messages = [{"$ref": f"{channel}/messages/{name}"}]
    return {"action": action, "channel": {"$ref": channel}, "messages": messages, **told}


def _message(shelf: Shelf, name: str, cls: type[Event]) -> Document:
    entry = {"source": {"const": cls.source}, "detail-type": {"const": name}}
    event = {"type": {"const": name}, "source": {"const": cls.source}, "data": _reference(name)}
    return {
        "name": name,
        "title": name,
        "summary": _sentence(cls),
        "contentType": "application/cloudevents+json",
        "correlationId": {"location": "$message.payload#/correlationid"},
        "headers": {"type": "object", "properties": entry, "required": list(entry)},
        "payload": {"allOf": [_reference(ENVELOPE), {"type": "object", "properties": event}]},
        "examples": [{"name": "sample", "headers": _constants(entry), "payload": shelf.sample(name)}],
    }


def _constants(properties: dict[str, Any]) -> dict[str, Any]:
    return {key: node["const"] for key, node in properties.items()}


def _schemas(name: str, schema: Document) -> Iterator[tuple[str, Document]]:
    """The schema and its parts, each under a name of its own: parts of two versions may share theirs."""
    parts = schema.get("$defs", {})
    # The file it was taken from stands in `x-schema`: an $id here would change what references are based on.
    kept = {key: node for key, node in schema.items() if key not in ("$schema", "$id", "$defs")}
    yield name, _pointed(kept, name) | {"x-schema": f"{HOME}/{name}.json"}
    for part, node in parts.items():
        yield f"{name}.{part}", _pointed(node, name)


def _pointed(node: Any, name: str) -> Any:
    if isinstance(node, list):
        return [_pointed(item, name) for item in node]
    if not isinstance(node, dict):
        return node
    pointed = {key: _pointed(value, name) for key, value in node.items()}
    if "$ref" in pointed:
        pointed["$ref"] = f"#/components/schemas/{name}.{pointed['$ref'].rpartition('/')[2]}"
    return pointed


def _reference(name: str) -> Document:
    return {"$ref": f"#/components/schemas/{name}"}


def _sentence(cls: type[Event]) -> str:
    return (cls.__doc__ or "").strip()
