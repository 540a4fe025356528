"""Old clients' requests, word for word, and the answers they can rely on."""

import json
import math
from typing import Any

import pytest

from tests.unit.prediction.golden import FILE, answered, requests

CASES = json.loads(FILE.read_text(encoding="utf-8"))


@pytest.mark.parametrize("case", CASES, ids=lambda case: case["name"])
def test_a_request_is_answered_as_it_was(case: dict[str, Any]) -> None:
    assert answered(case["request"]) == {"status": case["status"], "answer": case["answer"]}


@pytest.mark.parametrize("case", [c for c in CASES if c["status"] == 200], ids=lambda case: case["name"])
def test_both_old_clients_read_the_strings(case: dict[str, Any]) -> None:
    for name, horizon in zip(("next", "week", "month"), case["answer"]["horizons"], strict=True):
        first, second = case["answer"][name].split(" ")
        assert math.isfinite(float(first))  # TypeScript's parseFloat stops at the blank
        assert second in ("0", "1")  # Android compares the second word with "1"; "1.0" would be red
        assert (second == "1") == (horizon["probability"] >= 0.5)


@pytest.mark.parametrize("case", [c for c in CASES if c["status"] != 200], ids=lambda case: case["name"])
def test_a_refusal_says_what_is_missing(case: dict[str, Any]) -> None:
    assert case["status"] == 400
    assert case["answer"]["field"] in case["answer"]["error"]
    assert "send" in case["answer"]["error"]


def test_the_file_holds_every_request() -> None:
    assert [(case["name"], case["request"]) for case in CASES] == list(requests())


def test_the_order_rows_are_sent_in_changes_no_answer() -> None:
    by_name = {case["name"]: case["answer"] for case in CASES}
    oldest_first = by_name["oldest first, as the TypeScript client sends"]

    assert by_name["the same rows, newest first"] == oldest_first | {"order": "desc"}
    assert by_name["rows with dates"] == oldest_first
