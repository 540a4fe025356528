"""`tape drawdowns` and `tape chart` as they are typed, over the service's bucket and tables."""

import json
from collections.abc import Iterator
from datetime import date
from pathlib import Path

import boto3
import pytest
from typer.testing import CliRunner, Result

from services.market_data.bars import BarsTable
from services.market_data.closing import KeptBar
from services.market_data.drawdown_files import DrawdownFiles
from services.market_data.standings import Standing
from tests.bench import Bench
from tests.builders import NOON, a_bar
from tests.integration.market_data.test_drawdown_files import EVENING, TUESDAY, WEDNESDAY, standing
from tools.tape.cli import app


@pytest.fixture(scope="module")
def bench() -> Iterator[Bench]:
    with Bench("market_data", "rank_drawdowns", TAPE_TARGET="aws", COLUMNS="80") as made:
        aside = Standing(TUESDAY, "NOK", 180, "close", set_aside="no_bar")
        files = DrawdownFiles(boto3.client("s3"), made.bucket().name)
        files.keep("tracked", TUESDAY, EVENING, [standing("GME"), standing("SPY", rank=2), aside])
        files.keep("tracked", WEDNESDAY, EVENING, [standing("GME", WEDNESDAY)])
        days = (date(2021, 2, 1), TUESDAY)
        BarsTable(made.table("Bars")).keep([KeptBar(a_bar(ticker="GME", date=day), NOON) for day in days])
        yield made


def tape(*arguments: str) -> Result:
    return CliRunner().invoke(app, arguments)


def lines(*arguments: str) -> list[list[str]]:
    return [line.split() for line in tape(*arguments).stdout.splitlines()]


def test_a_days_ranking_fits_a_terminal_and_says_who_is_left_out(bench: Bench) -> None:
    shown = lines("drawdowns", "--date", str(TUESDAY))
    assert shown[0] == ["rank", "ticker", "price", "peak", "peak", "on", "fall,", "%", "days"]
    assert shown[1] == ["1", "GME", "90", "100", "2021-02-02", "-10.00", "0"]
    assert shown[2][:2] == ["2", "SPY"]
    assert " ".join(shown[3]) == "2021-02-02: below the highest close of 180 sessions"
    assert shown[4] == ["not", "ranked:", "NOK", "(no_bar)"]


def test_the_newest_day_is_shown_unless_another_is_asked_for(bench: Bench) -> None:
    rows = json.loads(tape("drawdowns", "--json").stdout)
    assert [(row["date"], row["symbol"]) for row in rows] == [(str(WEDNESDAY), "GME")]


def test_a_ticker_is_followed_through_the_days(bench: Bench) -> None:
    assert [row[0] for row in lines("drawdowns", "--ticker", "gme")[1:3]] == [str(TUESDAY), str(WEDNESDAY)]


def test_a_query_of_ones_own_is_answered(bench: Bench) -> None:
    query = "SELECT symbol, count(*) n FROM drawdowns GROUP BY ALL ORDER BY ALL"
    assert lines("drawdowns", "--sql", query) == [["symbol", "n"], ["GME", "2"], ["NOK", "1"], ["SPY", "1"]]


def test_a_picture_is_written(bench: Bench, tmp_path: Path) -> None:
    path = tmp_path / "gme.png"
    assert tape("chart", "gme", "--out", str(path)).exit_code == 0
    assert path.read_bytes()[:4] == b"\x89PNG"


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (
            ["drawdowns", "--date", "2021-02-05"],
            "no ranking of tracked is kept for 2021-02-05; the newest is of",
        ),
        (["drawdowns", "--universe", "moon"], "no ranking of 'moon' is kept"),
        (["drawdowns", "--sql", "SELECT 1 FROM nothing"], "--sql: Catalog Error"),
        (["chart", "NOBARS"], "too few bars of 'NOBARS' are kept"),
        (["chart", "GME", "--date", "soon"], "--date 'soon' is no day"),
    ],
)
def test_what_is_not_there_is_said(bench: Bench, arguments: list[str], said: str) -> None:
    assert said in str(tape(*arguments).exception)
