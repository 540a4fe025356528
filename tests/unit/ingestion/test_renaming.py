from datetime import date

import pytest

from services.ingestion.renaming import Change, Renames

# A company OLD becomes NEW, then NEWER; NEW is later another's. LETTERS pass from a fund to a company.
RENAMES = Renames(
    [
        Change("OLD", "NEW", date(2020, 1, 1)),
        Change("NEW", "NEWER", date(2022, 1, 1), again=date(2024, 1, 1)),
        Change("", "FUNDS", date(2018, 1, 1)),
        Change("LETTERS", "FUNDS", date(2021, 1, 1), again=date(2021, 6, 1)),
        Change("COMPANY", "LETTERS", date(2021, 6, 1)),
        Change("ONE", "BOTH", date(2020, 1, 1)),
        Change("TWO", "BOTH", date(2020, 1, 1)),
        Change("", "LISTED", date(2021, 1, 1)),
    ]
)


@pytest.mark.parametrize(
    ("letters", "year", "ticker"),
    [
        ("OLD", 2019, "OLD"),
        ("OLD", 2020, "NEWER"),
        ("OLD", 2025, "NEWER"),
        ("NEW", 2019, None),
        ("NEW", 2021, "NEWER"),
        ("NEW", 2023, "NEWER"),
        ("NEW", 2025, "NEW"),
        ("NEWER", 2021, None),
        ("NEWER", 2023, "NEWER"),
        ("LETTERS", 2017, None),
        ("LETTERS", 2019, "FUNDS"),
        ("LETTERS", 2022, "LETTERS"),
        ("COMPANY", 2020, "COMPANY"),
        ("COMPANY", 2022, "LETTERS"),
        ("TWO", 2021, "BOTH"),
        ("LISTED", 2020, None),
        ("LISTED", 2021, "LISTED"),
    ],
)
def test_letters_mean_whoever_had_them_that_day(letters: str, year: int, ticker: str | None) -> None:
    assert RENAMES.said(letters, date(year, 3, 1)) == ticker


@pytest.mark.parametrize(
    ("now", "year", "ticker"),
    [
        ("NEWER", 2019, "OLD"),
        ("NEWER", 2021, "NEWER"),
        ("NEWER", 2025, "NEWER"),
        ("NEW", 2021, None),
        ("NEW", 2025, "NEW"),
        ("LETTERS", 2020, "COMPANY"),
        ("LETTERS", 2022, "LETTERS"),
        ("FUNDS", 2017, None),
        ("FUNDS", 2019, "FUNDS"),
        ("BOTH", 2019, "ONE"),
        ("LISTED", 2020, None),
    ],
)
def test_a_company_has_the_symbol_of_the_day(now: str, year: int, ticker: str | None) -> None:
    assert RENAMES.named(now, date(year, 3, 1)) == ticker


def test_one_ticker_is_one_company_however_it_is_called() -> None:
    days = [date(year, month, 1) for year in range(2017, 2026) for month in (1, 3, 6, 7)]
    for one, other in (("NEWER", "NEW"), ("FUNDS", "LETTERS")):
        tickers = [(RENAMES.named(one, day), RENAMES.named(other, day)) for day in days]
        assert not [pair for pair in tickers if pair[0] and pair[0] == pair[1]]
