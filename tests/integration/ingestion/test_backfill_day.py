"""BackfillDay and ReportDay through their real handlers: from an archive to parts and a report."""

import gzip
import json
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any

import duckdb
import pytest
import zstandard

from contracts.events.arrivals import ObjectLanded
from services.ingestion.archive import ColumnsMissing
from services.ingestion.backfills import BackfillsTable
from services.ingestion.completeness import DayReport
from services.ingestion.parts import RawParts
from tests.bench import Bench, BusDown

ROOT = Path(__file__).parents[3]
RUN, DAY = "0123456789ab", "2021-01-27"
MIDNIGHT = 1611705600
ARCHIVE = "archives/c0ffee/RC_2021-01.ndjson"


def a_row(number: int, at: int = MIDNIGHT, **more: Any) -> dict[str, Any]:
    words = f"GME goes up for the {number}th time today, they say at work"
    return {"id": f"a{number}", "subreddit": "stocks", "body": words, "created_utc": at, **more}


ROWS = [a_row(n, MIDNIGHT + n) for n in range(520)]
GONE = {**ROWS[7], "body": "[removed]"}


@pytest.fixture(name="bench")
def running() -> Iterator[Bench]:
    with Bench("ingestion", "backfill_day") as bench:
        yield bench


def hand_in(bench: Bench, *rows: Any, key: str = ARCHIVE) -> None:
    lines = [row if isinstance(row, str) else json.dumps(row) for row in rows]
    body = ("\n".join(lines) + "\n").encode()
    if key.endswith(".gz"):
        body = gzip.compress(body)
    if key.endswith(".zst"):
        body = zstandard.compress(body)
    bench.bucket().put_object(Key=key, Body=body)


def asked(day: str = DAY, *archives: str) -> dict[str, Any]:
    first, last = "2021-01-26", "2021-01-28"
    return {"run": RUN, "archives": archives or (ARCHIVE,), "first": first, "last": last, "day": day}


def objects(bench: Bench, prefix: str = "raw/") -> dict[str, bytes]:
    return {o.key: o.get()["Body"].read() for o in bench.bucket().objects.filter(Prefix=prefix)}


def written(bench: Bench) -> list[tuple[str, str]]:
    """Every time a part was written: each is a landing."""
    versions = bench.bucket().meta.client.list_object_versions(Bucket=bench.bucket().name, Prefix="raw/")
    return sorted((found["Key"], found["VersionId"]) for found in versions["Versions"])


def reported(bench: Bench) -> DayReport:
    return BackfillsTable(bench.table("Backfills")).report(RUN, date.fromisoformat(DAY))


def test_a_days_rows_land_below_their_source_and_day_as_they_stand(bench: Bench) -> None:
    hand_in(bench, a_row(900, MIDNIGHT - 1), *ROWS, "{", a_row(901, MIDNIGHT + 86400))
    bench.call(asked())

    landed = objects(bench)
    assert [key.rpartition("-")[0] for key in landed] == [
        f"raw/source=archive/dt={DAY}/RC_2021-01-000001",
        f"raw/source=archive/dt={DAY}/RC_2021-01-000002",
    ]
    assert b"".join(landed.values()).decode().splitlines() == [json.dumps(row) for row in ROWS]
    report = reported(bench)
    assert (report.rows, report.written, report.why) == (521, 520, {"not JSON": 1})


@pytest.mark.parametrize("suffix", [".ndjson.gz", ".ndjson.zst"])
def test_the_same_rows_make_the_same_parts_whatever_they_were_packed_in(bench: Bench, suffix: str) -> None:
    hand_in(bench, *ROWS)
    bench.call(asked())
    before = objects(bench)

    packed = f"archives/bada55/RC_2021-01{suffix}"
    hand_in(bench, *ROWS, key=packed)
    bench.call(asked(DAY, packed))
    assert objects(bench) == before


def test_a_second_run_puts_nothing(bench: Bench) -> None:
    bench.bucket().Versioning().enable()
    hand_in(bench, *ROWS)
    first = bench.call(asked())
    before, dump = written(bench), bench.dump()
    assert bench.call(asked()) == first
    assert (written(bench), bench.dump()) == (before, dump)


def test_what_was_taken_out_of_a_part_is_not_put_in_again(bench: Bench) -> None:
    hand_in(bench, *ROWS[:3])
    bench.call(asked())
    ((key, _),) = objects(bench).items()
    RawParts(bench.bucket()).scrub(key, {"reddit:t1_a1": "deleted"})
    left = objects(bench)

    bench.call(asked())
    assert objects(bench) == left
    assert [name for name in left if name == key] == []


