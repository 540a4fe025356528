"""`tape`: the command line of the platform."""

import json
import signal
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, Any
from uuid import uuid4

import typer
from botocore.exceptions import BotoCoreError, ClientError
from pydantic import ValidationError
from rich.console import Console
from rich.progress import Progress
from rich.text import Text

from contracts.bus.errors import BusError
from contracts.events.envelope import Envelope, Event
from tools.contracts import commands as contracts_commands
from tools.tape import demo as day
from tools.tape import deploying, emulator, receipts, report, session, states
from tools.tape.backfilling import backfill
from tools.tape.briefing import briefing
from tools.tape.charts import chart
from tools.tape.drawdowns import drawdowns
from tools.tape.errors import TapeError
from tools.tape.holding import holds
from tools.tape.importing import app as models
from tools.tape.known import event_class
from tools.tape.linking import link
from tools.tape.parts import files
from tools.tape.platform import plain
from tools.tape.progress import shown
from tools.tape.rescoring import rescore
from tools.tape.scoring import score
from tools.tape.subscribe import outside
from tools.tape.subscribe.commands import subscribe
from tools.tape.training import train
from tools.tape.why_not import why_not
from tools.tape.windows import windows

app = typer.Typer(
    no_args_is_help=True, add_completion=False, rich_markup_mode="rich", pretty_exceptions_enable=False
)
app.add_typer(contracts_commands.app, name="contracts")
app.command()(subscribe)
app.command()(rescore)
app.command()(windows)
app.command()(drawdowns)
app.command()(chart)
app.command("why-not")(why_not)
app.command()(backfill)
app.command()(link)
app.add_typer(models, name="model")
app.command()(holds)
app.command()(score)
app.command()(train)
app.command()(briefing)
out = Console()
err = Console(stderr=True)

Json = Annotated[bool, typer.Option("--json", help="Print one JSON document and nothing else.")]


@app.callback()
def tape(debug: Annotated[bool, typer.Option("--debug", help="Show tracebacks.")] = False) -> None:
    """Tickertape: what moved, why, and how sure we are."""


@app.command()
def up(
    port: Annotated[
        int | None, typer.Option(help="Loopback port; a free one by default.", min=1, max=65535)
    ] = None,
    detach: Annotated[bool, typer.Option("--detach", help="Return and leave it running.")] = False,
) -> None:
    """Start the embedded target with everything deployed; Ctrl-C stops it, unless detached."""
    home = emulator.home_folder()
    running = emulator.start(home, port)
    try:
        with shown() as progress, _steps(progress) as tell:
            deploying.deploy(session.embedded_target(running), session.EMBEDDED_PARAMETERS, tell)
        platform = session.connect()
        out.print(f"up at [bold]{running.endpoint}[/bold] (pid {running.pid}), API at {platform.api_url()}")
        out.print(
            f"any AWS client: AWS_ENDPOINT_URL={running.endpoint} AWS_REGION={deploying.REGION}, test/test"
        )
        if detach:
            out.print("stop it with [bold]tape down[/bold]")
            return
        out.print("Ctrl-C stops it")
        emulator.wait(running)
    except BaseException:
        emulator.stop(running)
        raise


@app.command()
def down() -> None:
    """Stop the embedded target; what it holds is kept for the next `tape up`."""
    running = emulator.running(emulator.home_folder())
    if running is None:
        raise TapeError("nothing is up")
    emulator.stop(running)
    out.print("stopped; its state is kept. `make clean` forgets it")


@app.command()
def status(json_: Json = False) -> None:
    """What is up, what is deployed, what waits and what died."""
    found = states.status(session.connect())
    if json_:
        _print_json(asdict(found))
    else:
        states.show(found, out)


@app.command()
def demo(
    posts: Annotated[
        Path | None, typer.Option(help="An archive of posts (NDJSON, .zst, .gz, CSV) or a folder.")
    ] = None,
    bars: Annotated[Path | None, typer.Option(help="Daily bars as CSV.")] = None,
    json_: Json = False,
) -> None:
    """Run a recorded day through every service and show what came of it."""
    started = time.monotonic()
    if posts:
        files(posts)  # before anything is brought up for it
    with shown(quiet=json_) as progress, _steps(progress) as tell, session.brought_up(tell) as platform:
        result = day.run(platform, posts, bars, _stepper(progress), started)
    if json_:
        _print_json(result.as_json())
        return
    report.show(result, out)
    out.print(
        "\nNext: [bold]tape up --detach[/bold], then [bold]tape why "
        f"{result.receipt.id if result.receipt else 'ID'}[/bold], [bold]tape tail[/bold], "
        "[bold]tape publish --help[/bold]; your own archive: [bold]tape demo --posts FILE[/bold]"
    )


