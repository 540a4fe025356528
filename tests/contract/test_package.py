"""The published package, built from this checkout and installed where nothing else of it can be seen."""

import json
import os
import subprocess
import sys
import tomllib
from email.parser import Parser
from importlib import metadata
from pathlib import Path
from zipfile import ZipFile

import pytest

import contracts
from contracts.bus import errors, publish
from contracts.bus.errors import BusError
from contracts.events import app
from tools.contracts.shelf import OURS, ROOT

VERSION = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]["version"]

ALONE = ("pydantic", "pydantic_core", "annotated_types", "typing_extensions", "typing_inspection")
"""pydantic and what it brings along; what a stranger has who installed the package without extras."""

PUBLISHES = """
import json
from datetime import UTC, datetime
from contracts import Bus, PublishRejected, TickerFollowedV1

class Client:
    def __init__(self, *codes): self.codes, self.entries = list(codes), []
    def describe_event_bus(self, *, Name): return {"Name": Name}
    def put_events(self, *, Entries):
        self.entries += Entries
        return {"Entries": [{"ErrorCode": c} if c else {"EventId": "1"} for c in self.codes]}

now = datetime(2021, 1, 27, 12, tzinfo=UTC)
follow = TickerFollowedV1(user_id="alice", ticker="GME", rules=(), followed_at=now)
client = Client(None)
sent = Bus("tickertape", client).publish(follow, key="click-1", at=now)
assert json.loads(client.entries[0]["Detail"])["id"] == sent.id
try:
    Bus("tickertape", Client("InternalFailure"), pause=lambda _: None).publish(follow, key="click-1", at=now)
except PublishRejected as error:
    print(sorted(error.reasons) == [sent.id])
"""

TYPED = """
from datetime import UTC, datetime
from typing import assert_type
import contracts
from contracts.bus.publish import EventsClient
from contracts.events.envelope import Envelope

def follow(client: EventsClient, now: datetime) -> Envelope:
    rules = (contracts.AlertRule(kind="direction"),)
    event = contracts.TickerFollowedV1(user_id="alice", ticker="GME", rules=rules, followed_at=now)
    assert_type(event.user_id, str)
    return contracts.Bus("tickertape", client).publish(event, key="click-1", at=now)
"""

HEAVY = {
    "boto3",
    "botocore",
    "aws_lambda_powertools",
    "jsonschema",
    "jinja2",
    "yaml",
    "typer",
    "rich",
    "moto",
}
# What an app imports takes its time before the first event; json and yaml of ours come only when asked for.
IMPORTS = """
import sys
import contracts
early = {"pydantic", "pydantic_core", "json", "typing"} & set(sys.modules)
assert not early, f"read before a name was used: {early}"
contracts.Bus
assert not contracts.TickerFollowedV1.__pydantic_complete__
outside = {name.partition(".")[0] for name in sys.modules} - set(sys.stdlib_module_names)
print(*sorted(name for name in outside if not name.startswith("_")))
"""

NEEDS = """
team: portal
needs:
  - event: PriceUpdated.v1
    why: draws a line
    fields: {FIELD: decimal}
"""


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Built with what is installed, as `uv build --no-build-isolation` does; no index is asked."""
    out = tmp_path_factory.mktemp("wheel")
    command = [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(out)]
    subprocess.run(command, cwd=OURS.root, check=True, capture_output=True)
    return next(out.iterdir())


@pytest.fixture(scope="module")
def stranger(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The interpreter of an environment that holds the package and pydantic, and nothing else."""
    home = tmp_path_factory.mktemp("stranger")
    uv = str(Path(sys.executable).with_name("uv"))
    subprocess.run([uv, "venv", "--quiet", "-p", sys.executable, str(home)], check=True)
    python = home / "bin" / "python"
    install = [uv, "pip", "install", "--quiet", "--offline", "--no-deps", "-p", str(python), str(wheel)]
    subprocess.run(install, check=True)
    for package in ALONE:
        _lend(package, home)
    return python


def _lend(package: str, home: Path) -> None:
    """Links an installed package into another environment."""
    site = next((home / "lib").glob("python*/site-packages"))
    for file in metadata.files(package) or []:
        top = Path(file.parts[0])
        if top.name not in ("..", "__pycache__") and not (site / top).exists():
            (site / top).symlink_to(Path(str(metadata.distribution(package).locate_file(top))))


def _run(python: Path, *arguments: str) -> "subprocess.CompletedProcess[str]":
    given = {"PATH": os.environ["PATH"], "PYDANTIC_DISABLE_PLUGINS": "1"}
    command = [str(python), *arguments]
    return subprocess.run(command, cwd=python.parent, env=given, capture_output=True, text=True, check=False)


def test_the_package_asks_for_pydantic_alone_and_has_the_version_of_the_platform(wheel: Path) -> None:
    with ZipFile(wheel) as zipped:
        (name,) = (n for n in zipped.namelist() if n.endswith("/METADATA"))
        told = Parser().parsestr(zipped.read(name).decode())
    asked = [one for one in told.get_all("Requires-Dist", []) if "extra ==" not in one]
    assert (told["Name"], told["Version"], asked) == ("tickertape-contracts", VERSION, ["pydantic>=2.12"])
    assert told.get_all("Provides-Extra") == ["consume", "needs"]
    assert str(told.get_payload()).startswith("# tickertape-contracts")


