"""`tape train`: reports on files without a platform, and trains or goes back where the platform runs."""

import gzip
import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner, Result

from services.prediction.features import rows
from services.prediction.observed import Bar
from services.sentiment.scoring import Reading, reading
from tests.unit.prediction.markets import random_walk, trending
from tools.tape.cli import app
from tools.tape.errors import TapeError
from tools.tape.histories import RECORDED, bars_of
from tools.tape.talk import moods_of

PNG = b"\x89PNG\r\n\x1a\n"


def run(*arguments: object) -> Result:
    return CliRunner().invoke(app, ["train", *map(str, arguments)])


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("TAPE_HOME", str(tmp_path / "home"))
    return tmp_path / "home"


def write(folder: Path, kind: Callable[[int, int], list[Bar]], tickers: int = 3, sessions: int = 200) -> Path:
    """Files as AlphaVantage's tables are, newest first."""
    folder.mkdir()
    for seed in range(tickers):
        lines = [
            f"{bar.day},{bar.open},{bar.close},{bar.close},{bar.volume}" for bar in kind(seed, sessions)[::-1]
        ]
        text = "\n".join(["timestamp,open,close,adjusted_close,volume", *lines])
        (folder / f"T{seed}.csv.gz").write_bytes(gzip.compress(text.encode()))
    return folder


def test_a_planted_signal_is_told_as_an_edge_with_its_calibration_drawn(tmp_path: Path, home: Path) -> None:
    result = run("--report", "--bars", write(tmp_path / "prices", trending), "--json")

    assert result.exit_code == 0, result.output
    found = json.loads(result.stdout)
    first = found["horizons"]["1"]
    assert (found["tickers"], first["verdict"]) == (3, "edge")
    assert first["low"] > max(first["majority"], first["always_up"])
    assert first["brier"] < first["brier_of_rate"]
    assert first["calibration_error"] < 0.1
    drawn = Path(found["calibration"])
    assert drawn.parent == home / "reports"
    assert drawn.read_bytes().startswith(PNG)


def wandering(seed: int, sessions: int) -> list[Bar]:
    return random_walk(seed + 3, sessions)


def test_the_same_files_give_the_same_figures_and_the_same_drawing(tmp_path: Path, home: Path) -> None:
    folder, plot = write(tmp_path / "prices", wandering), tmp_path / "plot.png"
    told = []
    for _ in range(2):
        result = run("--report", "--bars", folder, "--plot", plot)
        told.append((result.stdout, plot.read_bytes()))

    assert told[0] == told[1]
    assert told[0][0].count("no edge") == 3
    assert "95 % interval" in told[0][0]


def test_without_files_named_the_recorded_bars_are_judged(home: Path) -> None:
    result = run("--report", "--since", 2021, "--json")

    found = json.loads(result.stdout)
    assert (found["bars"], found["tickers"], found["first"]) == (str(RECORDED), 42, "2021-01-04")


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["--report", "--rollback"], ["--report", "--rollback"]),
        (["--since", 2010], ["--since", "--report"]),
        (["--report", "--at", "2021-01-28T12:00:00Z"], ["--at", "--report"]),
        (["--at", "yesterday"], ["--at", "yesterday"]),
        (["--report", "--bars", "nowhere.csv"], ["nowhere.csv"]),
        (["--report", "--since", 2050], ["too little history", "--since"]),
        ([], ["nothing is up"]),
        (["--rollback"], ["nothing is up"]),
    ],
)
def test_what_cannot_be_done_is_told_in_a_line(
    arguments: Sequence[object], words: list[str], home: Path
) -> None:
    result = run(*arguments)

    assert isinstance(result.exception, TapeError)
    assert all(word in str(result.exception) for word in words)


def test_a_table_without_a_column_is_left_out_by_name_and_refused_alone(tmp_path: Path) -> None:
    folder = write(tmp_path / "prices", random_walk, tickers=1, sessions=3)
    odd = folder / "ODD.csv"
    odd.write_text("Error Message\nno such symbol\n")

    found, left_out = bars_of(folder)
    assert list(found) == ["T0"]
    assert len(left_out) == 1
    assert "ODD.csv has no column for day" in left_out[0]
    with pytest.raises(TapeError, match="no column"):
        bars_of(odd)


def test_yahoos_columns_are_read_and_rows_without_figures_are_no_sessions(tmp_path: Path) -> None:
    (tmp_path / "A.csv").write_text(
        "Date,Open,High,Low,Close,Adj Close,Volume\n"
        "2014-01-03,null,null,null,null,null,null\n2014-01-02,10,11,9,10.5,9.1,1000\n2014-01-06,0,0,0,0,0,0\n"
    )

    assert bars_of(tmp_path)[0]["A"] == [Bar(date(2014, 1, 2), Decimal(10), Decimal("10.5"), None, 1000)]


def test_a_split_is_no_move_and_a_dividend_is_one() -> None:
    """Apple split four for one on 31 August 2020."""
    bars = bars_of(RECORDED)[0]["AAPL"]
    split = next(bar for bar in bars if bar.day == date(2020, 8, 31))

    assert split.previous_close == pytest.approx(Decimal("124.8"), abs=Decimal("0.1"))
    assert float(abs(rows(bars).growth[1:] - 1).max()) < 0.2
    gone = next(bar for bar in bars if bar.day == date(2020, 8, 7))
    assert gone.previous_close == next(bar.close for bar in bars if bar.day == date(2020, 8, 6))


def a_post(at: datetime, author: int, text: object = "GME is up") -> dict[str, Any]:
    return {"text": text, "created_at": f"{at:%a %b %d %H:%M:%S +0000 %Y}", "user_id_str": str(author)}


@dataclass
class Read:
    """Reads every text as positive where it says so."""

    texts: list[str] = field(default_factory=list)

    def __call__(self, texts: Sequence[str]) -> list[Reading]:
        self.texts += texts
        return [
            reading(
                [0.0, 0.2, 0.8] if "up" in text else [0.8, 0.2, 0.0], method="model", model="m", version="1"
            )
            for text in texts
        ]


NINE = datetime(2014, 3, 4, 14, 0, tzinfo=UTC)


def test_posts_become_the_shifts_the_service_would_announce(tmp_path: Path) -> None:
    calm = [a_post(NINE - timedelta(hours=n), n, ["$", "gme", "is", "down"]) for n in range(2, 20)]
    surge = [a_post(NINE + timedelta(minutes=n), 100 + n) for n in range(12)]
    (tmp_path / "GME.ndjson").write_text("\n".join(json.dumps(post) for post in [*surge, *calm]))
    read, told = Read(), list[tuple[str, int, int]]()

    moods = moods_of(tmp_path, read, tmp_path / "readings", lambda *progress: told.append(progress))
    (first, *_) = moods["GME"]
    assert first.at == NINE + timedelta(minutes=15)
    assert (first.mentions, first.authors, first.mean) == (12, 12, Decimal("0.800"))
    assert first.previous == Decimal("-0.800")
    assert "$gme is down" in read.texts
    assert told == [("GME", 30, 30)]

    again = Read()
    assert moods_of(tmp_path, again, tmp_path / "readings", lambda *_: None) == moods
    assert again.texts == ["up"]


def test_posts_that_cannot_be_read_are_named(tmp_path: Path) -> None:
    with pytest.raises(TapeError, match="holds no"):
        moods_of(tmp_path, Read(), tmp_path, lambda *_: None)
    (tmp_path / "GME.ndjson").write_text('{"text": "GME"}')
    with pytest.raises(TapeError, match=r"GME\.ndjson"):
        moods_of(tmp_path, Read(), tmp_path, lambda *_: None)