def test_after_a_crash_between_two_parts_only_what_is_missing_is_added(bench: Bench) -> None:
    hand_in(bench, *ROWS)
    bench.call(asked())
    whole = objects(bench)
    bench.bucket().Object(max(whole)).delete()

    bench.call(asked())
    assert objects(bench) == whole


def test_after_a_crash_before_the_report_a_repeat_reports(bench: Bench) -> None:
    hand_in(bench, *ROWS)
    with bench.refuse("PutItem"), pytest.raises(BusDown):
        bench.call(asked())
    bench.call(asked())
    assert reported(bench).written == len(ROWS)


def test_a_table_becomes_rows_of_the_same_kind(bench: Bench) -> None:
    table = f"id,title,created_utc\nx1,GME,{MIDNIGHT}\nx2,AMC,soon\nx3,BB,{MIDNIGHT + 1}"
    hand_in(bench, table, key="archives/c0ffee/posts.csv")
    bench.call(asked(DAY, "archives/c0ffee/posts.csv"))
    ((_, body),) = objects(bench).items()
    assert [json.loads(line)["id"] for line in body.splitlines()] == ["x1", "x3"]
    assert reported(bench).why == {"not a date": 1}


def test_a_table_without_posts_is_refused(bench: Bench) -> None:
    hand_in(bench, "date,close\n2021-01-27,347.51", key="archives/c0ffee/bars.csv")
    with pytest.raises(ColumnsMissing, match="it lacks id"):
        bench.call(asked(DAY, "archives/c0ffee/bars.csv"))
    assert objects(bench) == {}


def test_what_was_put_in_links_and_the_report_says_so() -> None:
    with Bench("ingestion", "backfill_day") as bench:
        hand_in(bench, *ROWS[:20], ROWS[3], GONE)
        looked = bench.call(asked())
        archive, parts = objects(bench, ""), list(objects(bench))
    with Bench("ingestion", "link_posts") as bench:
        landed = [ObjectLanded(bucket=bench.bucket().name, key=key) for key in parts]
        for key, body in archive.items():
            bench.bucket().put_object(Key=key, Body=body)
        assert bench.deliver(*landed) == []
        said = [envelope.type for envelope in bench.announced()]
        linked = bench.dump()
        assert bench.deliver(*landed) == []
        assert bench.dump() == linked
        rows = list(bench.table("Backfills").scan()["Items"])
    assert said.count("PostIngested.v1") == 19

    with Bench("ingestion", "report_day") as bench:
        for key, body in archive.items():
            bench.bucket().put_object(Key=key, Body=body)
        table = BackfillsTable(bench.table("Backfills"))
        told = json.loads(archive[f"backfills/run={RUN}/dt={DAY}.json"])
        kept = {name: value for name, value in told.items() if name in DayReport.model_fields}
        table.keep(DayReport.model_validate(kept))
        assert bench.call(looked)["over"] is False
        for row in rows:
            bench.table("Backfills").put_item(Item=row)
        assert bench.call(looked)["over"] is True
        (report,) = table.reports(RUN)
        held = json.loads(objects(bench, "backfills/")[f"backfills/run={RUN}/dt={DAY}.json"])
    assert (report.rows, report.written) == (22, 22)
    assert (report.linked, report.new, report.removed) == (20, 19, 1)
    assert (held["complete"], held["linked"], held["part_keys"]) == (True, 20, parts)


def test_the_parts_are_the_table_athena_is_told_of(bench: Bench, tmp_path: Path) -> None:
    """The definition's own columns and places, asked through DuckDB, which reads the same layout."""
    hand_in(bench, *ROWS, a_row(900, MIDNIGHT + 86400))
    for day in (DAY, "2021-01-28"):
        bench.call(asked(day))
    for key, body in objects(bench).items():
        (tmp_path / key).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / key).write_bytes(body)
    definition = (ROOT / "infra" / "athena.sql").read_text(encoding="utf-8")
    head, _, rest = definition.partition("PARTITIONED BY")
    columns = [line.split()[0] for line in head.splitlines() if line.startswith("  ")]
    assert "'storage.location.template' = 's3://RAW_BUCKET/raw/source=${source}/dt=${dt}'" in rest

    read = duckdb.read_json(
        f"{tmp_path}/raw/source=*/dt=*/*.ndjson",
        columns=dict.fromkeys(columns, "VARCHAR"),
        hive_partitioning=True,
    )
    counted = read.aggregate("source, dt, count(*), count(body)").order("dt")
    assert [(source, str(day), *counts) for source, day, *counts in counted.fetchall()] == [
        ("archive", DAY, 520, 520),
        ("archive", "2021-01-28", 1, 1),
    ]
