"""Two counts beside each other, and how far apart they are."""

from services.ingestion.comparing import TOP, compared, difference


def test_a_ticker_that_one_side_does_not_name_is_not_a_zero() -> None:
    rows = compared({"GME": 2, "BB": 1}, {"GME": 31, "AMC": 40})
    assert rows == [
        {"ticker": "AMC", "ours": None, "theirs": 40},
        {"ticker": "GME", "ours": 2, "theirs": 31},
        {"ticker": "BB", "ours": 1, "theirs": None},
    ]


def test_the_difference_is_told_in_sums_and_in_who_leads() -> None:
    rows = compared({"GME": 2, "BB": 1}, {"GME": 31, "AMC": 40})
    assert difference(rows) == {"ours": 3, "theirs": 71, "only_ours": 1, "only_theirs": 1, "top_shared": 0.5}


def test_only_those_who_lead_are_compared_by_rank() -> None:
    theirs = {f"A{number:03}": 100 - number for number in range(TOP + 5)}
    ours = dict(list(theirs.items())[5:])
    assert difference(compared(ours, theirs))["top_shared"] == (TOP - 5) / TOP


def test_nothing_to_compare_with_has_no_share() -> None:
    assert difference(compared({"GME": 2}, {}))["top_shared"] is None
