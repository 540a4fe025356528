"""Reddit on the loopback: its token endpoint, listings, threads and what they hide, and their faults."""

import json
import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import Any
from urllib.parse import parse_qs, urlsplit

Thing = dict[str, Any]
PAGE = 100


@dataclass
class StandIn:
    """What it holds, newest first; *faults* maps a path to the answers it gives before it behaves.

    *buried* is what only a search finds.
    *overlap* posts of a page come again on the next, as they do when new ones push them down.
    """

    url: str = ""
    new: dict[str, list[Thing]] = field(default_factory=dict)
    hot: dict[str, list[Thing]] = field(default_factory=dict)
    top: dict[str, list[Thing]] = field(default_factory=dict)
    buried: dict[str, list[Thing]] = field(default_factory=dict)
    threads: dict[str, list[Thing]] = field(default_factory=dict)
    comments: dict[str, Thing] = field(default_factory=dict)
    info: dict[str, Thing] = field(default_factory=dict)
    overlap: int = 0
    faults: dict[str, list[tuple[int, dict[str, str]]]] = field(default_factory=dict)
    headers: dict[str, str] = field(default_factory=dict)
    asked: list[str] = field(default_factory=list)
    searched: list[dict[str, str]] = field(default_factory=list)
    more_asked: list[list[str]] = field(default_factory=list)
    agents: set[str] = field(default_factory=set)

    def credentials(self) -> str:
        """What the operator stores: PRAW's settings."""
        own = {
            "client_id": "id",
            "client_secret": "secret",
            "user_agent": "tickertape tests (by their author)",
        }
        return json.dumps(own | {"oauth_url": self.url, "reddit_url": self.url})

    def answer(self, path: str, query: dict[str, str]) -> tuple[int, dict[str, str], Any]:
        self.asked.append(path)
        if waiting := self.faults.get(path):
            status, headers = waiting.pop(0)
            return status, headers, {"error": status}
        return 200, self.headers, self._body(path, query)

    def _body(self, path: str, query: dict[str, str]) -> Any:
        match path.strip("/").split("/"):
            case ["api", "v1", "access_token"]:
                return {"access_token": "token", "token_type": "bearer", "expires_in": 3600, "scope": "*"}
            case ["api", "morechildren"]:
                return {"json": {"errors": [], "data": {"things": self._named(query["children"].split(","))}}}
            case ["comments", thread]:
                return [listing([]), listing(self.threads[thread])]
            case ["api", "info"]:
                return listing([self.info[id_] for id_ in query["id"].split(",") if id_ in self.info])
            case ["r", community, "search"]:
                self.searched.append({"community": community, **query})
                return self._page(self._found(community, query), query)
            case ["r", community, order]:
                listings = {"new": self.new, "hot": self.hot, "top": self.top}
                return self._page(listings[order].get(community, []), query)
        return {"error": 404}

    def _found(self, community: str, query: dict[str, str]) -> list[Thing]:
        """Posts with one of the phrases; of anywhere unless told to stay in the community, as Reddit does."""
        words = "|".join(re.escape(phrase) for phrase in re.findall(r'"\$?([^"]+)"', query["q"]))
        held = [
            (place, thing) for kind in (self.new, self.buried) for place, of in kind.items() for thing in of
        ]
        return [
            thing
            for place, thing in held
            if (place == community or query.get("restrict_sr") != "true")
            and re.search(rf"\b(?:{words})\b", thing["data"]["title"] + " " + thing["data"]["selftext"])
        ]

    def _named(self, ids: list[str]) -> list[Thing]:
        """Whoever is gone for good is left out, as Reddit does."""
        self.more_asked.append(ids)
        return [self.comments[id_] for id_ in ids if id_ in self.comments]

    def _page(self, things: list[Thing], query: dict[str, str]) -> Thing:
        names = [thing["data"]["name"] for thing in things]
        start = names.index(query["after"]) + 1 - self.overlap if "after" in query else 0
        end = start + PAGE
        return listing(things[start:end], after=names[end - 1] if end < len(names) else None)


@contextmanager
def reddit() -> Iterator[StandIn]:
    """A stand-in that answers until the block ends."""
    stand_in = StandIn()

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            asked = urlsplit(self.path)
            query = {name: values[0] for name, values in parse_qs(asked.query).items()}
            stand_in.agents.add(self.headers["User-Agent"])
            self._send(*stand_in.answer(asked.path, query))

        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"])).decode()
            form = {name: values[0] for name, values in parse_qs(body).items()}
            self._send(*stand_in.answer(urlsplit(self.path).path, form))

        def _send(self, status: int, headers: dict[str, str], body: Any) -> None:
            content = json.dumps(body).encode()
            self.send_response(status)
            for name, value in (headers | {"Content-Length": str(len(content))}).items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(content)

        def log_message(self, *_: object) -> None:
            """Says nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    stand_in.url = f"http://127.0.0.1:{server.server_port}"
    thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    try:
        yield stand_in
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def listing(children: list[Thing], after: str | None = None) -> Thing:
    return {"kind": "Listing", "data": {"after": after, "children": children}}


def submission(id_: str, at: float, **changes: Any) -> Thing:
    given = {
        "id": id_,
        "name": f"t3_{id_}",
        "author": "someone",
        "subreddit": "wallstreetbets",
        "created_utc": at,
        "edited": False,
        "score": 3,
        "permalink": f"/r/wallstreetbets/comments/{id_}/a_title/",
        "title": "GME holds",
        "selftext": "Nothing else to say about GME today, I hold.",
        "num_comments": 1,
        "subreddit_id": "t5_2th52",
        "all_awardings": [],
    }
    return {"kind": "t3", "data": given | changes}


def comment(id_: str, at: float, replies: list[Thing] | None = None, **changes: Any) -> Thing:
    given = {
        "id": id_,
        "name": f"t1_{id_}",
        "author": "someone_else",
        "subreddit": "wallstreetbets",
        "created_utc": at,
        "edited": False,
        "score": 1,
        "body": "AMC next",
        "link_id": "t3_daily",
        "parent_id": "t3_daily",
        "permalink": f"/r/wallstreetbets/comments/daily/a_title/{id_}/",
        "replies": listing(replies) if replies else "",
    }
    return {"kind": "t1", "data": given | changes}


def more(*ids: str) -> Thing:
    return {"kind": "more", "data": {"id": ids[0] if ids else "_", "children": list(ids), "count": len(ids)}}