def test_every_class_schema_sample_and_page_is_in_the_package_and_nothing_of_the_platform(
    wheel: Path,
) -> None:
    with ZipFile(wheel) as zipped:
        held = {name for name in zipped.namelist() if ".dist-info/" not in name}
    wanted = ("events/*.py", "bus/*.py", "needs/*.py", "schemas/**/*.json", "samples/*.json", "*.md")
    ours = {
        f"contracts/{p.relative_to(OURS.root).as_posix()}" for glob in wanted for p in OURS.root.glob(glob)
    }
    assert ours <= held
    assert {"contracts/py.typed", "contracts/frozen.json", "contracts/typescript/events.d.ts"} <= held
    assert all(name.startswith("contracts/") for name in held)


def test_a_stranger_publishes_and_hears_of_a_refusal(stranger: Path) -> None:
    answer = _run(stranger, "-c", PUBLISHES)
    assert (answer.stdout, answer.stderr) == ("True\n", "")


def test_an_app_imports_nothing_but_pydantic_and_builds_no_class_before_its_first_event(
    stranger: Path,
) -> None:
    answer = _run(stranger, "-c", IMPORTS)
    assert answer.stderr == ""
    assert set(answer.stdout.split()) == {*ALONE, "contracts"}


def test_what_an_app_needs_is_all_at_the_top() -> None:
    homes = (errors, publish, app)
    kept = {name: one for home in homes for name, one in vars(home).items() if name in contracts.__all__}
    assert {name: getattr(contracts, name) for name in contracts.__all__} == kept
    events = {one for one in vars(app).values() if isinstance(one, type) and one.__module__ == app.__name__}
    raised = {BusError, *BusError.__subclasses__()}
    assert {getattr(contracts, name) for name in contracts.__all__} == events | raised | {publish.Bus}
    with pytest.raises(AttributeError, match="no attribute 'Buss'"):
        getattr(contracts, "Buss")  # noqa: B009 (type checkers refuse it written plainly)


def test_in_the_workshop_where_all_is_installed_an_app_still_imports_nothing_heavy() -> None:
    answer = _run(Path(sys.executable), "-c", IMPORTS)
    assert answer.stderr == ""
    assert not HEAVY & set(answer.stdout.split())


@pytest.mark.parametrize(
    ("was", "now", "said"),
    [
        ("", "", "Success: no issues found"),
        ('user_id="alice"', 'user="alice"', '"user" for "TickerFollowedV1"'),
        ("event.user_id, str", "event.user_id, int", 'is of type "str"'),
        ("key=", "", "Too many positional arguments"),
        ("contracts.Bus(", "contracts.Buss(", 'has no attribute "Buss"'),
    ],
)
def test_a_stranger_is_typed(stranger: Path, tmp_path: Path, was: str, now: str, said: str) -> None:
    snippet = tmp_path / "app.py"
    snippet.write_text(TYPED.replace(was, now) if was else TYPED, "utf-8")
    options = ["--strict", "--config-file=", "--python-executable", str(stranger)]
    command = [sys.executable, "-m", "mypy", *options, f"--cache-dir={tmp_path}", "app.py"]
    answer = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False)
    assert said in (answer.stdout if was else answer.stdout + answer.stderr), answer.stdout + answer.stderr
    assert (answer.returncode == 0) == (not was)


def test_who_consumes_without_the_extra_hears_which_one_to_install(stranger: Path) -> None:
    answer = _run(stranger, "-c", "import contracts.bus.consume")
    assert answer.returncode == 1
    assert "install `tickertape-contracts[consume]`" in answer.stderr.splitlines()[-1]


def _checked(stranger: Path, folder: Path, text: str, *options: str) -> "subprocess.CompletedProcess[str]":
    file = folder / "portal.yaml"
    file.write_text(text, "utf-8")
    return _run(stranger, str(stranger.with_name("tickertape-needs")), str(file), *options)


def test_a_team_checks_its_needs_with_the_package_alone(stranger: Path, tmp_path: Path) -> None:
    without = _checked(stranger, tmp_path, NEEDS)
    assert (without.returncode, without.stdout) == (2, "")
    assert "install `tickertape-contracts[needs]`" in without.stderr

    _lend("PyYAML", stranger.parents[1])
    met = _checked(stranger, tmp_path, NEEDS.replace("FIELD", "price"))
    assert (met.returncode, met.stderr) == (0, "")
    assert met.stdout == f"1 need of 1 consumer met by tickertape-contracts {VERSION}\n"

    broken = _checked(stranger, tmp_path, NEEDS.replace("FIELD", "prize"))
    assert broken.returncode == 1
    assert (
        "PriceUpdated.v1 prize: has no such field; read as decimal (needed by portal: draws a line)"
        in broken.stdout
    )
    listed = json.loads(_checked(stranger, tmp_path, NEEDS.replace("FIELD", "prize"), "--json").stdout)
    (told,) = listed["unmet"]
    assert (told["team"], told["event"], told["field"]) == ("portal", "PriceUpdated.v1", "prize")

    unread = _checked(stranger, tmp_path, "team: portal\n")
    assert unread.returncode == 2
    assert "has `team` and `needs`" in unread.stderr
