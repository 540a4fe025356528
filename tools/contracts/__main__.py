"""`python -m tools.contracts COMMAND`; `--check` alone is the gate and the documents' drift together."""

import sys

import click
import typer

from tools.contracts.commands import app
from tools.tape.errors import TapeError


def main(arguments: list[str]) -> int:
    """Exit code 1 when a promise is broken or a document is stale, 2 for what cannot be done."""
    wanted = [["check"], ["generate", "--check"]] if arguments == ["--check"] else [arguments]
    try:
        for command in wanted:
            if code := app(command, standalone_mode=False):
                return int(code)
    except click.ClickException as error:
        error.show()
        return 2
    except TapeError as error:
        typer.echo(f"contracts: {error}", err=True)
        return 2
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
