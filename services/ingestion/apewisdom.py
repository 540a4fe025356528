"""ApeWisdom, and whoever answers as it does: how often each ticker was mentioned in the last day."""

import json
from collections.abc import Callable, Iterator, Mapping
from typing import Any

from services.ingestion.comparing import Mentions
from services.ingestion.fetching import Fetched, fetch
from services.ingestion.looking import SourceUnavailable

NAME = "apewisdom"
MOST_PAGES = 20


class ApeWisdom:
    """*url* names a filter, as `https://apewisdom.io/api/v1.0/filter/wallstreetbets` does, or nothing."""

    def __init__(self, url: str, fetch: Callable[[str, Mapping[str, str]], Fetched] = fetch) -> None:
        self._url, self._fetch = url.rstrip("/"), fetch

    def mentions(self) -> list[Mentions]:
        """All pages, up to twenty. Raises SourceUnavailable and TryLater."""
        if not self._url:
            raise SourceUnavailable("no address; name one in MentionsUrl")
        found: dict[str, Mentions] = {}
        page, pages = 1, 1
        while page <= min(pages, MOST_PAGES):
            answer = self._page(page)
            found |= {row.ticker: row for row in _read(answer)}
            pages = answer["pages"] if isinstance(answer.get("pages"), int) else 1
            page += 1
        return list(found.values())

    def _page(self, number: int) -> dict[str, Any]:
        try:
            answer = json.loads(self._fetch(f"{self._url}/page/{number}", {}).body)
        except ValueError as error:
            raise SourceUnavailable("did not answer with JSON") from error
        if not isinstance(answer, dict) or not isinstance(answer.get("results"), list):
            raise SourceUnavailable("answered without results")
        return answer


def _read(answer: dict[str, Any]) -> Iterator[Mentions]:
    """Rows that name a ticker and count it; others are passed over."""
    for row in answer["results"]:
        match row:
            case {"ticker": str(ticker), "mentions": int(count)} if ticker and count >= 0:
                yield Mentions(ticker, count)
