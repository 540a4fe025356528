"""`tape drawdowns`: the files of rankings, asked by DuckDB on this machine."""

import json
from collections.abc import Iterator
from datetime import date
from decimal import Decimal
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Annotated, Any

import typer
from rich.console import Console
from rich.markup import escape
from rich.table import Table
from rich.text import Text

from tools.tape import runs, session
from tools.tape.errors import TapeError
from tools.tape.platform import Platform

out = Console()

RUNS = """
CREATE TABLE runs AS SELECT *, parse_filename(filename, true) AS run FROM read_parquet(
  ?, filename = true, union_by_name = true,
  hive_partitioning = true, hive_types = {'universe': VARCHAR, 'dt': DATE}
)
"""
"""Every part that was ever kept: `runs`, each row with its universe, its day `dt` and its run."""

STANDING = """
CREATE VIEW drawdowns AS
SELECT * EXCLUDE (filename, run, dt) FROM runs QUALIFY run = max(run) OVER (PARTITION BY universe, dt)
"""
"""What counts: of a day's runs, the last."""

_PREFIX = "drawdowns/"
_COLUMNS = {
    "rank": "rank",
    "symbol": "ticker",
    "current_price": "price",
    "peak_price": "peak",
    "peak_date": "peak on",
    "drawdown_pct": "fall, %",
    "days_since_peak": "days",
}
_BY_RANK = "SELECT * FROM drawdowns ORDER BY rank NULLS LAST, symbol"
_OF_TICKER = "SELECT * FROM drawdowns WHERE symbol = ? ORDER BY date"


def drawdowns(
    on: Annotated[
        str | None, typer.Option("--date", help="A session, as in 2021-01-27; the newest by default.")
    ] = None,
    ticker: Annotated[str | None, typer.Option(help="One ticker through all days instead.")] = None,
    universe: Annotated[str, typer.Option(help="Whose ranking.")] = "tracked",
    sql: Annotated[
        str | None,
        typer.Option(
            help="A query of your own, over `drawdowns` (what counts) and `runs` (all that was kept)."
        ),
    ] = None,
    json_: Annotated[bool, typer.Option("--json", help="Print one JSON document and nothing else.")] = False,
) -> None:
    """Who stands how far below the peak: the ranking of a day, a ticker through the days, or your own query.

    Example: tape drawdowns --sql "SELECT date, avg(drawdown_pct) FROM drawdowns GROUP BY date"
    """
    if sum(map(bool, (on, ticker, sql))) > 1:
        raise TapeError("--date, --ticker and --sql are three questions; give one")
    asked_day = runs.day("--date", on) if on else None
    platform = session.connect()
    keys = _keys(platform, universe)
    if not (ticker or sql):
        wanted = asked_day or max(keys)
        if wanted not in keys:
            raise TapeError(f"no ranking of {universe} is kept for {wanted}; the newest is of {max(keys)}")
        keys = {wanted: keys[wanted]}
    query, values = (sql, []) if sql else (_OF_TICKER, [ticker.upper()]) if ticker else (_BY_RANK, [])
    with TemporaryDirectory() as folder:
        for key in (key for day in keys.values() for key in day):
            _fetch(platform, key, Path(folder) / key)
        rows = asked(Path(folder), query, values)
    if json_:
        print(json.dumps(rows, indent=2, default=_exact))
    elif sql:
        _show(rows, {name: name for name in (rows[0] if rows else ())})
    else:
        _show([row for row in rows if row["rank"]], ({"date": "date"} if ticker else {}) | _COLUMNS)
        _explain(rows)


def asked(folder: Path, query: str, values: list[Any]) -> list[dict[str, Any]]:
    """The rows a query gives over the parts that lie below *folder* as they do in the bucket.

    Raises TapeError with DuckDB's words.
    """
    import duckdb  # not above: it takes longer to load than most commands to run

    with duckdb.connect() as database:
        database.execute(RUNS, [f"{folder}/{_PREFIX}*/*/*.parquet"])
        database.execute(STANDING)
        database.execute("SET enable_external_access = false")
        try:
            found: Any = database.execute(query, values)
            names = [column[0] for column in found.description or []]
            return [dict(zip(names, row, strict=True)) for row in found.fetchall()]
        except duckdb.Error as error:
            raise TapeError(f"--sql: {' '.join(str(error).split())[:300]}") from error


def _keys(platform: Platform, universe: str) -> dict[date, list[str]]:
    """Keys of the universe's parts by their day. Raises TapeError when there are none."""
    found: dict[date, list[str]] = {}
    for key in _listed(platform, f"{_PREFIX}universe={universe}/"):
        found.setdefault(date.fromisoformat(key.split("/dt=")[1][:10]), []).append(key)
    if not found:
        raise TapeError(
            f"no ranking of {universe[:64]!r} is kept; one is made at 18:30 New York after each session"
        )
    return found


def _listed(platform: Platform, prefix: str) -> Iterator[str]:
    pages = platform.target.client("s3").get_paginator("list_objects_v2")
    for page in pages.paginate(Bucket=platform.bucket("market_data"), Prefix=prefix):
        yield from (found["Key"] for found in page.get("Contents", []))


def _fetch(platform: Platform, key: str, path: Path) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    platform.target.client("s3").download_file(platform.bucket("market_data"), key, str(path))


def _show(rows: list[dict[str, Any]], columns: dict[str, str]) -> None:
    """A line a row; *columns* says what each is called."""
    table = Table(box=None)
    for name, heading in columns.items():
        words = all(isinstance(row[name], str) for row in rows)
        table.add_column(escape(heading), justify="left" if words else "right")
    for row in rows:
        table.add_row(*(Text(_plain(row[name])) for name in columns))
    out.print(table)


def _explain(rows: list[dict[str, Any]]) -> None:
    if rows:
        of = rows[-1]
        out.print(f"[dim]{of['date']}: below the highest {of['peak_of']} of {of['sessions']} sessions[/dim]")
    aside = [f"{row['symbol']} ({row['set_aside']})" for row in rows if row["set_aside"]]
    if aside:
        out.print(Text(f"not ranked: {', '.join(aside)}", style="dim"))


def _plain(value: object) -> str:
    return "–" if value is None else f"{value:,.2f}" if isinstance(value, float) else _exact(value)


def _exact(value: object) -> str:
    text = f"{value:f}" if isinstance(value, Decimal) else str(value)
    return text.rstrip("0").rstrip(".") if isinstance(value, Decimal) and "." in text else text
