import csv
import gzip
import io
import json
import tracemalloc
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import zstandard

from services.ingestion.archive import LONGEST, BadLine, ColumnsMissing, read_archive
from services.ingestion.linking import link
from services.ingestion.reading import RawPost, Setting
from services.ingestion.universe import load_universe

POSTS = Path(__file__).parents[4] / "shared" / "data" / "posts"

Pack = Callable[[bytes], bytes]
PACKINGS: list[tuple[str, Pack]] = [("", bytes), (".gz", gzip.compress), (".zst", zstandard.compress)]


def a_row(number: int = 0, **changes: Any) -> dict[str, Any]:
    row = {"id": f"l{number:05d}", "title": f"GME {number}", "selftext": "", "subreddit": "stocks"}
    return row | {"created_utc": 1611532800 + number} | changes


def ndjson(*rows: object) -> bytes:
    return "".join(f"{row if isinstance(row, str) else json.dumps(row)}\n" for row in rows).encode()


def table(*rows: dict[str, Any]) -> bytes:
    out = io.StringIO()
    writer = csv.DictWriter(out, list(rows[0]))
    writer.writeheader()
    writer.writerows(rows)
    return out.getvalue().encode()


def written(folder: Path, name: str, content: bytes) -> Path:
    path = folder / name
    path.write_bytes(content)
    return path


def ids(path: Path) -> list[str]:
    return [found.id for found in read_archive(path) if isinstance(found, RawPost)]


def bad(path: Path) -> list[BadLine]:
    return [found for found in read_archive(path) if isinstance(found, BadLine)]


@pytest.mark.parametrize(("suffix", "pack"), PACKINGS)
@pytest.mark.parametrize(("name", "content"), [("RS_2021-01.ndjson", ndjson), ("posts.csv", table)])
def test_the_same_posts_come_out_of_every_packing(
    tmp_path: Path, suffix: str, pack: Pack, name: str, content: Callable[..., bytes]
) -> None:
    rows = [a_row(number, selftext="moon 🚀, “up”\nand away") for number in range(50)]
    path = written(tmp_path, name + suffix, pack(content(*rows)))
    found = list(read_archive(path))
    assert [post.id for post in found if isinstance(post, RawPost)] == [
        f"reddit:t3_{row['id']}" for row in rows
    ]
    assert {post.text for post in found if isinstance(post, RawPost)} == {"moon 🚀, “up”\nand away"}


def test_dumps_with_windows_beyond_the_usual_are_read(tmp_path: Path) -> None:
    wide = zstandard.ZstdCompressionParameters(window_log=28, strategy=1, hash_log=12, chain_log=12)
    packer = zstandard.ZstdCompressor(compression_params=wide).compressobj()
    content = packer.compress(ndjson(a_row())) + packer.flush()
    assert ids(written(tmp_path, "RS_2021-01.zst", content)) == ["reddit:t3_l00000"]


def test_an_archive_of_several_frames_is_read_to_its_end(tmp_path: Path) -> None:
    content = zstandard.compress(ndjson(a_row(1))) + zstandard.compress(ndjson(a_row(2)))
    assert len(ids(written(tmp_path, "RS_2021-01.zst", content))) == 2


def test_broken_lines_are_told_by_number_and_reason_and_the_rest_is_read(tmp_path: Path) -> None:
    path = written(
        tmp_path,
        "posts.ndjson",
        ndjson(
            a_row(1),
            '{"id": "l00002", "title',
            "[1, 2]",
            a_row(4, id=None),
            "",
            a_row(6, created_utc=0),
            a_row(7, created_utc=-5),
            a_row(8, created_utc="yesterday"),
            a_row(9, created_utc=99999999999),
            "[" * 100_000,
            a_row(11),
        ),
    )
    assert bad(path) == [
        BadLine(2, "not JSON"),
        BadLine(3, "not an object"),
        BadLine(4, "no id"),
        BadLine(6, "impossible date: '0'"),
        BadLine(7, "impossible date: '-5'"),
        BadLine(8, "not a date: 'yesterday'"),
        BadLine(9, "impossible date: '99999999999'"),
        BadLine(10, "not JSON"),
    ]
    assert ids(path) == ["reddit:t3_l00001", "reddit:t3_l00011"]


