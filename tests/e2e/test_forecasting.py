"""Forecasts on the embedded target: trained at a word, told when something is heard, checked by anyone."""

import json
from collections.abc import Iterator
from datetime import date, timedelta
from typing import Any

import pytest

from contracts.events.envelope import Envelope
from contracts.events.market_data import DailyBarClosedV1
from services.prediction.observations import FeaturesTable
from services.prediction.sessions import closes_at, session_after
from tests.builders import a_bar, a_shift, enveloped
from tests.e2e.conftest import TapeRun
from tests.eventually import eventually
from tests.unit.prediction.markets import trending
from tools.tape.platform import Platform, Tap

TICKERS = ("ZZA", "ZZB", "ZZC")
FIRST = date(2017, 1, 3)
"""A year nobody else's bars are of."""
DAYS = [session_after(FIRST, n) for n in range(150)]
LAST, NEXT = DAYS[-1], session_after(DAYS[-1], 1)


def bars(ticker: str) -> list[DailyBarClosedV1]:
    """Of every day, and of the next."""
    moved = zip(trending(TICKERS.index(ticker), len(DAYS) + 1), [*DAYS, NEXT], strict=True)
    return [
        a_bar(
            ticker=ticker,
            date=day,
            change_pct=None,
            volume=bar.volume,
            previous_close=bar.previous_close,
            open=bar.open,
            **{name: bar.close for name in ("high", "low", "close", "adjusted_close")},
        )
        for bar, day in moved
    ]


def trained(tape: TapeRun, at: date) -> dict[str, Any]:
    answer = tape("train", "--at", f"{at}T23:00:00Z", "--json")
    assert answer.returncode == 0, answer.stderr
    found = json.loads(answer.stdout)
    assert isinstance(found, dict)
    return found


@pytest.fixture(scope="module")
def model(platform: Platform, tape: TapeRun) -> dict[str, Any]:
    """Trained on the days, and in force since the evening before the next."""
    table = FeaturesTable(platform.table("Features"))
    table.keep_bars([(bar, enveloped(bar)) for ticker in TICKERS for bar in bars(ticker)[:-1]])
    return trained(tape, LAST)


@pytest.fixture
def tap(platform: Platform) -> Iterator[Tap]:
    with platform.tap(["DirectionPredicted.v1"]) as tap:
        yield tap


def forecasts(tap: Tap, ticker: str) -> list[Envelope]:
    """One a horizon."""
    seen: list[Envelope] = []

    def all_told() -> bool:
        heard = (Envelope.model_validate(entry["detail"]) for entry in tap.listen())
        seen.extend(one for one in heard if one.data["ticker"] == ticker)
        return len(seen) >= 3

    eventually(all_told)
    return seen


def test_a_model_is_trained_at_a_word_and_comes_into_force(model: dict[str, Any]) -> None:
    assert model["in_force"]
    assert model["horizons"]["1"]["verdict"] == "edge"
    assert set(model["horizons"]) == {"1", "10", "21"}


def test_a_bar_leads_to_forecasts_with_that_model(
    model: dict[str, Any], platform: Platform, tap: Tap
) -> None:
    bar = platform.publish(bars("ZZA")[-1], key="zza", at=closes_at(NEXT))

    told = forecasts(tap, "ZZA")
    assert {(one.data["horizon"], one.data["date"]) for one in told} == {(n, str(NEXT)) for n in (1, 10, 21)}
    assert {one.causationid for one in told} == {bar.id}
    assert {one.data["model_version"] for one in told} == {model["version"]}


def test_a_shift_of_mood_leads_to_the_forecasts_still_missing(
    model: dict[str, Any], platform: Platform, tap: Tap
) -> None:
    unforecast = bars("ZZB")[-1]
    FeaturesTable(platform.table("Features")).keep_bars([(unforecast, enveloped(unforecast))])
    at = closes_at(NEXT) + timedelta(hours=3)
    shift = platform.publish(a_shift(ticker="ZZB", window_end=at), key="zzb", at=at)

    assert {(one.data["date"], one.causationid) for one in forecasts(tap, "ZZB")} == {(str(NEXT), shift.id)}


def test_one_flipped_byte_is_found_and_named(
    model: dict[str, Any], platform: Platform, tap: Tap, tape: TapeRun
) -> None:
    platform.publish(bars("ZZC")[-1], key="zzc", at=closes_at(NEXT))
    forecasts(tap, "ZZC")
    assert tape("verify-forecasts").returncode == 0
    table = platform.table("Forecasts")
    key = {"pk": "TICKER#ZZC#HORIZON#10", "sk": f"DATE#{NEXT}"}
    item = table.get_item(Key=key)["Item"]
    at = item["record"].index('"probability_up":"0.') + len('"probability_up":"0.')
    flipped = item["record"][:at] + chr(ord(item["record"][at]) ^ 1) + item["record"][at + 1 :]
    table.put_item(Item={**item, "record": flipped})
    try:
        found = tape("verify-forecasts", "--json")
    finally:
        table.put_item(Item=item)

    assert found.returncode == 1
    assert [(one["chain"], one["record"]) for one in json.loads(found.stdout)["broken"]] == [
        (key["pk"], str(NEXT))
    ]


def test_going_back_puts_the_model_before_in_force(model: dict[str, Any], tape: TapeRun) -> None:
    week = timedelta(days=7)
    assert trained(tape, LAST + week)["version"] != model["version"]
    answer = tape("train", "--rollback", "--at", f"{LAST + 2 * week}T23:00:00Z", "--json")

    assert answer.returncode == 0, answer.stderr
    assert json.loads(answer.stdout)["version"] == model["version"]
    again = tape("train", "--rollback", "--at", f"{LAST + 3 * week}T23:00:00Z")
    assert again.returncode == 2
    assert "no earlier model" in again.stderr
