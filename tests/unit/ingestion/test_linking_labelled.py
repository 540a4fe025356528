"""Posts of our own writing, labelled by what a reader takes them to be about, one part unseen by rules."""

import json
from collections import Counter
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from services.ingestion.linking import link
from services.ingestion.universe import load_universe

PARTS = {part: Path(__file__).with_name(f"{part}_posts.jsonl") for part in ("labelled", "held_out")}
UNIVERSE = load_universe()


def rows(part: str) -> list[dict[str, Any]]:
    return [json.loads(line) for line in PARTS[part].read_text(encoding="utf-8").splitlines()]


@pytest.mark.parametrize("part", PARTS)
def test_nearly_all_that_is_linked_is_meant_and_nearly_all_that_is_meant_is_linked(part: str) -> None:
    told: Counter[str] = Counter()
    for row in rows(part):
        day = date.fromisoformat(row["created_at"][:10]) if "created_at" in row else None
        found = {one.symbol for one in link(row["title"], row["text"], UNIVERSE, day)}
        meant = set(row["symbols"])
        told.update(both=len(found & meant), found=len(found), meant=len(meant))
    assert told["both"] / told["found"] >= 0.95
    assert told["both"] / told["meant"] >= 0.90


def test_the_posts_are_many_and_both_parts_have_every_trap() -> None:
    labelled, held_out = (Counter(row["trap"] for row in rows(part)) for part in PARTS)
    assert labelled.total() + held_out.total() >= 500
    assert labelled.keys() == held_out.keys()


def test_no_held_out_post_is_among_those_rules_were_made_by() -> None:
    seen = {row["text"].lower() for row in rows("labelled")}
    assert not [row["id"] for row in rows("held_out") if row["text"].lower() in seen]
