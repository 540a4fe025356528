"""A post is read, scored and told of; then it is removed where it came from, and no word of it is left."""

import json
from datetime import UTC, datetime

from tests.e2e.conftest import TapeRun
from tests.eventually import eventually
from tools.tape.platform import Platform

AT = datetime(2020, 5, 4, 15, tzinfo=UTC)
"""A Monday nobody else here writes on."""
WORDS = "my grandmother's cupboard is full of GameStop receipts"
AUTHOR = "forgetmenot_4711"
POST = {
    "id": "fgt1",
    "name": "t3_fgt1",
    "author": AUTHOR,
    "subreddit": "stocks",
    "created_utc": int(AT.timestamp()),
    "title": "GME and the cupboard",
    "selftext": f"Nobody believes me, but {WORDS} and GME is going up.",
}


def _land(platform: Platform, name: str, row: dict[str, object]) -> None:
    key = f"raw/source=archive/dt=2020-05-04/{name}.ndjson"
    platform.upload("ingestion", key, json.dumps(row).encode() + b"\n", {"first-line": "1", "origin": name})


def _places(tape: TapeRun, text: str) -> list[str]:
    answer = tape("holds", text, "--json")
    assert answer.returncode == 0, answer.stderr
    return [f"{place['kind']} {place['name']}" for place in json.loads(answer.stdout)]


def test_a_removed_post_is_forgotten_everywhere(platform: Platform, tape: TapeRun) -> None:
    _land(platform, "forget-said", POST)
    eventually(lambda: "table Journal" in _places(tape, WORDS), within=120)
    platform.settle()
    raw = f"object {platform.bucket('ingestion')}"
    assert {raw, "table Journal", "table Scores"} <= set(_places(tape, WORDS))
    assert set(_places(tape, AUTHOR)) == {raw}

    _land(platform, "forget-gone", POST | {"title": "", "selftext": "[deleted]", "author": "[deleted]"})
    eventually(lambda: not _places(tape, WORDS), within=120)
    platform.settle()
    assert _places(tape, WORDS) == []
    assert _places(tape, AUTHOR) == []
    assert "table Posts" in _places(tape, "reddit:t3_fgt1"), "that it was there is remembered"

    _land(platform, "forget-late", POST)
    eventually(lambda: "PostRemoved.v1" in {e.type for e in platform.journal() if "t3_fgt1" in e.subject})
    platform.settle()
    assert _places(tape, WORDS) == [], "nor does an older copy bring it back"
