"""What `tape backfill` asks for, whom it joins, and how it sums up."""

import json
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any

import pytest
import typer

from services.ingestion.completeness import DayReport
from tools.tape import backfilling
from tools.tape.backfilled import document
from tools.tape.errors import TapeError
from tools.tape.platform import Platform

DAYS = ["2021-01-26", "2021-01-27"]
KEYS = ["archives/c0ffee/RC_2021-01.zst"]
WANTED = {"run": "0123456789ab", "archives": KEYS, "days": DAYS}


@dataclass
class StateMachine:
    """Stands in for Step Functions and for the platform that leads to it."""

    running: list[str] = field(default_factory=list)
    started: list[dict[str, Any]] = field(default_factory=list)
    statuses: list[str] = field(default_factory=lambda: ["SUCCEEDED"])

    @property
    def target(self) -> "StateMachine":
        return self

    def client(self, service: str) -> "StateMachine":
        return self

    def machine(self, name: str) -> str:
        return f"machine:{name}"

    def get_paginator(self, operation: str) -> "StateMachine":
        return self

    def paginate(self, *, stateMachineArn: str, statusFilter: str) -> list[dict[str, Any]]:
        assert (stateMachineArn, statusFilter) == ("machine:backfill", "RUNNING")
        return [{"executions": [{"name": name, "executionArn": f"arn:{name}"} for name in self.running]}]

    def start_execution(self, **asked: Any) -> dict[str, str]:
        self.started.append(asked)
        return {"executionArn": f"arn:{asked['name']}"}

    def describe_execution(self, *, executionArn: str) -> dict[str, str]:
        return {"status": self.statuses.pop(0), "cause": "no memory"}


def begun(machine: StateMachine) -> str:
    return backfilling._begun(_as_platform(machine), WANTED)


def _as_platform(machine: StateMachine) -> Platform:
    return machine  # type: ignore[return-value]


def a_report(day: str, **changes: Any) -> DayReport:
    given: dict[str, Any] = {
        "run": WANTED["run"],
        "archives": KEYS,
        "first": DAYS[0],
        "last": DAYS[1],
        "day": day,
        "rows": 10,
        "written": 9,
        "skipped": 1,
        "why": {"not JSON": 1},
        "skipped_first": [],
        "parts": 2,
        "linked_parts": 2,
        "linked": 8,
        "new": 7,
        "removed": 1,
    }
    return DayReport.model_validate(given | changes)


def test_a_run_that_is_still_at_it_is_joined_and_not_begun_again() -> None:
    machine = StateMachine(running=["ffffffffffff-1", "0123456789ab-9"])
    assert begun(machine) == "arn:0123456789ab-9"
    assert machine.started == []


def test_without_one_a_run_is_begun_under_its_own_name() -> None:
    machine = StateMachine(running=["ffffffffffff-1"])
    assert begun(machine).startswith("arn:0123456789ab-")
    (started,) = machine.started
    assert json.loads(started["input"]) == WANTED


def test_progress_is_told_until_it_ends() -> None:
    told: list[Sequence[DayReport]] = []
    machine = StateMachine(statuses=["RUNNING", "SUCCEEDED"])
    ended = backfilling._follow(_as_platform(machine), "arn", lambda: [a_report(DAYS[0])], told.append)
    assert (ended, [len(found) for found in told]) == ("", [1])
    failed = StateMachine(statuses=["FAILED"])
    assert backfilling._follow(_as_platform(failed), "arn", list, told.append) == "failed: no memory"


def test_the_same_archives_and_days_are_the_same_run() -> None:
    one = backfilling.run_name(KEYS, DAYS)
    assert one == backfilling.run_name(list(KEYS), list(DAYS))
    assert (
        len({one, backfilling.run_name(KEYS, DAYS[:1]), backfilling.run_name(["archives/x/y.zst"], DAYS)})
        == 3
    )


def test_days_are_summed_and_one_that_is_not_linked_leaves_the_whole_incomplete() -> None:
    summed = document([a_report(DAYS[0]), a_report(DAYS[1], linked_parts=1, linked=3)])
    assert (summed["rows"], summed["written"], summed["linked"]) == (20, 18, 11)
    assert summed["complete"] is False
    assert [day["complete"] for day in summed["days"]] == [True, False]


def test_a_day_without_a_report_is_named_and_an_incomplete_one_is_an_exit_code() -> None:
    with pytest.raises(TapeError, match=f"no report of {DAYS[1]}; the run went on without them"):
        backfilling._end("", [a_report(DAYS[0])], DAYS)
    with pytest.raises(typer.Exit) as stop:
        backfilling._end("", [a_report(DAYS[0], linked_parts=1)], DAYS[:1])
    assert stop.value.exit_code == 1
    backfilling._end("", [a_report(DAYS[0])], DAYS[:1])


def test_days_are_counted_from_the_first_to_the_last() -> None:
    assert backfilling._days("2020-02-28", "2020-03-01") == ["2020-02-28", "2020-02-29", "2020-03-01"]
    assert len(backfilling._days("2020-01-01", "2020-12-31")) == backfilling.LONGEST
    assert date.fromisoformat(backfilling._days("2021-01-27", "2021-01-27")[0]) == date(2021, 1, 27)
