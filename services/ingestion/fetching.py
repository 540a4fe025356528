"""A guarded download: so long, so large, and what an answer means for whoever asks again."""

import time
from collections.abc import Mapping
from dataclasses import dataclass

import requests

from services.ingestion.looking import SourceUnavailable, TryLater

LARGEST = 4 * 1024 * 1024
CONNECT_SECONDS, READ_SECONDS, SECONDS = 3.05, 8.0, 20.0
AGENT = "tickertape (reads feeds, honours ETag and Retry-After)"
_CHUNK = 64 * 1024


@dataclass(frozen=True, slots=True)
class Fetched:
    """An answer of 200, or of 304 with nothing in it."""

    status: int
    headers: Mapping[str, str]
    body: bytes


def fetch(url: str, headers: Mapping[str, str], largest: int = LARGEST, seconds: float = SECONDS) -> Fetched:
    """One GET, with at most three redirects. Raises TryLater and SourceUnavailable."""
    with requests.Session() as session:
        session.max_redirects = 3
        try:
            with session.get(
                url,
                headers={"User-Agent": AGENT, **headers},
                timeout=(CONNECT_SECONDS, READ_SECONDS),
                stream=True,
            ) as response:
                _refuse(response)
                return Fetched(response.status_code, response.headers, _body(response, largest, seconds))
        except (requests.TooManyRedirects, requests.exceptions.InvalidURL) as error:
            raise SourceUnavailable(f"{url}: {error}") from error
        except requests.RequestException as error:
            raise TryLater(f"{url}: {error}") from error


def _refuse(response: requests.Response) -> None:
    status = response.status_code
    if status == 429 or status >= 500:
        asked = response.headers.get("Retry-After", "")
        raise TryLater(f"answered {status}", float(asked) if asked.isdecimal() else None)
    if status not in (200, 304):
        raise SourceUnavailable(f"answered {status}")


def _body(response: requests.Response, largest: int, seconds: float) -> bytes:
    body, end = bytearray(), time.monotonic() + seconds
    for chunk in response.iter_content(_CHUNK):
        body += chunk
        if len(body) > largest:
            raise SourceUnavailable(f"more than {largest:,} bytes")
        if time.monotonic() > end:
            raise TryLater(f"not all came within {seconds:.0f} s")
    return bytes(body)
