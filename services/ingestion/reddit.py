"""Reddit, through PRAW: a community's newest, hot and top posts, and the comments of its daily threads."""

import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any, Protocol

import praw
import requests
from praw.exceptions import PRAWException
from prawcore.exceptions import BadJSON, PrawcoreException, RequestException

from services.ingestion.keeping import KnownPosts
from services.ingestion.looking import Look, SourceUnavailable, TryLater
from services.ingestion.reading import Row
from services.ingestion.threads import branches, daily, hidden, oldest, row_of, shown, sought

PAGES, MORE, BY = 10, 10, 100
"""Reddit lists no more than 1,000 posts; what a thread's first 500 comments hide is asked for in at most ten
requests of a hundred."""
VISIT = timedelta(seconds=45)
"""When a visit makes no further request. The last may wait 15 s for a token and take three tries of 6 s, each
after 10 s of PRAW's pacing, and 6 s between them: 69 s, and the worker may live 120."""
TIMEOUT_SECONDS, PATIENCE_SECONDS, RATE_WINDOW_SECONDS = 6, 5.0, 600.0
NAME = "reddit"


class Gate(Protocol):
    def enter(self, name: str) -> None:
        """Raises TryLater."""
        ...

    def worked(self, name: str) -> None: ...

    def failed(self, name: str, seconds: float | None = None) -> None: ...


class Reddit:
    """One a worker: PRAW may not be shared between threads. *credentials* gives PRAW's settings as JSON."""

    name = NAME

    def __init__(
        self,
        credentials: Callable[[], str | None],
        communities: Sequence[str],
        gate: Gate,
        clock: Callable[[], datetime],
    ) -> None:
        self.communities = communities
        self._credentials, self._gate, self._clock = credentials, gate, clock
        self._client: praw.Reddit | None = None
        self._ready_at: datetime | None = None

    def visit(self) -> "RedditVisit":
        return RedditVisit(self, self._clock() + VISIT)

    def search(self, community: str, ticker: str, begun: datetime) -> list[Row]:
        """The newest hundred of a day's posts that name a ticker, for a worker that began then.

        Raises TryLater and SourceUnavailable.
        """
        wanted = {"q": sought(ticker), "restrict_sr": "true", "sort": "new", "t": "day", "limit": 100}
        page = self.ask("GET", f"/r/{community}/search", begun + VISIT, params=wanted)["data"]
        return [row_of(child) for child in page["children"]]

    def ask(self, method: str, path: str, deadline: datetime, **given: Any) -> Any:
        """The parsed answer. Raises TryLater rather than wait, SourceUnavailable when refused."""
        client = self._connected()
        if self._clock() > deadline:
            raise TryLater("this worker has no time for more", 1)
        if seconds := self._rest():
            raise TryLater(f"Reddit asks us to wait {seconds:.0f} s, longer than we may", seconds)
        self._gate.enter(NAME)
        try:
            answer = client.request(method=method, path=path, **given)
        except RequestException as error:
            self._gate.failed(NAME)
            raise TryLater(str(error)) from error
        except (PrawcoreException, PRAWException) as error:
            raise self._meaning(error) from error
        except KeyError as error:
            # How prawcore ends on a 401 that names no OAuth error.
            raise SourceUnavailable(f"Reddit answered {error}") from error
        if seconds := self._rest():
            # So that no other worker asks meanwhile.
            self._gate.failed(NAME, seconds)
        else:
            self._gate.worked(NAME)
        return answer

    def _connected(self) -> praw.Reddit:
        if self._client is None:
            if (settings := self._credentials()) is None:
                raise SourceUnavailable("no Reddit credentials; store them and name them in RedditParameter")
            session = requests.Session()
            session.hooks["response"].append(self._note)
            given = {"timeout": TIMEOUT_SECONDS} | json.loads(settings)
            self._client = praw.Reddit(
                **given, check_for_updates=False, requestor_kwargs={"session": session}
            )
        return self._client

    def _rest(self) -> float | None:
        """How many seconds Reddit wants no requests, if that is longer than PRAW may sleep."""
        seconds = (self._ready_at - self._clock()).total_seconds() if self._ready_at else 0
        return seconds if seconds > PATIENCE_SECONDS else None

    def _note(self, response: requests.Response, **_: object) -> None:
        """Until when Reddit wants no more requests: PRAW would sleep that long inside the next one."""
        if float(response.headers.get("x-ratelimit-remaining", "1")) < 1:
            seconds = float(response.headers.get("x-ratelimit-reset", RATE_WINDOW_SECONDS))
            self._ready_at = self._clock() + timedelta(seconds=seconds)

    def _meaning(self, error: Exception) -> Exception:
        response = getattr(error, "response", None)
        status = getattr(response, "status_code", 0)
        if not (isinstance(error, BadJSON) or status == 429 or status >= 500):
            self._gate.worked(NAME)
            return SourceUnavailable(f"Reddit answered {status}: {error}")
        seconds = _asked_for(status, response.headers) if response is not None else None
        self._gate.failed(NAME, seconds)
        return TryLater(f"Reddit answered {status}: {error}", seconds)


