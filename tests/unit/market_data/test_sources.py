import pytest

from services.market_data.alpaca import Alpaca
from services.market_data.asking import Provider
from services.market_data.polygon import Polygon
from services.market_data.recorded import RecordedBars
from services.market_data.settings import _paces
from services.market_data.sources import providers_named
from services.market_data.tiingo import Tiingo
from services.market_data.yahoo import Yahoo
from tests.unit.market_data.test_recorded import Tape


class Nobody:
    def of(self, vendor: str, *, renewed: bool = False) -> None:
        return None


def named(*names: str) -> list[Provider]:
    def as_it_is(vendor: object) -> object:
        return vendor

    return providers_named(
        names,
        recorded=Tape(),
        credentials=Nobody(),
        alpaca_feed="iex",
        polite=as_it_is,  # type: ignore[arg-type]
    )


def test_providers_are_found_by_their_names_in_their_order() -> None:
    kinds = [type(provider) for provider in named("alpaca", "recorded", "tiingo", "polygon", "yahoo")]
    assert kinds == [Alpaca, RecordedBars, Tiingo, Polygon, Yahoo]


def test_a_provider_nobody_has_is_refused_by_name() -> None:
    with pytest.raises(ValueError, match="'bloomberg'"):
        named("recorded", "bloomberg")


@pytest.mark.parametrize("given", ["yahoo=0", "yahoo=-1", "yahoo=nan"])
def test_a_pace_of_nothing_is_refused_by_name(given: str) -> None:
    with pytest.raises(ValueError, match="grants yahoo nothing"):
        _paces(given)
