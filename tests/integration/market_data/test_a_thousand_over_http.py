"""A thousand tickers' bars through the real client, over HTTP, from a vendor that grants N a minute."""

from datetime import timedelta

from services.market_data.tiingo import Tiingo
from tests.integration.market_data.stand_in import Asked, Reply, standing_in
from tests.integration.market_data.test_vendors import Kept
from tests.unit.market_data.test_collecting_at_a_limit import NAMES, busiest_minute, collect
from tests.unit.market_data.virtual_time import Limited

GRANTED = 166
GONE = frozenset({"T013", "T900"})


def test_what_is_granted_is_used_and_never_more_and_every_ticker_is_got_or_named() -> None:
    with standing_in() as server:

        def client(limited: Limited) -> Tiingo:
            def reply(asked: Asked) -> Reply:
                ticker = asked.path.split("/")[3]
                if limited.refusal([ticker]):
                    return Reply("<html>Slow down</html>", 429, {"Retry-After": "60"})
                if ticker in GONE:
                    return Reply({"detail": "Not found."}, 404)
                day = {"date": f"{asked.query['endDate']}T00:00:00.000Z", "volume": 1_000, "splitFactor": 1.0}
                prices = dict.fromkeys(("open", "high", "low", "close", "adjClose"), 10.25)
                return Reply([{**day, **prices}])

            server.reply = reply
            return Tiingo(Kept(), server.base)

        found = collect(GRANTED, series="bars", client=client)

    moments = sorted(found.vendor.moments)
    assert (found.vendor.refused, len(server.asked)) == (0, 1000)
    assert busiest_minute(moments) <= GRANTED
    assert 999 / ((moments[-1] - moments[0]) / timedelta(minutes=1)) >= 0.95 * GRANTED
    assert sorted(found.vendor.asked) == sorted(["SPY", *NAMES])
    missed = dict.fromkeys(sorted(GONE), "delisted")
    assert found.complete == {"asked": 1000, "got": 998, "missed": missed}
