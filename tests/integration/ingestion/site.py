"""Any site on the loopback: what lies at each path, and what it was asked with."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread

Answer = tuple[int, dict[str, str], bytes]


@dataclass
class Site:
    """A path without an answer is 404; one whose ETag the asker names is 304."""

    url: str = ""
    answers: dict[str, Answer] = field(default_factory=dict)
    asked: list[tuple[str, dict[str, str]]] = field(default_factory=list)

    def holds(self, path: str, body: str | bytes, status: int = 200, **headers: str) -> str:
        """Puts an answer there; gives its address."""
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        self.answers[path] = (status, named, body.encode() if isinstance(body, str) else body)
        return self.url + path

    def answer(self, path: str, headers: dict[str, str]) -> Answer:
        self.asked.append((path, headers))
        status, own, body = self.answers.get(path, (404, {}, b""))
        if "ETag" in own and headers.get("If-None-Match") == own["ETag"]:
            return 304, own, b""
        return status, own, body


@contextmanager
def site() -> Iterator[Site]:
    """A site that answers until the block ends."""
    known = Site()

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            status, headers, body = known.answer(self.path, dict(self.headers))
            self.send_response(status)
            for name, value in ({"Content-Length": str(len(body))} | headers).items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            """Says nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    known.url = f"http://127.0.0.1:{server.server_port}"
    thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    try:
        yield known
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def rss(*items: str, declared: str = "") -> str:
    """An RSS 2.0 feed of these items' insides."""
    told = "".join(f"<item>{item}</item>" for item in items)
    return (
        f'<?xml version="1.0"?>{declared}<rss version="2.0"><channel><title>News</title>'
        f"<link>https://news.example</link><description>all</description>{told}</channel></rss>"
    )


def item(name: str, at: str = "Wed, 27 Jan 2021 16:55:00 GMT", text: str = "Shares of GME doubled.") -> str:
    return (
        f"<title>{name}</title><link>https://news.example/{name}</link><guid>https://news.example/{name}</guid>"
        f"<pubDate>{at}</pubDate><description>{text}</description>"
    )
