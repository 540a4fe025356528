"""Posts that were scored are scored again by the lexicon: from the command to the report and the event."""

import json
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from tests.builders import a_post
from tests.e2e.conftest import TapeRun
from tests.eventually import eventually
from tools.tape.platform import Platform

MORNING = datetime(2021, 3, 2, 9, 0, tzinfo=UTC)
"""A day nobody else's posts are of."""
SPAN = ("--since", "2021-03-02T09:00:00Z", "--until", "2021-03-02T10:00:00Z")
SAID = [
    "I am very happy with GME.",
    "GME is terrible, I lost it all.",
    "Diamond hands, GME to the moon!",
    "Bagholding GME again.",
]


@pytest.fixture(scope="module")
def scored(platform: Platform) -> int:
    """How many posts were scored."""
    ids = {f"reddit:t1_again{number}": SAID[number % len(SAID)] for number in range(36)}
    for number, (post_id, said) in enumerate(ids.items()):
        at = MORNING + timedelta(minutes=number)
        post = a_post(
            post_id=post_id,
            title="",
            text=said,
            kind="comment",
            created_at=at,
            author=f"author-{number}",
            cluster=None,
            tickers=[
                {
                    "ticker": "GME",
                    "confidence": "0.9",
                    "start": said.index("GME"),
                    "end": said.index("GME") + 3,
                    "how": "symbol",
                }
            ],
        )
        platform.publish(post, key=post_id, at=at)
    eventually(lambda: len(_rows(platform)) == len(ids), within=120, every=1)
    return len(ids)


def _rows(platform: Platform) -> list[dict[str, Any]]:
    return [row for row in platform.rows("Scores") if row["pk"] == "TICKER#GME#2021-03-02"]


def _told(platform: Platform) -> list[Any]:
    return [e for e in platform.journal() if e.type == "RescoreCompleted.v1"]


def test_a_day_is_scored_again_reported_announced_and_called_again_without_a_change(
    platform: Platform, tape: TapeRun, scored: int
) -> None:
    first = tape("rescore", *SPAN, "--model", "lexicon", "--json")
    assert first.returncode == 0, first.stderr
    found = json.loads(first.stdout)
    assert (found["items"], found["posts"], found["rescored"]) == (scored, scored, scored)
    assert (found["model"], found["shards"], found["adopted"]) == ("vader", 1, False)
    assert found["changed"] > 0

    bucket, key = found["report"].removeprefix("s3://").split("/", 1)
    s3 = platform.target.client("s3")
    summary = json.loads(s3.get_object(Bucket=bucket, Key=key)["Body"].read())
    assert {name: summary[name] for name in ("run", "rescored", "changed", "mean_shift")} == {
        name: found[name] for name in ("run", "rescored", "changed", "mean_shift")
    }
    changes = s3.get_object(Bucket=bucket, Key=key.replace("summary.json", "changes.jsonl"))["Body"].read()
    assert len(changes.splitlines()) == found["changed"]
    assert len(_rows(platform)) == 2 * scored

    (told,) = eventually(lambda: _told(platform))
    assert (told.data["run"], told.data["report"]) == (found["run"], found["report"])
    assert told.data["changed"] == found["changed"]

    rows = _rows(platform)
    with platform.tap(["RescoreCompleted.v1"]) as tap:
        again = tape("rescore", *SPAN, "--model", "lexicon", "--json")
        (repeat,) = eventually(tap.listen)
    assert json.loads(again.stdout) == found
    assert repeat["detail"] == told.as_detail()
    assert (_told(platform), _rows(platform)) == ([told], rows)


def test_new_scores_come_into_force_when_that_is_asked_for(tape: TapeRun, scored: int) -> None:
    adopted = tape("rescore", *SPAN, "--model", "lexicon", "--adopt")
    assert adopted.returncode == 0, adopted.stderr
    assert f"{scored} of {scored} scores read again by vader" in adopted.stdout
    assert "--adopt" not in adopted.stdout


@pytest.mark.parametrize(
    ("options", "named"),
    [
        (("--since", "2021-03-02T09:00:00Z", "--until", "2021-03-02T09:00:00Z"), "--since"),
        (("--since", "2021-03-02T09:00:00"), "time zone"),
        (("--since", "Tuesday"), "no moment"),
        ((*SPAN, "--model", "finbert"), "packaged, lexicon"),
    ],
)
def test_bad_input_is_one_line_with_the_remedy(
    platform: Platform, tape: TapeRun, options: tuple[str, ...], named: str
) -> None:
    answer = tape("rescore", *options)
    assert (answer.returncode, answer.stdout) == (2, "")
    assert named in answer.stderr
    assert len(answer.stderr.splitlines()) == 1


def test_the_model_in_use_is_told_and_reads_again_unless_another_is_named(tape: TapeRun, scored: int) -> None:
    assert "packaged  in use" in tape("model", "list").stdout
    again = tape("rescore", *SPAN, "--json")
    assert again.returncode == 0, again.stderr
    found = json.loads(again.stdout)
    assert (found["rescored"], found["model"]) == (scored, "minilm-l6-int8-money")
