from dataclasses import replace
from datetime import date
from decimal import Decimal

from services.market_data import parquet
from services.market_data.standings import Standing
from services.market_data.views import COLUMNS, candidates, with_day

MONDAY, TUESDAY, WEDNESDAY = date(2021, 2, 1), date(2021, 2, 2), date(2021, 2, 3)


def standing(symbol: str = "GME", rank: int | None = 1, day: date = TUESDAY) -> Standing:
    return Standing(
        date=day,
        symbol=symbol,
        sessions=180,
        peak_of="close",
        rank=rank,
        current_price=Decimal("104.5"),
        peak_price=Decimal("110.123456"),
        peak_date=MONDAY,
        drawdown_pct=-5.106463676,
        days_since_peak=1,
        sessions_since_peak=1,
        volume=93396700,
    )


ASIDE = Standing(TUESDAY, "NOK", 180, "close", set_aside="no_bar")
ROW = "2021-02-02,GME,104.5,110.123456,-5.11,1,93396700,1"


def test_a_view_has_the_columns_of_old_and_only_who_has_a_rank() -> None:
    assert COLUMNS == "date,symbol,current_price,peak_price,drawdown_pct,days_since_peak,volume,rank"
    assert with_day("", TUESDAY, [ASIDE, standing()]) == f"{COLUMNS}\n{ROW}\n"


def test_a_day_takes_its_place_among_the_others_and_replaces_only_itself() -> None:
    whole = ""
    for day in (WEDNESDAY, MONDAY, TUESDAY):
        whole = with_day(whole, day, [standing(day=day)])
    again = with_day(whole, TUESDAY, [standing("AMC")])
    assert [row[:14] for row in whole.splitlines()[1:]] == [
        "2021-02-01,GME",
        "2021-02-02,GME",
        "2021-02-03,GME",
    ]
    assert again == whole.replace("2021-02-02,GME", "2021-02-02,AMC")
    assert with_day(again, TUESDAY, [standing("AMC")]) == again


def test_the_candidates_are_ten_of_the_newest_day() -> None:
    many = [standing(f"T{n:03}", rank) for rank, n in enumerate(range(12, 0, -1), 1)]
    newest = candidates("", TUESDAY, many[::-1])
    rows = newest.splitlines()[1:]
    assert [row.split(",")[1] for row in rows] == [f"T{n:03}" for n in range(12, 2, -1)]
    assert candidates(newest, MONDAY, [standing(day=MONDAY)]) == newest
    assert (
        candidates(newest, WEDNESDAY, [standing(day=WEDNESDAY)]).splitlines()[1].startswith("2021-02-03,GME")
    )


def test_parquet_gives_back_what_was_written_and_always_in_the_same_bytes() -> None:
    rows = [standing(), replace(standing("BRK.B", None), set_aside="outlier"), ASIDE]
    file = parquet.written(rows)
    assert parquet.read(file) == rows
    assert parquet.written(list(rows)) == file
