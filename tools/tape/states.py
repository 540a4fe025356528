"""What `tape status` and `tape dlq` say of a platform."""

from dataclasses import dataclass
from typing import Any

from rich.console import Console
from rich.table import Table

from contracts.bus.errors import MessageUnreadable
from contracts.bus.read import read
from contracts.events.catalogue import EVENTS
from tools.tape.platform import Depth, Platform


@dataclass(frozen=True)
class Status:
    """The platform at one moment."""

    target: str
    endpoint: str | None
    bus: str
    api: str | None
    stacks: dict[str, str]
    functions: list[str]
    queues: list[Depth]
    dead_letters: int
    events: int


def status(platform: Platform) -> Status:
    """Asks every part once."""
    depths = platform.depths()
    return Status(
        target=platform.target.kind,
        endpoint=platform.target.endpoint,
        bus=platform.target.bus,
        api=platform.api_url(),
        stacks=platform.stacks(),
        functions=platform.functions(),
        queues=[depth for depth in depths if not depth.queue.endswith("-dead")],
        dead_letters=sum(
            depth.waiting + depth.in_flight for depth in depths if depth.queue.endswith("-dead")
        ),
        events=sum(1 for _ in platform.rows("Journal")) if "journal" in platform.stacks() else 0,
    )


def show(found: Status, console: Console) -> None:
    console.print(f"[bold]{found.bus}[/bold] on {found.target} {found.endpoint or ''}")
    console.print(
        f"API {found.api or 'not deployed'}; {len(found.functions)} functions; "
        f"{found.events:,} events in the journal"
    )
    table = Table("Stack", "State")
    for name, state in sorted(found.stacks.items()):
        table.add_row(name, state)
    console.print(table)
    busy = [depth for depth in found.queues if depth.waiting or depth.in_flight]
    for depth in busy:
        console.print(f"{depth.queue}: {depth.waiting} waiting, {depth.in_flight} in hand")
    if not busy:
        console.print("every queue is empty")
    if found.dead_letters:
        console.print(f"[red]{found.dead_letters} dead letter(s)[/red]; `tape dlq` says why")
    else:
        console.print("no dead letters")


def dead_letters(platform: Platform) -> list[dict[str, Any]]:
    """Each dead letter with the reason it cannot be read, or that its handling failed."""
    return [
        {"queue": queue, "reason": _reason(body), "body": body} for queue, body in platform.dead_letters()
    ]


def _reason(body: str) -> str:
    try:
        message = read({"body": body, "attributes": {"SentTimestamp": "0"}}, EVENTS)
    except MessageUnreadable as unreadable:
        return str(unreadable)
    what = message if isinstance(message, str) else message.envelope.type
    id_ = "" if isinstance(message, str) else f" {message.envelope.id}"
    return f"{what}{id_} reads well, but its handler failed; search the logs for that id"
