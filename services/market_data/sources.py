"""The providers a deployment asks, by the names its settings give them."""

from collections.abc import Sequence

from services.market_data.asking import Provider
from services.market_data.recorded import File, RecordedBars

RECORDED_BARS = "recorded/bars.csv"


def providers_named(names: Sequence[str], *, recorded: File) -> list[Provider]:
    """In the order they are named. Raises ValueError for a name nobody has."""
    return [_provider(name, recorded) for name in names]


def _provider(name: str, recorded: File) -> Provider:
    if name == "recorded":
        return RecordedBars(recorded)
    if name == "yahoo":
        from services.market_data.yahoo import Yahoo  # half a second of imports, paid where it is wanted

        return Yahoo()
    raise ValueError(f"no provider is called {name!r}; PROVIDERS may list recorded and yahoo")
