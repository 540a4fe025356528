"""A vendor's HTTP API on loopback: answers what it is set to, and remembers what it was asked."""

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Event, Thread
from typing import Any
from urllib.parse import parse_qsl, urlsplit


@dataclass
class Asked:
    path: str
    query: dict[str, str]
    headers: dict[str, str]


@dataclass
class Reply:
    body: Any = ""
    status: int = 200
    headers: dict[str, str] = field(default_factory=dict)

    @property
    def text(self) -> str:
        return self.body if isinstance(self.body, str) else json.dumps(self.body)


class StandIn(ThreadingHTTPServer):
    """*reply* is given to every request, or made of it; while *hangs* is clear nothing is answered."""

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Answers)
        self.reply: Reply | Callable[[Asked], Reply] = Reply()
        self.asked: list[Asked] = []
        self.hangs = Event()
        self.hangs.set()

    @property
    def base(self) -> str:
        return f"http://127.0.0.1:{self.server_port}"


class _Answers(BaseHTTPRequestHandler):
    server: StandIn

    def do_GET(self) -> None:
        parts = urlsplit(self.path)
        asked = Asked(parts.path, dict(parse_qsl(parts.query)), dict(self.headers))
        self.server.asked.append(asked)
        self.server.hangs.wait(5)
        reply = self.server.reply
        told = reply(asked) if callable(reply) else reply
        self.send_response(told.status)
        for name, value in {**told.headers, "Content-Length": str(len(told.text.encode()))}.items():
            self.send_header(name, value)
        self.end_headers()
        with suppress(BrokenPipeError, ConnectionResetError):  # who hung up does not wait for it
            self.wfile.write(told.text.encode())

    def log_message(self, *_: Any) -> None:
        pass


@contextmanager
def standing_in() -> Iterator[StandIn]:
    with StandIn() as server:
        thread = Thread(target=server.serve_forever, args=(0.01,))
        thread.start()
        try:
            yield server
        finally:
            server.hangs.set()
            server.shutdown()
            thread.join()
