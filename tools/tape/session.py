"""Brings the embedded target up with everything deployed, and finds the platform a command speaks to."""

import os
from collections.abc import Iterator
from contextlib import contextmanager

from tools import package
from tools.tape import deploying, emulator
from tools.tape.deploying import Target
from tools.tape.errors import TapeError
from tools.tape.platform import Platform

EMBEDDED_PARAMETERS = {
    # Retries come soon, for somebody watches; schedules stay off, for a recorded day brings its own clock.
    "VisibilityTimeout": "30",
    "ShardVisibilityTimeout": "30",
    "JobVisibilityTimeout": "30",
    "MaxReceives": "4",
    "Schedules": "DISABLED",
    "Providers": "recorded",
    "MailsPerSecond": "1000000",  # its mail server takes any number at once
}
STEPS = len(package.SERVICES) * 2 + 2
"""How often `deploy` tells its progress."""


def embedded_target(up: emulator.Emulator) -> Target:
    return Target("embedded", endpoint=up.endpoint)


def connect() -> Platform:
    """The platform commands speak to: AWS or LocalStack when TAPE_TARGET says so, else the embedded one.

    Raises TapeError when nothing is up.
    """
    kind = os.environ.get("TAPE_TARGET", "embedded")
    bus = os.environ.get("TAPE_BUS", "tickertape")
    if kind == "embedded":
        return embedded()
    if kind not in ("localstack", "aws"):
        raise TapeError(f"TAPE_TARGET is {kind!r}; use embedded, localstack or aws")
    return Platform(Target(kind, bus, localstack_endpoint() if kind == "localstack" else None))


def embedded() -> Platform:
    """The embedded platform. Raises TapeError when it is not up."""
    up = emulator.running(emulator.home_folder())
    if up is None:
        raise TapeError("nothing is up; start the embedded target with `tape up --detach`")
    return Platform(embedded_target(up))


def localstack_endpoint() -> str:
    return os.environ.get("AWS_ENDPOINT_URL", "http://127.0.0.1:4566")


@contextmanager
def brought_up(tell: deploying.Progress, port: int | None = None) -> Iterator[Platform]:
    """The embedded platform, deployed; what was not up before is not up afterwards."""
    home = emulator.home_folder()
    before = emulator.running(home)
    up = before or emulator.start(home, port)
    try:
        deploying.deploy(embedded_target(up), EMBEDDED_PARAMETERS, tell)
        yield Platform(embedded_target(up))
    finally:
        if before is None:
            emulator.stop(up)