@app.command()
def deploy(
    folder: Annotated[
        Path | None,
        typer.Argument(help="A consumer's folder, as `tape subscribe` makes; everything of ours by default."),
    ] = None,
    target: Annotated[str, typer.Option(help="embedded, localstack or aws.")] = "embedded",
    stage: Annotated[
        str, typer.Option(help="Names the bus: `prod` is `tickertape`, others `tickertape-<stage>`.")
    ] = "prod",
    parameter: Annotated[
        list[str] | None,
        typer.Option(metavar="NAME=VALUE", help="A template parameter; what is not given stays as it is."),
    ] = None,
    remove: Annotated[
        bool, typer.Option("--remove", help="Take the consumer in FOLDER away, with its table.")
    ] = False,
) -> None:
    """Deploy every stack, or one consumer's folder, to a target; what is up to date is left alone."""
    if remove and folder is None:
        raise TapeError("--remove takes a consumer away: name its folder, as in `tape deploy . --remove`")
    consumer = outside.read(folder) if folder else None
    bus = "tickertape" if stage == "prod" else f"tickertape-{stage}"
    given = dict(_pair(pair) for pair in parameter or [])
    if target == "embedded":
        wanted, given = session.embedded().target, session.EMBEDDED_PARAMETERS | given
    elif target in ("localstack", "aws"):
        endpoint = session.localstack_endpoint() if target == "localstack" else None
        wanted = deploying.Target(target, bus, endpoint)
    else:
        raise TapeError(f"no target {target!r}; there are embedded, localstack and aws")
    if consumer:
        _deploy_consumer(wanted, consumer, given, remove=remove)
        return
    with shown() as progress, _steps(progress) as tell:
        deploying.deploy(wanted, given, tell)
    out.print(f"deployed to {target} as [bold]{wanted.bus}[/bold]")


def _deploy_consumer(
    wanted: deploying.Target, consumer: outside.Consumer, given: dict[str, str], *, remove: bool
) -> None:
    if remove:
        outside.remove(wanted, consumer)
        out.print(f"removed [bold]{consumer.name}[/bold] from {wanted.kind}")
        return
    with shown() as progress, _steps(progress, outside.STEPS) as tell:
        outside.deploy(wanted, consumer, given, tell)
    out.print(f"deployed [bold]{consumer.name}[/bold] to {wanted.kind}; `tape status` shows it")


@app.command()
def publish(
    detail_type: Annotated[str, typer.Argument(metavar="DETAIL-TYPE", help="For example TickerFollowed.v1.")],
    data: Annotated[str | None, typer.Option(help="The event's fields as JSON.")] = None,
    file: Annotated[Path | None, typer.Option(help="A file with them; - reads standard input.")] = None,
    key: Annotated[
        str | None, typer.Option(help="Names the act: the same key gives the same event id.")
    ] = None,
    json_: Json = False,
) -> None:
    """Publish an event on the bus, as an app would."""
    event = _event(detail_type, data, file)
    try:
        envelope = session.connect().publish(event, key=key or uuid4().hex, at=datetime.now(UTC))
    except BusError as error:
        raise TapeError(str(error)) from error
    if json_:
        _print_json(envelope.as_detail())
    else:
        out.print(f"{envelope.type} {envelope.subject}  [dim]{envelope.id}[/dim]")


@app.command()
def tail(
    detail_type: Annotated[list[str] | None, typer.Option(help="Only these; may be repeated.")] = None,
    json_: Annotated[bool, typer.Option("--json", help="One JSON document a line.")] = False,
) -> None:
    """Show events as they pass, until Ctrl-C."""
    for wanted in detail_type or []:
        event_class(wanted)
    with session.connect().tap(detail_type) as tap:
        if not json_:
            err.print("[dim]listening; Ctrl-C ends[/dim]")
        while True:
            for entry in tap.listen():
                envelope = Envelope.model_validate(entry["detail"])
                if json_:
                    print(json.dumps(envelope.as_detail(), ensure_ascii=False), flush=True)
                else:
                    out.print(report.line(envelope))


@app.command()
def why(
    id_: Annotated[
        str, typer.Argument(metavar="NOTIFICATION|EVENT", help="The id a message or an event carries.")
    ],
    json_: Json = False,
) -> None:
    """Show what led to a message: the tree of its causes, down to the posts."""
    platform = session.connect()
    event = platform.event(id_) or platform.notification(id_)
    if event is None:
        raise TapeError(
            f"the journal has no event or notification {id_[:64]!r}; `tape tail --json` shows ids"
        )
    cause = receipts.trace(event.id, platform.event)
    if json_:
        _print_json(receipts.as_json(cause))
    else:
        out.print(report.tree(cause))


