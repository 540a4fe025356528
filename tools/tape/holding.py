"""Where a text lies: in which tables, objects and dead letters, to see that what was to be forgotten is."""

import json
import zlib
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import asdict, dataclass
from typing import Annotated

import typer
import zstandard
from rich.console import Console
from rich.text import Text

from tools.tape import session
from tools.tape.platform import Platform


@dataclass(frozen=True)
class Place:
    """*kind* is table, object or dead letter."""

    kind: str
    name: str
    key: str


def holds(
    text: Annotated[
        str, typer.Argument(help="Words, a name or an id, as it is written.", show_default=False)
    ],
    json_: Annotated[bool, typer.Option("--json", help="A list of places, for programs.")] = False,
) -> None:
    """Name every table, object and dead letter that holds a text.

    Not looked into: messages that wait, logs, backups, zips of code.

    [bold]tape holds "I tell nobody"[/bold] after its post was removed finds nothing.
    """
    found = []
    for place in places(session.connect(), text):
        found.append(place)
        if not json_:
            Console().print(Text.assemble((place.name, "bold"), f"  {place.key}"), soft_wrap=True)
    if json_:
        print(json.dumps([asdict(place) for place in found], indent=2, ensure_ascii=False))
    else:
        Console().print(f"{len(found):,} place(s) hold it")


def places(platform: Platform, text: str) -> Iterator[Place]:
    """Every table's items, every object and every dead letter, read once."""
    wanted = {
        form.encode() for form in (text, json.dumps(text)[1:-1], json.dumps(text, ensure_ascii=False)[1:-1])
    }
    for table, rows in platform.tables():
        for row in rows:
            if any(form in json.dumps(row, ensure_ascii=False, default=str).encode() for form in wanted):
                yield Place("table", table, " ".join(str(row[name]) for name in ("pk", "sk") if name in row))
    for bucket, key, body in platform.objects():
        if _in_stream(_unpacked(key, body), wanted):
            yield Place("object", bucket, key)
    for queue, letter in platform.dead_letters():
        if any(form in letter.encode() for form in wanted):
            yield Place("dead letter", queue, letter[:80])


def _unpacked(key: str, body: Iterator[bytes]) -> Iterator[bytes]:
    """What an archive holds, as it is read; one that is damaged ends where the damage is."""
    unpack: Callable[[bytes], bytes]
    if key.endswith(".gz"):
        unpack = zlib.decompressobj(wbits=31).decompress
    elif key.endswith(".zst"):
        unpack = zstandard.ZstdDecompressor(max_window_size=2**31).decompressobj().decompress
    else:
        yield from body
        return
    with suppress(zlib.error, zstandard.ZstdError):
        yield from (unpack(chunk) for chunk in body)


def _in_stream(chunks: Iterator[bytes], wanted: set[bytes]) -> bool:
    """Whether one of *wanted* is in the stream, also across two chunks."""
    longest, rest = max(map(len, wanted)), b""
    for chunk in chunks:
        rest = rest[-longest:] + chunk
        if any(form in rest for form in wanted):
            return True
    return False
