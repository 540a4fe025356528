"""Bedrock's Converse on the loopback: it answers with the form, or with the faults it is told."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Event, Thread
from typing import Any
from urllib.parse import unquote

MODEL = "anthropic.claude-haiku-v1:0"
USED = {"inputTokens": 700, "outputTokens": 60, "totalTokens": 760}


def form(given: Any, name: str = "report") -> dict[str, Any]:
    return {"toolUse": {"toolUseId": "t-1", "name": name, "input": given}}


def said(*blocks: dict[str, Any], stop: str = "tool_use") -> tuple[int, str]:
    message = {"role": "assistant", "content": list(blocks)}
    body = {"output": {"message": message}, "stopReason": stop, "usage": USED, "metrics": {"latencyMs": 1}}
    return 200, json.dumps(body)


def verdict(negative: int, neutral: int, positive: int) -> tuple[int, str]:
    return said(form({"negative": negative, "neutral": neutral, "positive": positive}))


def fault(status: int, code: str) -> tuple[int, str]:
    return status, json.dumps({"__type": code, "message": "no"})


SILENCE = (0, "")
"""Never answers, until the stand-in ends."""


@dataclass
class StandIn:
    """*answers* come in turn, the last one for ever; *asked* is what was sent."""

    url: str = ""
    answers: list[tuple[int, str]] = field(default_factory=lambda: [verdict(5, 15, 80)])
    asked: list[dict[str, Any]] = field(default_factory=list)
    models: list[str] = field(default_factory=list)
    over: Event = field(default_factory=Event)

    def begin_anew(self, *answers: tuple[int, str]) -> None:
        self.answers, self.asked, self.models = list(answers), [], []

    def answer(self, path: str, body: dict[str, Any]) -> tuple[int, str]:
        self.models.append(unquote(path).removeprefix("/model/").removesuffix("/converse"))
        self.asked.append(body)
        return self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]

    def text(self, number: int = -1) -> str:
        return str(self.asked[number]["messages"][0]["content"][0]["text"])


@contextmanager
def stand_in() -> Iterator[StandIn]:
    found = StandIn()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            status, text = found.answer(self.path, body)
            if (status, text) == SILENCE:
                found.over.wait(30)
                return
            self.send_response(status)
            self.send_header("Content-Type", "application/json")
            self.send_header("x-amzn-errortype", json.loads(text).get("__type", "") if status != 200 else "")
            self.end_headers()
            self.wfile.write(text.encode())

        def log_message(self, *_: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    found.url = f"http://127.0.0.1:{server.server_address[1]}"
    thread = Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield found
    finally:
        found.over.set()
        server.shutdown()
        server.server_close()
        thread.join()
