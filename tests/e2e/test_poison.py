"""What cannot be read ends among the dead letters, with a reason, and hurts nobody else."""

import json
from pathlib import Path

import pytest

from tests.builders import a_post, enveloped
from tests.e2e.conftest import TapeRun
from tests.eventually import eventually
from tools.tape.platform import Platform


@pytest.fixture
def poison(platform: Platform) -> str:
    envelope = enveloped(a_post(post_id="reddit:t3_poison"))
    detail = envelope.as_detail() | {"data": {"post_id": "reddit:t3_poison", "score": "many"}}
    return json.dumps({"source": envelope.source, "detail-type": envelope.type, "detail": detail})


def test_a_message_nobody_can_read_is_dead_with_a_reason_a_person_understands(
    platform: Platform, poison: str, tape: TapeRun
) -> None:
    platform.send("sentiment-posts", poison)
    platform.publish(a_post(post_id="reddit:t3_beside"), key="beside", at=enveloped(a_post()).time)

    def dead() -> list[dict[str, str]]:
        letters: list[dict[str, str]] = json.loads(tape("dlq", "--json").stdout)
        return letters

    letters = eventually(dead, within=240, every=3)
    assert [letter["queue"] for letter in letters] == ["tickertape-sentiment-posts-dead"]
    assert "PostIngested.v1" in letters[0]["reason"]
    assert json.loads(letters[0]["body"]) == json.loads(poison)
    scored = {e.data["post_id"] for e in platform.journal() if e.type == "SentimentScored.v1"}
    assert "reddit:t3_beside" in scored
    platform.purge("sentiment-posts-dead")


def test_bad_lines_of_an_archive_are_named_by_number_and_the_rest_goes_on(
    platform: Platform, tape: TapeRun, tmp_path: Path
) -> None:
    good = {
        "id": "zzbad1",
        "name": "t1_zzbad1",
        "author": "someone",
        "subreddit": "stocks",
        "created_utc": 1611766800,
        "body": "GME to the moon",
        "link_id": "t3_zzz",
        "parent_id": "t3_zzz",
        "score": 3,
    }
    lines = [json.dumps(good), "{not json", json.dumps({**good, "id": None, "name": None})]
    lines += [
        json.dumps({**good, "id": "zzbad2", "created_utc": 0}),
        json.dumps({**good, "id": "zzbad3", "name": "t1_zzbad3"}),
    ]
    archive = tmp_path / "broken.ndjson"
    archive.write_text("\n".join(lines), encoding="utf-8")

    answer = tape("demo", "--posts", str(archive), "--json")

    assert answer.returncode == 0, answer.stderr
    told = {line["line"]: line["why"] for line in json.loads(answer.stdout)["skipped"]}
    assert {2, 3, 4} <= set(told)
    assert "impossible date" in told[4]
    posts = {e.data["post_id"] for e in platform.journal() if e.type == "PostIngested.v1"}
    assert {"reddit:t1_zzbad1", "reddit:t1_zzbad3"} <= posts