def _asked_for(status: int, headers: Mapping[str, str]) -> float | None:
    """How many seconds an answer asks for, if it does; when the window ends is said in every answer."""
    names = ["retry-after"] + ["x-ratelimit-reset"] * (status == 429)
    given = [headers.get(name, "") for name in names]
    return next((float(text) for text in given if text.isdecimal()), None)


class RedditVisit:
    """A look through some communities, ended by *deadline* on the clock of its client."""

    def __init__(self, reddit: Reddit, deadline: datetime) -> None:
        self._reddit, self._deadline = reddit, deadline

    def look(self, community: str, since: datetime, known: KnownPosts, marks: Mapping[str, str]) -> Look:
        """Newest posts back to *since*, the hot and the day's top, and the daily threads' comments since."""
        rows: list[Row] = []
        try:
            complete_from = self._newest(community, since, rows)
            rows += self._listing(f"/r/{community}/hot")[0]
            rows += self._listing(f"/r/{community}/top", t="day")[0]
            for thread in daily(rows):
                complete_from = max(complete_from, self._comments(thread, since, known, rows))
        except TryLater as late:
            return Look(rows, since, left=late)
        return Look(rows, complete_from)

    def what_became_of(self, ids: Sequence[str]) -> list[Row]:
        """At most a hundred posts as they are now; Reddit leaves out what it knows nothing of."""
        # Ids with a hyphen are ours, of rows whose source kept none.
        named = [id_.removeprefix(f"{NAME}:") for id_ in ids if "-" not in id_]
        return self._listing("/api/info", id=",".join(named))[0] if named else []

    def _newest(self, community: str, since: datetime, rows: list[Row]) -> datetime:
        after = None
        for _ in range(PAGES):
            page, after = self._listing(f"/r/{community}/new", **({"after": after} if after else {}))
            rows += page
            if after is None or not page or oldest(rows) < since:
                return since
        return oldest(rows)

    def _comments(self, thread: str, since: datetime, known: KnownPosts, rows: list[Row]) -> datetime:
        """Takes what the thread shows, then what it hides; the end of time if some is left, else *since*."""
        tree = self._get(f"/comments/{thread}", sort="new", limit=500)[1]["data"]["children"]
        seen = [row_of(child) for child in shown(tree)]
        rows += seen
        # Newest first: had one been older, all hidden roots would be older still.
        reached = bool(seen) and oldest(seen) < since
        waiting = _unknown(hidden(branches(tree) if reached else tree), known)
        for _ in range(MORE):
            if not waiting:
                return since
            things = self._more(thread, waiting[:BY])
            rows += [row_of(child) for child in shown(things)]
            waiting = [*waiting[BY:], *_unknown(hidden(things), known)]
        return datetime.max.replace(tzinfo=UTC) if waiting else since

    def _more(self, thread: str, ids: Sequence[str]) -> list[Any]:
        asked = {"link_id": f"t3_{thread}", "children": ",".join(ids), "sort": "new"}
        answer = self._reddit.ask("POST", "/api/morechildren", self._deadline, data=asked)
        return list(answer["json"]["data"]["things"])

    def _listing(self, path: str, **params: str | int) -> tuple[list[Row], str | None]:
        page = self._get(path, **{"limit": 100, **params})["data"]
        return [row_of(child) for child in page["children"]], page.get("after")

    def _get(self, path: str, **params: str | int) -> Any:
        return self._reddit.ask("GET", path, self._deadline, params=params)


def _unknown(ids: Iterable[str], known: KnownPosts) -> list[str]:
    named = list(dict.fromkeys(ids))
    there = known([f"reddit:t1_{id_}" for id_ in named])
    return [id_ for id_ in named if f"reddit:t1_{id_}" not in there]
