"""`tape model`: brings FinBERT and its like to the scoring service."""

import json
import os
import re
import subprocess
import tempfile
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.console import Console

from tools.tape import deploying, environments, session
from tools.tape.emulator import ROOT, only_one
from tools.tape.errors import TapeError
from tools.tape.platform import Platform

LOCK = ROOT / "tools" / "locks" / "export.txt"
CARD = "model.json"
app = typer.Typer(no_args_is_help=True, help="Models of your own for the scoring service.")
out = Console()
err = Console(stderr=True)


def export_python() -> Path:
    """The interpreter that has torch and transformers; made at its first use. Raises TapeError."""
    with only_one(ROOT / ".tape" / "installing-export"):
        return environments.installed(
            ROOT / ".tape" / "export", LOCK, "export", unlocked=(environments.TORCH,)
        )


@app.command(name="import")
def import_(
    folder: Annotated[Path, typer.Argument(metavar="DIR", help="A HuggingFace model's folder.")],
    name: Annotated[str | None, typer.Option(help="What to call it; the folder's name by default.")] = None,
    precision: Annotated[str, typer.Option(help="int8 or fp32.")] = "int8",
    into: Annotated[
        Path | None, typer.Option(help="Write the files there, for a container image, and upload nothing.")
    ] = None,
) -> None:
    """Export a BERT classifier to ONNX, compare it with the original, and keep it in the service's bucket.

    Its classes are negative, neutral and positive, in any order. The first import fetches torch, once.

    Example: tape model import ./finbert --name finbert
    """
    called = name or folder.resolve().name.lower()
    if not re.fullmatch(r"[a-z0-9][a-z0-9.-]{0,39}", called):
        raise TapeError(f"--name {called[:64]!r}: use up to 40 of a-z, 0-9, dot and dash")
    if precision not in ("int8", "fp32"):
        raise TapeError(f"--precision {precision!r}: there are int8 and fp32")
    if into:
        _tell(_made(folder, into, called, precision), str(into))
        return
    platform = session.connect()
    with tempfile.TemporaryDirectory() as scratch:
        card = _made(folder, Path(scratch), called, precision)
        key = _stored(platform, Path(scratch), card)
    _tell(card, key)
    out.print(f"score with it: [bold]tape model use {key}[/bold]")


@app.command(name="list")
def list_() -> None:
    """The models texts can be read with, and the one in use."""
    platform = session.connect()
    keys, used = _kept(platform), in_use(platform)
    for key in ("packaged", *keys):
        out.print(f"{key}  [bold]in use[/bold]" if key == used else key, soft_wrap=True)
    out.print(f"{len(keys)} imported model(s)")


@app.command()
def use(
    model: Annotated[str, typer.Argument(help="packaged, or a key as `tape model list` shows it.")],
) -> None:
    """Deploy the sentiment service with a model: it scores posts, and answers over HTTP."""
    platform = session.connect()
    if model != "packaged" and model not in (there := _kept(platform)):
        raise TapeError(f"no model {model[:80]!r}; there are {', '.join(['packaged', *there])}")
    usual = session.EMBEDDED_PARAMETERS if platform.target.kind == "embedded" else {}
    deploying.deploy(platform.target, {**usual, "SentimentModel": model})
    out.print(f"texts are read by [bold]{model}[/bold] from now on; `tape rescore` reads older posts")


def in_use(platform: Platform) -> str:
    """The model that the deployed service reads with."""
    function = f"{platform.target.bus}-score_posts"
    found = platform.target.client("lambda").get_function_configuration(FunctionName=function)
    return str(found["Environment"]["Variables"]["SENTIMENT_MODEL"])


def _made(folder: Path, into: Path, name: str, precision: str) -> dict[str, Any]:
    """Runs the import where torch is, and gives the card."""
    if not folder.is_dir():
        raise TapeError(f"{folder} is no folder; give the one with config.json and the weights")
    command = [
        str(export_python()),
        "-m",
        "tools.sentiment.importing",
        str(folder.resolve()),
        str(into.resolve()),
    ]
    command += ["--name", name, "--precision", precision]
    quiet = os.environ | {
        "HF_HUB_OFFLINE": "1",
        "TOKENIZERS_PARALLELISM": "false",
        "PYTHONDONTWRITEBYTECODE": "1",
    }
    done = subprocess.run(command, cwd=ROOT, env=quiet, capture_output=True, text=True, check=False)
    if done.returncode:
        raise TapeError(f"{folder.name}: {done.stderr.strip().splitlines()[-1]}")
    card: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return card


def _stored(platform: Platform, made: Path, card: dict[str, Any]) -> str:
    """Uploads the files under the model's mark, its card last: what has a card is whole."""
    key = f"models/{card['model']}/{card['mark']}"
    s3, bucket = platform.target.client("s3"), platform.bucket("sentiment")
    for name in ("CARD.md", *card["sha256"], CARD):
        s3.upload_file(str(made / name), bucket, f"{key}/{name}")
    return key


def _kept(platform: Platform) -> list[str]:
    pages = platform.target.client("s3").get_paginator("list_objects_v2")
    found = pages.paginate(Bucket=platform.bucket("sentiment"), Prefix="models/")
    keys = [item["Key"] for page in found for item in page.get("Contents", [])]
    return [key.removesuffix("/model.json") for key in keys if key.endswith("/model.json")]


def _tell(card: dict[str, Any], place: str) -> None:
    out.print(f"[bold]{card['model']}[/bold] {card['version']}, {card['precision']}: {place}", soft_wrap=True)
    out.print(
        f"agrees with the original on {card['agreement']:.2%} of {card['compared']} labels; "
        f"{sum(card['bytes'].values()) / 1e6:.1f} MB; licence: {card['licence'] or 'none found'}"
    )
