"""How fast archives become posts, beside what only parses: `json.loads` a line and `csv.reader` a row.

    python -m benchmarks.archive [--megabytes N]

The rows are those of the recorded day, each with the other fields Reddit's dumps of 2021 have, written again
and again under other ids into one file a packing. Megabytes are those of the file unpacked. Times are the
process's own (CPU), the best of three; the peers read the same files and make no posts of what they read.
The last figure is the most memory Python held while it read the first tenth of the rows, and all of them.
"""

import argparse
import csv
import gc
import json
import time
import tracemalloc
from collections.abc import Callable, Iterable, Iterator
from functools import partial
from itertools import islice
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import zstandard

from services.ingestion.archive import opened, read_archive

RECORDED = Path(__file__).parents[1] / "tools" / "tape" / "recorded" / "posts.ndjson"
PACKINGS = {"ndjson": ".ndjson", "zst": ".ndjson.zst", "csv": ".csv"}


def _words(text: str) -> list[str]:
    return text.split()


_ABSENT = _words(
    """
    approved_at_utc approved_by author_flair_background_color author_flair_css_class author_flair_text
    banned_at_utc banned_by category distinguished link_flair_css_class link_flair_text media mod_note
    mod_reason_by mod_reason_title num_reports removal_reason removed_by report_reasons secure_media
    suggested_sort top_awarded_type view_count collapsed_reason comment_type associated_award
    """
)
_NO = _words(
    """
    archived author_patreon_flair author_premium can_gild can_mod_post clicked contest_mode hidden hide_score
    is_crosspostable is_meta is_original_content is_reddit_media_domain is_robot_indexable is_self is_video
    locked media_only no_follow over_18 pinned quarantine saved send_replies spoiler stickied visited
    score_hidden
    """
)
_EMPTY: dict[str, Any] = {
    name: []
    for name in ("all_awardings", "author_flair_richtext", "awarders", "mod_reports", "treatment_tags")
} | {name: {} for name in ("gildings", "media_embed", "secure_media_embed")}


def wide(row: dict[str, Any], number: int) -> dict[str, Any]:
    """The row under another id, with the fields we do not read."""
    own = f"{row['id']}{number:x}"
    return (
        dict.fromkeys(_ABSENT)
        | dict.fromkeys(_NO, False)
        | _EMPTY
        | {
            "author_fullname": "t2_2gb64af8",
            "subreddit_id": "t5_2th52",
            "retrieved_on": 1611662999,
            "edited": False,
        }
        | row
        | {"id": own, "name": f"{row['name'][:3]}{own}"}
    )


def rows() -> Iterator[dict[str, Any]]:
    recorded = [json.loads(line) for line in RECORDED.read_text(encoding="utf-8").splitlines()]
    number = 0
    while True:
        yield from (wide(row, number) for row in recorded)
        number += 1


def write(folder: Path, megabytes: int) -> dict[str, Path]:
    """One file a packing, all with the same rows."""
    wanted, size, taken = rows(), 0, list[dict[str, Any]]()
    for row in wanted:
        taken.append(row)
        size += len(json.dumps(row)) + 1
        if size > megabytes * 1e6:
            break
    lines = "".join(json.dumps(row) + "\n" for row in taken).encode()
    paths = {name: folder / f"RC_2021-01{suffix}" for name, suffix in PACKINGS.items()}
    paths["ndjson"].write_bytes(lines)
    paths["zst"].write_bytes(zstandard.compress(lines))
    columns = list(dict.fromkeys(name for row in taken[:400] for name in row))
    with paths["csv"].open("w", encoding="utf-8", newline="") as out:
        writer = csv.DictWriter(out, columns)
        writer.writeheader()
        writer.writerows(taken)
    return paths


def _count(of: Iterable[object]) -> int:
    return sum(1 for _ in of)


def ours(path: Path) -> int:
    return _count(read_archive(path))


def only_parsed(path: Path) -> int:
    with opened(path) as lines:
        return _count(csv.reader(lines)) - 1 if path.suffix == ".csv" else _count(map(json.loads, lines))


def fastest(work: Callable[[], int], rounds: int = 3) -> tuple[float, int]:
    """Seconds of the quickest round, and what the work found."""
    found, best = 0, float("inf")
    for _ in range(rounds):
        gc.collect()
        start = time.process_time()
        found = work()
        best = min(best, time.process_time() - start)
    return best, found


def held(path: Path, rows: int) -> float:
    """Megabytes at the highest while the first *rows* were read."""
    tracemalloc.start()
    _count(islice(read_archive(path), rows))
    highest = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    return highest / 1e6


def unpacked(path: Path) -> float:
    with opened(path) as lines:
        return sum(len(line.encode()) for line in lines) / 1e6


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__.partition("\n")[0] if __doc__ else None)
    options.add_argument("--megabytes", type=int, default=100)
    with TemporaryDirectory() as folder:
        paths = write(Path(folder), options.parse_args().megabytes)
        print(
            "              rows       MB   posts MB/s   parsed only MB/s   ratio   memory MB: tenth     all"
        )
        for name, path in paths.items():
            size = unpacked(path)
            seconds, found = fastest(partial(ours, path))
            peer, expected = fastest(partial(only_parsed, path))
            assert found == expected
            print(
                f"{name:10} {found:8,} {size:8.1f} {size / seconds:12.1f} {size / peer:18.1f} "
                f"{peer / seconds:7.2f} {held(path, found // 10):18.2f} {held(path, found):7.2f}"
            )


if __name__ == "__main__":
    main()
