"""The files of rankings, asked by DuckDB here, and by Athena in what of its SQL DuckDB can say too."""

import re
from datetime import date
from pathlib import Path
from typing import Any

import duckdb
import pytest

from services.market_data import parquet
from services.market_data.standings import Standing
from tests.integration.market_data.test_drawdown_files import TUESDAY, WEDNESDAY, standing
from tools.tape.drawdowns import asked, drawdowns
from tools.tape.errors import TapeError

ATHENA = (Path(__file__).parents[3] / "infra" / "athena.sql").read_text(encoding="utf-8")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Two runs of a day, and one of the next."""

    def part(universe: str, day: date, hour: int, *rows: Standing) -> None:
        place = tmp_path / "drawdowns" / f"universe={universe}" / f"dt={day}"
        place.mkdir(parents=True, exist_ok=True)
        (place / f"{day:%Y%m%d}T{hour}3000Z.parquet").write_bytes(parquet.written(list(rows)))

    aside = Standing(TUESDAY, "NOK", 180, "close", set_aside="no_bar")
    part("tracked", TUESDAY, 22, standing("OLD"))
    part("tracked", TUESDAY, 23, standing("GME"), standing("AMC", rank=2), aside)
    part("tracked", WEDNESDAY, 23, standing("GME", WEDNESDAY))
    part("two", TUESDAY, 21, standing("ONLY"))
    return tmp_path


COUNTS = [
    ("tracked", TUESDAY, "AMC"),
    ("tracked", TUESDAY, "GME"),
    ("tracked", TUESDAY, "NOK"),
    ("tracked", WEDNESDAY, "GME"),
    ("two", TUESDAY, "ONLY"),
]


def test_of_a_days_runs_the_last_counts_and_all_can_be_asked(folder: Path) -> None:
    query = "SELECT universe, date, symbol FROM drawdowns ORDER BY ALL"
    assert [tuple(row.values()) for row in asked(folder, query, [])] == COUNTS
    everything = asked(folder, "SELECT run, symbol FROM runs WHERE symbol = ?", ["OLD"])
    assert everything == [{"run": "20210202T223000Z", "symbol": "OLD"}]


@pytest.mark.parametrize(
    "query", ["SELECT nothing FROM drawdowns", "SELECT", "SELECT * FROM read_csv('/etc/passwd')"]
)
def test_a_query_that_cannot_be_answered_is_told_in_a_line(folder: Path, query: str) -> None:
    with pytest.raises(TapeError, match=r"^--sql: ") as told:
        asked(folder, query, [])
    assert "\n" not in str(told.value)


@pytest.mark.parametrize(
    ("question", "said"),
    [
        ({"on": "yesterday"}, "--date 'yesterday' is no day; write 2021-01-27"),
        ({"on": "2021-01-27", "ticker": "GME"}, "are three questions; give one"),
        ({"sql": "SELECT 1", "ticker": "GME"}, "are three questions; give one"),
    ],
)
def test_a_question_that_is_none_is_told_before_anything_is_asked(
    question: dict[str, Any], said: str
) -> None:
    with pytest.raises(TapeError, match=re.escape(said)):
        drawdowns(**question)


def test_athenas_table_has_the_columns_of_the_parts(folder: Path) -> None:
    statement = re.search(r"tickertape_drawdown_runs \((.*?)\n\)\nPARTITIONED", ATHENA, re.DOTALL)
    assert statement is not None
    named = re.findall(r"`?(\w+)`? ([a-z0-9(),]+?),?\n", statement[1] + "\n")
    theirs = {"int": "INTEGER", "string": "VARCHAR"}
    part = next(folder.rglob("*.parquet"))
    there = duckdb.execute("DESCRIBE SELECT * FROM read_parquet(?, hive_partitioning = false)", [str(part)])
    assert [(name, theirs.get(kind, kind.upper())) for name, kind in named] == [
        (row[0], row[1]) for row in there.fetchall()
    ]


def test_athenas_view_counts_the_same_rows(folder: Path) -> None:
    view = re.search(r"CREATE VIEW tickertape_drawdowns AS\n(.*?);", ATHENA, re.DOTALL)
    ten = re.search(r"(SELECT rank, symbol.*?);", ATHENA, re.DOTALL)
    assert view is not None
    assert ten is not None
    parts = f"SELECT * FROM read_parquet('{folder}/drawdowns/*/*/*.parquet', filename = true)"  # noqa: S608
    with duckdb.connect() as database:
        database.execute(f"CREATE VIEW tickertape_drawdown_runs AS {parts}")
        database.execute("CREATE VIEW tickertape_drawdowns AS " + view[1].replace('"$path"', "filename"))
        query = "SELECT universe, date, symbol FROM tickertape_drawdowns ORDER BY ALL"
        assert database.execute(query).fetchall() == COUNTS
        told: list[Any] = database.execute(ten[1].replace("2021-01-27", str(TUESDAY))).fetchall()
        assert [row[:2] for row in told] == [(1, "GME"), (2, "AMC")]
