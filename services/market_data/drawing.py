"""Answers GET /charts/{ticker}/{picture}: where a picture of a ticker's prices and falls lies."""

from collections.abc import Callable, Sequence
from datetime import date, timedelta
from http import HTTPStatus
from typing import Any

from services.market_data.charting import Chart, newest_chart
from services.market_data.closing import Day
from services.market_data.inquiring import Refused, asked_day, asked_ticker
from services.market_data.listings import Listing
from services.market_data.ranking import Method
from services.market_data.replying import Reply, moved, refused

LATEST, KIND = "latest", ".png"
_BACK = timedelta(days=400)
"""Further than any window reaches."""


def answer_chart(
    request: dict[str, Any],
    context: object = None,
    *,
    days: Callable[[str, date, date], list[Day]],
    listings: Sequence[Listing],
    address: Callable[[str, date, Chart], str],
    method: Method,
    today: Callable[[], date],
) -> Reply:
    """Answers an API Gateway proxy request with the address of the picture, or with an `error`.

    A picture is of the day's session, or of the last before it that has a bar.
    """
    if (asked := request.get("httpMethod")) != "GET":
        return refused(HTTPStatus.METHOD_NOT_ALLOWED, f"{asked} is not answered here; use GET", Allow="GET")
    try:
        ticker, until = _asked(request.get("pathParameters") or {}, today())
    except Refused as refusal:
        return refused(HTTPStatus.BAD_REQUEST, str(refusal))
    bars = days(ticker, until - _BACK, until)
    drawn = newest_chart(ticker, listings, bars, method)
    if drawn is None:
        return refused(
            HTTPStatus.NOT_FOUND, f"too few bars of {ticker!r} are kept up to {until} for a picture"
        )
    return moved(address(ticker, bars[-1].day, drawn))


def _asked(parts: dict[str, str], today: date) -> tuple[str, date]:
    picture = parts.get("picture", "")
    name = picture.removesuffix(KIND)
    if not picture.endswith(KIND) or not name:
        raise Refused(
            f"picture {picture[:32]!r} is none; send {LATEST}{KIND} or a day as in 2021-01-27{KIND}"
        )
    ticker = asked_ticker(parts.get("ticker"))
    return ticker, (today if name == LATEST else asked_day({"picture": name}, "picture") or today)