def test_a_row_of_a_table_with_other_columns_is_told_by_the_line_it_begins_on(tmp_path: Path) -> None:
    content = (
        'id,title,date\nl1,"two\nlines",1611532800\nl2,short\nl3,a,1611532800,long\nl4,good,1611532800\n'
    )
    path = written(tmp_path, "posts.csv", content.encode())
    assert bad(path) == [BadLine(4, "2 columns, not 3"), BadLine(5, "4 columns, not 3")]
    assert ids(path) == ["reddit:t3_l1", "reddit:t3_l4"]


@pytest.mark.parametrize(("name", "content"), [("posts.ndjson", ndjson), ("posts.csv", table)])
def test_windows_line_ends_and_a_byte_order_mark_change_nothing(
    tmp_path: Path, name: str, content: Callable[..., bytes]
) -> None:
    unix = content(a_row(1), a_row(2)).replace(b"\r\n", b"\n")
    path = written(tmp_path, name, b"\xef\xbb\xbf" + unix.replace(b"\n", b"\r\n"))
    assert list(read_archive(path)) == list(read_archive(written(tmp_path, f"unix-{name}", unix)))
    assert len(ids(path)) == 2


def test_line_separators_inside_a_text_end_no_line(tmp_path: Path) -> None:
    row = json.dumps(a_row(selftext="one\u2028two\x85three"), ensure_ascii=False)
    assert bad(written(tmp_path, "posts.ndjson", ndjson(row))) == []


@pytest.mark.parametrize(("name", "content"), [("posts.ndjson", ndjson), ("posts.csv", table)])
def test_a_body_of_forty_thousand_characters_is_read_and_cut(
    tmp_path: Path, name: str, content: Callable[..., bytes]
) -> None:
    (found,) = read_archive(written(tmp_path, name, content(a_row(selftext="🚀" * 40_000))))
    assert isinstance(found, RawPost)
    assert found.text == "🚀" * 8_000


def test_bytes_that_are_no_utf8_cost_a_character_and_not_the_line(tmp_path: Path) -> None:
    (found,) = read_archive(written(tmp_path, "posts.csv", b"id,title,date\nl1,caf\xe9,1611532800\n"))
    assert isinstance(found, RawPost)
    assert found.title == "caf\ufffd"