@app.command()
def rows(
    table: Annotated[str, typer.Argument(help="A table without the bus's name, for example mine-Received.")],
    json_: Annotated[bool, typer.Option("--json", help="One JSON document a line.")] = False,
) -> None:
    """Show what a table holds, item by item."""
    held = 0
    for row in session.connect().rows(table):
        held += 1
        if json_:
            print(json.dumps(row, sort_keys=True, ensure_ascii=False, default=plain), flush=True)
        else:
            out.print(Text(", ".join(f"{name}: {value}" for name, value in sorted(row.items()))))
    if not json_:
        out.print(f"{held:,} item(s)")


@app.command()
def dlq(json_: Json = False) -> None:
    """Show the dead letters, each with the reason a consumer could not use it."""
    letters = states.dead_letters(session.connect())
    if json_:
        _print_json(letters)
        return
    for letter in letters:
        out.print(Text.assemble((letter["queue"], "bold"), f"  {letter['reason']}"))
    out.print(f"{len(letters)} dead letter(s)")


@app.command(name="verify-forecasts")
def verify_forecasts(json_: Json = False) -> None:
    """Check that no recorded forecast was changed; exit code 1 where one was, and which."""
    # Not above: its numbers take longer to load than most commands to run.
    from tools.tape import verifying

    found = verifying.verdict(session.connect().table("Forecasts"))
    if json_:
        _print_json(found)
    else:
        verifying.show(found, out)
    if not found["intact"]:
        raise typer.Exit(1)


def main() -> None:
    """Runs `tape`; an error is one line on stderr and exit code 2."""
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, _interrupt)
    try:
        app()
    except (TapeError, BotoCoreError, ClientError, OSError, UnicodeError) as error:
        if "--debug" in sys.argv:
            raise
        err.print(Text(f"tape: {_in_a_line(error)}"), soft_wrap=True)
        sys.exit(2)
    except _Interrupted:
        err.print("tape: interrupted; what was begun is safe to begin again")
        sys.exit(130)


def _in_a_line(error: Exception) -> str:
    if isinstance(error, TapeError):
        return str(error)
    remedy = "; `tape status` tells what is up, --debug shows where" if not isinstance(error, OSError) else ""
    return " ".join(str(error).split()) + remedy


class _Interrupted(BaseException):
    """Ctrl-C, under a name of ours: typer would end with its own words and exit code."""


def _interrupt(*_: object) -> None:
    raise _Interrupted


def _pair(text: str) -> tuple[str, str]:
    name, equals, value = text.partition("=")
    if not (name and equals):
        raise TapeError(f"--parameter {text[:64]!r} is not NAME=VALUE")
    return name, value


def _event(detail_type: str, data: str | None, file: Path | None) -> Event:
    if (data is None) == (file is None):
        raise TapeError("give the event's fields with --data JSON or --file FILE, one of the two")
    text = data if data is not None else _read(file or Path("-"))
    cls = event_class(detail_type)
    try:
        return cls.model_validate(_fields(detail_type, json.loads(text)))
    except ValidationError as error:
        faults = "; ".join(f"{'.'.join(map(str, e['loc']))}: {e['msg']}" for e in error.errors()[:3])
        raise TapeError(f"{detail_type}: {faults}") from error
    except ValueError as error:
        raise TapeError(f"the fields are not JSON: {error}") from error


def _read(file: Path) -> str:
    try:
        return sys.stdin.read() if file == Path("-") else file.read_text(encoding="utf-8")
    except OSError as error:
        raise TapeError(f"cannot read {file}: {error.strerror}") from error


def _fields(detail_type: str, given: Any) -> Any:
    """The event's fields, also out of a whole CloudEvent such as a sample."""
    if not isinstance(given, dict) or not {"specversion", "data"} <= given.keys():
        return given
    if given.get("type") != detail_type:
        raise TapeError(f"the CloudEvent is a {given.get('type')}, not a {detail_type}")
    return given["data"]


@contextmanager
def _steps(progress: Progress, total: int = session.STEPS) -> Iterator[deploying.Progress]:
    task = progress.add_task("deploying", total=total)

    def tell(what: str) -> None:
        progress.update(task, advance=1, description=f"deploying: {what}")

    yield tell
    progress.update(task, completed=total, description="deployed")


def _stepper(progress: Progress) -> day.Step:
    tasks: dict[str, Any] = {}

    def step(stage: str, what: str, done: int, of: int | None) -> None:
        if stage not in tasks:
            tasks[stage] = progress.add_task(stage, total=of)
        progress.update(
            tasks[stage], completed=done, total=of, description=f"{stage}: {what}" if what else stage
        )

    return step


def _print_json(document: object) -> None:
    print(json.dumps(document, indent=2, ensure_ascii=False, default=str))
