"""Rankings as the CSV files that readers of the screener before us know."""

from datetime import date

from services.market_data.standings import Standing, by_rank

COLUMNS = "date,symbol,current_price,peak_price,drawdown_pct,days_since_peak,volume,rank"
CANDIDATES = 10


def with_day(view: str, day: date, standings: list[Standing]) -> str:
    """The file of all days, *day* as the *standings* have it and every other as it was."""
    rows = view.splitlines()[1:]
    before = [row for row in rows if row[:10] < str(day)]
    after = [row for row in rows if row[:10] > str(day)]
    return _file([*before, *_rows(standings), *after])


def candidates(view: str, day: date, standings: list[Standing]) -> str:
    """The ten furthest fallen of the newest day: as it was, where *view* is of a later day than *day*."""
    rows = view.splitlines()[1:2]
    newer = rows and rows[0][:10] > str(day)
    return view if newer else _file(_rows(standings)[:CANDIDATES])


def _rows(standings: list[Standing]) -> list[str]:
    return [_row(one) for one in by_rank(standings)]


def _row(one: Standing) -> str:
    assert one.current_price is not None
    assert one.peak_price is not None
    prices = f"{one.current_price:f},{one.peak_price:f},{one.percent}"
    return f"{one.date},{one.symbol},{prices},{one.days_since_peak},{one.volume},{one.rank}"


def _file(rows: list[str]) -> str:
    return "\n".join([COLUMNS, *rows]) + "\n"
