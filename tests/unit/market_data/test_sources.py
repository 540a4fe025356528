import pytest

from services.market_data.recorded import RecordedBars
from services.market_data.sources import providers_named
from tests.unit.market_data.test_recorded import Tape


def test_a_provider_is_found_by_its_name() -> None:
    (recorded,) = providers_named(["recorded"], recorded=Tape())
    assert isinstance(recorded, RecordedBars)


def test_a_provider_nobody_has_is_refused_by_name() -> None:
    with pytest.raises(ValueError, match="'bloomberg'"):
        providers_named(["recorded", "bloomberg"], recorded=Tape())
