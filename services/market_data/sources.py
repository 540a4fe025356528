"""The providers a deployment asks, by the names its settings give them."""

from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from functools import partial
from random import random
from time import sleep
from typing import TYPE_CHECKING

from aws_lambda_powertools.utilities.parameters import SecretsProvider

from services.market_data.answers import AnswersTable
from services.market_data.asking import Provider
from services.market_data.credentials import Secret
from services.market_data.pacing import Pace
from services.market_data.polite import Polite, Vendor
from services.market_data.recorded import File, RecordedBars
from services.market_data.settings import Settings
from services.market_data.turns import TurnsTable
from services.market_data.web import Credentials

if TYPE_CHECKING:
    from types_boto3_dynamodb.service_resource import Table

RECORDED_BARS = "recorded/bars.csv"


def deployed_providers(settings: Settings, askings: "Table", recorded: File) -> list[Provider]:
    """As the settings have them, on this machine's clock."""
    paces = {name: Pace(granted) for name, granted in settings.requests_per_minute.items()}
    polite = partial(
        Polite,
        turns=TurnsTable(askings, paces, random),
        remembered=AnswersTable(askings),
        clock=partial(datetime.now, UTC),
        sleep=sleep,
    )
    if missing := [name for name in settings.providers if name != "recorded" and name not in paces]:
        raise ValueError(f"REQUESTS_PER_MINUTE says nothing of {', '.join(missing)}")
    credentials = Secret(settings.provider_secret, SecretsProvider)
    return providers_named(
        settings.providers,
        recorded=recorded,
        credentials=credentials,
        alpaca_feed=settings.alpaca_feed,
        polite=polite,
    )


def providers_named(
    names: Sequence[str],
    *,
    recorded: File,
    credentials: Credentials,
    alpaca_feed: str,
    polite: Callable[[Vendor], Polite],
) -> list[Provider]:
    """In the order they are named. Raises ValueError for a name nobody has."""
    return [
        RecordedBars(recorded) if name == "recorded" else polite(_vendor(name, credentials, alpaca_feed))
        for name in names
    ]


def _vendor(name: str, credentials: Credentials, alpaca_feed: str) -> Vendor:
    """Each is imported where it is wanted: Yahoo's takes half a second."""
    if name == "yahoo":
        from services.market_data.yahoo import Attentive, Yahoo

        return Yahoo(Attentive(impersonate="chrome"))
    if name == "alpaca":
        from services.market_data.alpaca import Alpaca

        return Alpaca(credentials, alpaca_feed)
    if name == "tiingo":
        from services.market_data.tiingo import Tiingo

        return Tiingo(credentials)
    if name == "polygon":
        from services.market_data.polygon import Polygon

        return Polygon(credentials)
    raise ValueError(
        f"no provider is called {name!r}; PROVIDERS may list recorded, yahoo, alpaca, tiingo and polygon"
    )
