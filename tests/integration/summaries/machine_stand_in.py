"""Step Functions on the loopback: runs the template's own machine, each branch by the real use-case."""

import json
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from typing import Any

from samtranslator.yaml_helper import yaml_parse

from services.summaries.drafting import Written, write_asked

TEMPLATE = Path(__file__).parents[3] / "services" / "summaries" / "template.yaml"


def _definition() -> Any:
    template = yaml_parse(TEMPLATE.read_text(encoding="utf-8"))
    return template["Resources"]["WriteDay"]["Properties"]["Definition"]


@dataclass
class Machine:
    """*failing* is a ticker whose writer raises; *says* is what the others write, else the template."""

    url: str = ""
    failing: str = ""
    says: str = ""
    status: str = "SUCCEEDED"
    tried: Counter[str] = field(default_factory=Counter)

    @property
    def address(self) -> dict[str, str]:
        return {"AWS_ENDPOINT_URL_SFN": self.url, "AWS_DISABLE_HOST_PREFIX_INJECTION": "true"}

    def begin_anew(self, *, failing: str = "", says: str = "", status: str = "SUCCEEDED") -> None:
        self.failing, self.says, self.status, self.tried = failing, says, status, Counter()

    def run(self, given: dict[str, Any]) -> dict[str, Any]:
        if self.status != "SUCCEEDED":
            return {"status": self.status, "error": "States.Timeout", "cause": "too slow"}
        state = _definition()["States"]["EachTicker"]
        assert state["ItemSelector"] == {"day.$": "$.day", "figures.$": "$$.Map.Item.Value"}
        branch = state["ItemProcessor"]["States"]
        done = [self._branch(branch, {"day": given["day"], "figures": one}) for one in given["tickers"]]
        return {"status": "SUCCEEDED", "output": json.dumps(done)}

    def _branch(self, states: dict[str, Any], asked: dict[str, Any]) -> Any:
        task, ticker = states["WriteTicker"], asked["figures"]["ticker"]
        for _ in range(1 + task["Retry"][0]["MaxAttempts"]):
            self.tried[ticker] += 1
            if ticker != self.failing:
                return self._write(asked, ticker)
        return states[task["Catch"][0]["Next"]]["Result"]

    def _write(self, asked: dict[str, Any], ticker: str) -> Any:
        if self.says:
            return Written(ticker=ticker, text=self.says.format(ticker), by="model").model_dump(mode="json")
        return write_asked(asked, None, loudest=lambda *_: (), boundary=lambda: "---", desk=None)


@contextmanager
def machine_stand_in() -> Iterator[Machine]:
    found = Machine()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            asked = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            assert self.headers["X-Amz-Target"] == "AWSStepFunctions.StartSyncExecution"
            assert asked["stateMachineArn"].endswith(":stateMachine:tickertape-write_day")
            answer = {
                "executionArn": "x",
                "startDate": 0,
                "stopDate": 0,
                **found.run(json.loads(asked["input"])),
            }
            body = json.dumps(answer).encode()
            self.send_response(200)
            self.send_header("Content-Type", "application/x-amz-json-1.0")
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    found.url = f"http://127.0.0.1:{server.server_address[1]}"
    thread = Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield found
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
