"""The bucket's drawdowns when runs overlap: at every call of one, another is let through in full."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any
from uuid import uuid4

import boto3
import pytest
from moto import mock_aws

from services.market_data.drawdown_files import DrawdownFiles, ViewContended
from services.market_data.standings import Standing

TUESDAY, WEDNESDAY = date(2021, 2, 2), date(2021, 2, 3)
EVENING = datetime(2021, 2, 2, 23, 30, tzinfo=UTC)


def standing(symbol: str, day: date = TUESDAY, rank: int = 1) -> Standing:
    return Standing(
        day, symbol, 180, "close", None, rank, Decimal(90), Decimal(100), TUESDAY, -10.0, 0, 0, 1000
    )


class Store:
    """A bucket, and what can be seen in it."""

    def __init__(self, client: Any, bucket: str) -> None:
        client.create_bucket(Bucket=bucket)
        self.client, self.bucket, self.files = client, bucket, DrawdownFiles(client, bucket)

    def run(self, symbol: str, day: date, due: datetime) -> list[Standing]:
        """What a run does with its rows."""
        _, kept = self.files.keep("tracked", day, due, [standing(symbol, day)])
        self.files.refresh("tracked", day)
        return kept

    def view(self, name: str = "tracked_drawdown_results.csv") -> list[str]:
        found = self.client.get_object(Bucket=self.bucket, Key=f"views/tracked/{name}")
        return [row[:14] for row in found["Body"].read().decode().splitlines()[1:]]

    def parts(self) -> list[str]:
        return [key.rsplit("=", 1)[1] for key in self.objects() if key.endswith(".parquet")]

    def objects(self) -> dict[str, str]:
        found = self.client.list_objects_v2(Bucket=self.bucket).get("Contents", [])
        return {one["Key"]: one["ETag"] for one in found}

    @contextmanager
    def before_call(self, call: int, other: Callable[[], Any]) -> Iterator[None]:
        """Does *other* before the client's call of that number."""
        calls = 0

        def count(**_: Any) -> None:
            nonlocal calls
            calls += 1
            if calls == call:
                other()

        self.client.meta.events.register("before-call.s3", count)
        try:
            yield
        finally:
            self.client.meta.events.unregister("before-call.s3", count)


@pytest.fixture(scope="module")
def client() -> Iterator[Any]:
    with mock_aws():
        yield boto3.client("s3", region_name="us-east-1", aws_access_key_id="a", aws_secret_access_key="b")  # noqa: S106


@pytest.fixture
def store(client: Any) -> Store:
    return Store(client, f"bucket-{uuid4()}")


@pytest.mark.parametrize("call", range(1, 10))
def test_runs_of_two_days_at_once_lose_nothing(store: Store, call: int) -> None:
    with store.before_call(call, lambda: store.run("AMC", WEDNESDAY, EVENING + timedelta(days=1))):
        store.run("GME", TUESDAY, EVENING)
    assert store.parts() == ["2021-02-02/20210202T233000Z.parquet", "2021-02-03/20210203T233000Z.parquet"]
    assert store.view() == ["2021-02-02,GME", "2021-02-03,AMC"]
    assert store.view("daily_top_candidates.csv") == ["2021-02-03,AMC"]


@pytest.mark.parametrize("call", range(1, 10))
@pytest.mark.parametrize("later", [-1, 1])
def test_of_two_runs_of_a_day_at_once_both_are_kept_and_the_later_is_shown(
    store: Store, call: int, later: int
) -> None:
    with store.before_call(call, lambda: store.run("AMC", TUESDAY, EVENING + timedelta(hours=later))):
        store.run("GME", TUESDAY, EVENING)
    assert len(store.parts()) == 2
    shown = ["2021-02-02,AMC" if later > 0 else "2021-02-02,GME"]
    assert store.view() == store.view("daily_top_candidates.csv") == shown


@pytest.mark.parametrize("call", [1, 2])
def test_the_same_run_twice_at_once_gives_both_the_same_rows(store: Store, call: int) -> None:
    found = []
    with store.before_call(call, lambda: found.append(store.run("AMC", TUESDAY, EVENING))):
        found.append(store.run("GME", TUESDAY, EVENING))
    assert found[0] == found[1]
    assert len(store.parts()) == 1


def test_a_run_again_leaves_every_byte_as_it_was(store: Store) -> None:
    store.run("GME", TUESDAY, EVENING)
    before = store.objects()
    address, rows = store.files.keep("tracked", TUESDAY, EVENING, [standing("AMC")])
    store.files.refresh("tracked", TUESDAY)
    assert store.objects() == before
    assert store.files.read(address) == rows == [standing("GME")]


def test_a_view_that_others_always_write_first_is_left_to_the_queue(store: Store) -> None:
    store.run("GME", TUESDAY, EVENING)
    store.files.keep("tracked", TUESDAY, EVENING + timedelta(hours=1), [standing("AMC")])
    writes = 0

    def write(model: Any, params: Any, **_: Any) -> None:
        nonlocal writes
        if model.name == "PutObject" and "If-Match" in params["headers"]:
            writes += 1
            key = "views/tracked/tracked_drawdown_results.csv"
            store.client.put_object(Bucket=store.bucket, Key=key, Body=f"{writes}".encode())

    store.client.meta.events.register("before-call.s3", write)
    try:
        with pytest.raises(ViewContended, match="20 times"):
            store.files.refresh("tracked", TUESDAY)
    finally:
        store.client.meta.events.unregister("before-call.s3", write)
