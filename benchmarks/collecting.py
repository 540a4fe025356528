"""How long a day's bars of the universe take at each provider's limits, in virtual time; nobody is asked.

    python -m benchmarks.collecting

Every ticker goes through the service's own sharing, pacing and answers; a request itself takes no time, so
workers wait for their turn alone. Limits are what providers publish; Yahoo publishes none, we set its pace.
"""

from datetime import date, timedelta

from services.market_data.membership import load_universe
from tests.unit.market_data.test_collecting_at_a_limit import busiest_minute, collect

DAY = date(2026, 7, 20)
LIMITS = (
    ("alpaca, free: 200 a minute, 100 tickers a request", 200, 100),
    ("yahoo, as set: 100 a minute", 100, 1),
    ("tiingo, paid: 10,000 an hour", 166, 1),
    ("tiingo, free: 50 an hour", 50 / 60, 1),
    ("polygon, free: 5 a minute", 5, 1),
)
UNDER = timedelta(minutes=15)


def main() -> None:
    names = load_universe().on(DAY)
    print(f"{len({'SPY', *names}):,} tickers of {DAY}, two workers")
    for label, granted, at_once in LIMITS:
        minutes = -(-len(names) // at_once) / granted
        if minutes > 2 * UNDER / timedelta(minutes=1):
            print(f"  {label:50} {minutes:6.0f} min on paper alone: not for a universe")
            continue
        found = collect(int(granted), series="bars", names=names, at_once=at_once)
        moments = sorted(found.vendor.moments)
        took = found.took / timedelta(minutes=1)
        print(
            f"  {label:50} {minutes:6.1f} min on paper, {took:5.1f} in virtual time; {len(moments)} requests,"
        )
        print(f"{'':53}busiest minute {busiest_minute(moments)}, got {found.complete['got']}")


if __name__ == "__main__":
    main()
