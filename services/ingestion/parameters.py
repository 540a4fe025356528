"""The parameter store: what the operator keeps secret."""

from collections.abc import Callable
from typing import Any, Protocol


class SsmClient(Protocol):
    """The one call we make of boto3's `ssm` client."""

    @property
    def get_parameter(self) -> Callable[..., Any]: ...


def secret(client: Callable[[], SsmClient], name: str) -> str | None:
    """The parameter's value; none without a *name*, and then no client is made.

    A name that leads nowhere is the client's error.
    """
    if not name:
        return None
    return str(client().get_parameter(Name=name, WithDecryption=True)["Parameter"]["Value"])