@pytest.mark.parametrize(("suffix", "pack"), PACKINGS[1:])
def test_an_archive_cut_short_gives_what_it_has(tmp_path: Path, suffix: str, pack: Pack) -> None:
    rows = [a_row(number, selftext=f"{number * 7919:x}" * 40) for number in range(5_000)]
    whole = pack(ndjson(*rows))
    found = list(read_archive(written(tmp_path, f"posts.ndjson{suffix}", whole[: len(whole) // 2])))
    assert len(found) > 100
    assert isinstance(found[0], RawPost)
    assert isinstance(found[-1], BadLine)


def test_a_file_that_is_no_archive_is_one_bad_line(tmp_path: Path) -> None:
    for suffix in (".gz", ".zst"):
        (found,) = read_archive(written(tmp_path, f"posts.ndjson{suffix}", b"this is no archive at all"))
        assert isinstance(found, BadLine)
        assert found.reason.startswith("archive damaged")


def test_an_endless_line_is_passed_over(tmp_path: Path) -> None:
    path = written(tmp_path, "posts.ndjson", ndjson("x" * (2 * LONGEST + 5), a_row(2)))
    assert next(read_archive(path)) == BadLine(1, "line too long")
    assert ids(path) == ["reddit:t3_l00002"]


def test_a_longer_archive_takes_no_more_memory(tmp_path: Path) -> None:
    def peak(rows: int) -> int:
        packer = zstandard.ZstdCompressor().compressobj()
        body = "moon " * 400
        packed = [packer.compress(ndjson(a_row(number, selftext=body))) for number in range(rows)]
        path = written(tmp_path, "RS_2021-01.zst", b"".join([*packed, packer.flush()]))
        del packed
        tracemalloc.start()
        try:
            assert sum(1 for _ in read_archive(path)) == rows
            return tracemalloc.get_traced_memory()[1]
        finally:
            tracemalloc.stop()

    # 4,000 rows more are 8 MB more to read.
    assert peak(5_000) < peak(1_000) + 1_000_000


@pytest.mark.parametrize(
    ("header", "lacks"),
    [
        ("symbol,date,open,close", "id, title or selftext or body or text"),
        ("id,title,score", "created_utc or created or date"),
        ("id,created_utc,score", "title or selftext or body or text"),
        ("", "id, created_utc or created or date, title or selftext or body or text"),
    ],
)
def test_a_table_of_something_else_is_refused_by_its_missing_columns(
    tmp_path: Path, header: str, lacks: str
) -> None:
    with pytest.raises(ColumnsMissing, match=f"it lacks {lacks};"):
        list(read_archive(written(tmp_path, "table.csv", f"{header}\n1,2,3\n".encode())))


def test_a_file_named_for_its_days_dates_its_rows(tmp_path: Path) -> None:
    name = "2021-01-25_2021-01-26_GME_submission.csv"
    path = written(tmp_path, name, b",id,title,num_comments,text,link,subreddit\n0,l4h7fl,GME,1,,,stocks\n")
    (found,) = read_archive(path)
    assert isinstance(found, RawPost)
    assert found.created_at.date().isoformat() in ("2021-01-25", "2021-01-26")


@pytest.mark.parametrize("days", ["2021-01-26_2021-01-25", "2021-13-01_2021-13-02"])
def test_a_name_that_only_looks_like_days_dates_nothing(tmp_path: Path, days: str) -> None:
    with pytest.raises(ColumnsMissing, match="created_utc"):
        list(read_archive(written(tmp_path, f"{days}_GME.csv", b"id,title\nl4h7fl,GME\n")))


def test_a_community_that_rows_do_not_name_is_the_settings(tmp_path: Path) -> None:
    path = written(tmp_path, "posts.csv", b"id,text,parent_id,date\ngl1,hold,l4h7fl,1611532800\n")
    (found,) = read_archive(path, Setting(community="wallstreetbets"))
    assert isinstance(found, RawPost)
    assert found.community == "wallstreetbets"


@pytest.mark.skipif(not POSTS.exists(), reason="the recorded posts are not on this machine")
def test_the_week_of_gamestop_is_read_whole_and_is_about_gamestop() -> None:
    universe = load_universe()
    rows = [row for path in sorted((POSTS / "gme_2021_01").glob("*.csv")) for row in read_archive(path)]
    posts = {row.id: row for row in rows if isinstance(row, RawPost)}
    assert len(rows) == 8_003
    assert not [row for row in rows if isinstance(row, BadLine)]
    assert {post.created_at.date().isoformat() for post in posts.values()} >= {"2021-01-18", "2021-02-02"}
    mentions = Counter(
        found.symbol for post in posts.values() for found in link(post.title, post.text, universe)
    )
    assert mentions.most_common(1)[0][0] == "GME"
    assert mentions["GME"] > 10 * mentions["TSLA"]
    assert not mentions.keys() & {"YOLO", "DD", "ALL", "ON", "IT", "YOU", "FOR", "ARE", "CAN", "GO"}


@pytest.mark.skipif(not POSTS.exists(), reason="the recorded posts are not on this machine")
@pytest.mark.parametrize(
    ("file", "rows"),
    [
        ("wsb_comments_2021/wsb_io.csv", 2_100),
        ("wsb_comments_2021/wallstreetbets.csv", 1_300),
        ("wsb_comments_2021/wallstreetbets_big.csv", 4_100),
        ("wsb_native_2019_2020/wsb_posts.csv", 1_004),
        ("wsb_2024_07/reddit_wsb.csv", 530),
    ],
)
def test_every_dialect_on_record_is_read(file: str, rows: int) -> None:
    assert sum(isinstance(row, RawPost) for row in read_archive(POSTS / file)) == rows
