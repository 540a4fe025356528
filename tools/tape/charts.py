"""`tape chart`: a picture of a ticker's prices and falls, as messages carry it."""

from datetime import date
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from tools.tape import runs, session
from tools.tape.errors import TapeError

out = Console()


def chart(
    ticker: Annotated[str, typer.Argument(metavar="TICKER", help="GME, BRK.B")],
    on: Annotated[
        str | None, typer.Option("--date", help="A session, as in 2021-01-27; the newest bar by default.")
    ] = None,
    out_: Annotated[
        Path | None, typer.Option("--out", help="Where to write the PNG; TICKER-DAY.png here by default.")
    ] = None,
) -> None:
    """Draw a ticker's prices and its falls from their peak, from the bars that are kept.

    Example: tape chart GME --date 2021-02-04 --out gme.png
    """
    # Not above: figures and pictures take longer to load than most commands to run.
    from services.market_data.bars import BarsTable
    from services.market_data.charting import newest_chart
    from services.market_data.listings import load_listings
    from services.market_data.pictures import png, svg
    from services.market_data.ranking import METHODS

    bars, symbol = BarsTable(session.connect().table("Bars")), ticker.upper()
    kept = bars.days(symbol, date.min, runs.day("--date", on) if on else date.max)
    drawn = newest_chart(symbol, load_listings(), kept, METHODS["sessions"])
    if drawn is None:
        raise TapeError(f"too few bars of {symbol[:32]!r} are kept for a picture; `tape rows Bars` shows all")
    path = out_ or Path(f"{symbol}-{kept[-1].day}.png")
    path.write_bytes(png(svg(drawn)))
    out.print(f"{path}  [dim]{drawn.detail}[/dim]")
