"""A vendor's HTTP API: one GET, so long, so large, and what each answer means."""

import json
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from decimal import Decimal
from email.utils import parsedate_to_datetime
from time import monotonic
from typing import Any, Protocol, TypeVar
from urllib.parse import quote

import urllib3

from services.market_data.asking import Unavailable

CONNECT_S, WHOLE_S = 3.0, 8.0
LARGEST = 16 * 1024 * 1024

Keys = Mapping[str, str]
T = TypeVar("T")


class Credentials(Protocol):
    def of(self, vendor: str, *, renewed: bool = False) -> Keys | None:
        """None when there are none; with *renewed*, what was kept does not count."""
        ...


@dataclass(frozen=True)
class _Answer:
    status: int
    headers: Mapping[str, str]
    body: bytes


@dataclass
class Web:
    """*signed* makes headers of credentials; they are part of no address, so that no log has them."""

    name: str
    base: str
    credentials: Credentials
    signed: Callable[[Keys], Mapping[str, str]]
    whole_s: float = WHOLE_S
    _pool: urllib3.PoolManager = field(default_factory=urllib3.PoolManager)
    _refused: Keys | None = None

    def get(self, *path: str, about: str | None = None, **query: str) -> Any | Unavailable:
        """The JSON of the answer, its decimals exact. Credentials refused once are looked up anew, once.

        Where the address is *about* one ticker, that it leads nowhere means that there is no such ticker.
        """
        keys = self.credentials.of(self.name)
        if keys is None:
            return Unavailable(
                "no_credentials", f"{self.name} has no credentials; keep some in ProviderSecret"
            )
        if keys == self._refused:
            return self._unwelcome()
        answer = self._request(path, query, keys)
        if not isinstance(answer, Unavailable) and answer.status == 401:
            renewed = self.credentials.of(self.name, renewed=True)
            if renewed and renewed != keys:
                keys, answer = renewed, self._request(path, query, renewed)
            if not isinstance(answer, Unavailable) and answer.status == 401:
                self._refused = keys
                return self._unwelcome()
        return answer if isinstance(answer, Unavailable) else self._read(answer, keys, about)

    def _unwelcome(self) -> Unavailable:
        return Unavailable("no_credentials", f"{self.name} refuses our credentials; put right ProviderSecret")

    def _request(self, path: tuple[str, ...], query: Mapping[str, str], keys: Keys) -> _Answer | Unavailable:
        url = "/".join([self.base, *(quote(part, safe="") for part in path)])
        end = monotonic() + self.whole_s
        timeout = urllib3.Timeout(connect=min(CONNECT_S, self.whole_s), read=self.whole_s)
        try:
            response = self._pool.request(
                "GET", url, fields=dict(query), headers=dict(self.signed(keys)), timeout=timeout,
                retries=False, redirect=False, preload_content=False,
            )  # fmt: skip
            try:
                body = bytearray()
                for chunk in response.stream(64 * 1024):
                    body += chunk
                    if len(body) > LARGEST or monotonic() > end:
                        return Unavailable("unreachable", f"{self.name} answers without end")
                return _Answer(response.status, response.headers, bytes(body))
            finally:
                response.close()
        except urllib3.exceptions.HTTPError as error:
            return Unavailable("unreachable", f"{self.name}: {type(error).__name__}")

    def _read(self, answer: _Answer, keys: Keys, about: str | None) -> Any | Unavailable:
        status, said = answer.status, f"{self.name} answered {answer.status}"
        if status == 429:
            return Unavailable("rate_limited", said, _retry_after(answer.headers))
        if status >= 500 or 300 <= status < 400 or (status == 404 and not about):
            return Unavailable("unreachable", said)
        if status == 404 and about:
            return Unavailable("delisted", f"{said}: it knows no {about}")
        if status >= 400:
            told = _without(answer.body.decode("utf-8", "replace")[:200], keys)
            return Unavailable("no_credentials" if status in (402, 403) else "no_data", f"{said}: {told}")
        try:
            return json.loads(answer.body, parse_float=Decimal, parse_constant=Decimal)
        except ValueError:
            return Unavailable("unreachable", f"{said} with what is no JSON")


def told_of(tickers: Iterable[str], read: Callable[[str], T], name: str) -> dict[str, T | Unavailable]:
    """What is *read* of each ticker; what cannot be read says nothing of that one alone."""
    found: dict[str, T | Unavailable] = {}
    for ticker in tickers:
        try:
            found[ticker] = read(ticker)
        except (ArithmeticError, AttributeError, LookupError, TypeError, ValueError) as error:
            said = f"{name} tells {ticker} in a way nobody can read: {type(error).__name__}"
            found[ticker] = Unavailable("no_data", said)
    return found


def number(value: object) -> Decimal:
    """What is no number becomes one that the rules refuse."""
    if isinstance(value, bool) or not isinstance(value, int | float | Decimal):
        return Decimal("NaN")
    return Decimal(str(value))


def _retry_after(headers: Mapping[str, str]) -> timedelta | None:
    """Seconds, or a date beside the answer's own."""
    asked = headers.get("Retry-After", "")
    if asked.isdecimal():
        return timedelta(seconds=int(asked))
    try:
        until = parsedate_to_datetime(asked) - parsedate_to_datetime(headers.get("Date", ""))
    except (TypeError, ValueError):
        return None
    return until if until > timedelta() else None


def _without(text: str, keys: Keys) -> str:
    for key in keys.values():
        text = text.replace(key, "…")
    return text
