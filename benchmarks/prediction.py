"""What pooled forecasts are worth on public figures: walk-forward accuracy beside baselines without a model.

    python -m benchmarks.prediction [--posts]

Daily bars of 119 symbols since 2010; with --posts also two years of posts beside the bars of their tickers,
whose reading takes minutes. The same as `tape train --report`; says so where the figures are absent. Expect
no edge; several horizons are tried, so one lower bound in forty or so would pass by chance alone.
"""

import argparse
import tempfile
import time
from pathlib import Path

from rich.console import Console

from tools.tape.judging import judged, show

PUBLIC = Path(__file__).parents[2] / "shared" / "data"
PRICES = PUBLIC / "prices" / "sp500_daily_1999_2021"
ALIGNED = PUBLIC / "aligned" / "stocknet_2014_2015"


def tell(bars: Path, posts: Path | None, since: int | None) -> None:
    if not bars.is_dir():
        print(f"skipped: there are no prices at {bars}")
        return
    begun = time.process_time()
    with tempfile.TemporaryDirectory() as home:
        show(judged(bars, posts, since, None, Path(home), quiet=True), Console())
    print(f"CPU: {time.process_time() - begun:.1f} s to read, train, validate and draw")


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--posts", action="store_true")
    tell(PRICES, None, 2010)
    if parser.parse_args().posts:
        tell(ALIGNED / "prices", ALIGNED / "tweets", None)


if __name__ == "__main__":
    main()
