"""A language model overrides unsure scores, through the real handlers and within its budget."""

import json
from collections.abc import Iterator
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from typer.testing import CliRunner

from contracts.events.sentiment import RescoreCompletedV1
from services.sentiment.keeping import Score, Version
from services.sentiment.runs import RunsTable
from services.sentiment.scores import ScoresTable
from tests.bench import Bench
from tests.builders import NOON
from tests.integration.sentiment.converse_stand_in import MODEL, StandIn, fault, said, stand_in, verdict
from tests.integration.sentiment.test_rescore import a_kept_score, plan, shards, use
from tools.tape.cli import app

HOUR = timedelta(hours=1)
RUN = f"20210127T170000Z-20210127T180000Z-{MODEL}@prompt-1"


@pytest.fixture(name="bedrock")
def running() -> Iterator[StandIn]:
    with stand_in() as found:
        yield found


def opened(bedrock: StandIn, **settings: str) -> Bench:
    configured = {"LLM_MODEL": MODEL, "LLM_READ_PRICE": "1", "LLM_WRITE_PRICE": "5"}
    address = {"AWS_ENDPOINT_URL_BEDROCK_RUNTIME": bedrock.url, "SHARD_ITEMS": "10"}
    return Bench("sentiment", "plan_rescore", **configured | address | settings)


def posts(bench: Bench, *polarities: str) -> None:
    """Posts of one a minute from noon on, with the score a model gave them."""
    for number, polarity in enumerate(polarities):
        at, post_id = NOON + timedelta(minutes=number), f"reddit:p{number}"
        version = Version(post_id, at, "1", ("GME",), f"GME, number {number}.", (("GME", 0, 3),))
        score = a_kept_score(post_id, posted_at=at, polarity=Decimal(polarity), label="neutral")
        ScoresTable(bench.table("Scores")).keep([version], [score])


def overridden(bench: Bench, **wish: Any) -> list[int]:
    """Which of the shards failed."""
    planned = plan(bench, model="llm", **wish)
    use(bench, "rescore_shard")
    return [number for number, shard in enumerate(shards(bench, planned)) if bench.deliver(shard)]


def summary(bench: Bench) -> dict[str, Any]:
    body = bench.bucket("Rescores").Object(f"rescored/{RUN}/summary.json").get()["Body"].read()
    found: dict[str, Any] = json.loads(body)
    return found


def kept(bench: Bench) -> list[Score]:
    return ScoresTable(bench.table("Scores")).between("GME", NOON, NOON + HOUR)


def test_unsure_scores_are_overridden_and_the_old_ones_kept(bedrock: StandIn) -> None:
    with opened(bedrock) as bench:
        posts(bench, "0.100", "0.900", "-0.200")
        bedrock.answers = [verdict(5, 5, 90), verdict(30, 40, 30)]
        assert overridden(bench) == []
        found = summary(bench)
        assert (found["rescored"], found["changed"], found["model"]) == (1, 1, MODEL)
        assert found["withheld_because"] == {"not sure enough": 1, "the first score is sure": 1}
        assert (found["tokens"], Decimal(found["dollars"]), found["over_budget"]) == (
            1520,
            2 * Decimal("0.001"),
            0,
        )
        assert [score.method for score in kept(bench)] == ["model"] * 3
        rows = [row for row in bench.table("Scores").scan()["Items"] if row.get("method") == "override"]
        assert [(row["polarity"], row["model"]) for row in rows] == [(Decimal("0.850"), MODEL)]


def test_adopted_overrides_are_in_force_and_the_run_is_announced(bedrock: StandIn) -> None:
    with opened(bedrock) as bench:
        posts(bench, "0.100", "0.900")
        overridden(bench, adopt=True)
        use(bench, "complete_rescore")
        key = f"rescored/{RUN}/summary.json".replace(":", "%3A").replace("@", "%40")
        landed = {"bucket": {"name": bench.bucket("Rescores").name}, "object": {"key": key}}
        assert bench.deliver(json.dumps({"Records": [{"eventSource": "aws:s3", "s3": landed}]})) == []
        (envelope,) = bench.announced()
        told = RescoreCompletedV1.read(envelope.data)
        assert (told.model, told.model_version, told.rescored, told.withheld) == (MODEL, "prompt-1", 1, 1)
        assert [score.method for score in kept(bench)] == ["override", "model"]


def test_past_its_budget_a_run_stops_asking_and_says_so(bedrock: StandIn) -> None:
    with opened(bedrock, LLM_TOKENS="6000") as bench:
        posts(bench, *["0.100"] * 25)
        assert overridden(bench) == []
        found = summary(bench)
        assert 0 < len(bedrock.asked) < 25
        assert found["rescored"] == len(bedrock.asked)
        assert found["over_budget"] == found["withheld_because"]["over budget"] == 25 - len(bedrock.asked)
        assert found["tokens"] == 760 * len(bedrock.asked) <= 6000


def test_answers_outside_the_schema_override_nothing(bedrock: StandIn) -> None:
    with opened(bedrock) as bench:
        posts(bench, "0.100", "0.100")
        bedrock.answers = [said({"text": "positive!"}, stop="end_turn"), said(stop="max_tokens")]
        assert overridden(bench) == []
        assert summary(bench)["withheld_because"] == {"cut short": 1, "outside the schema": 1}
        assert [score.polarity for score in kept(bench)] == [Decimal("0.100")] * 2


def test_while_the_service_is_down_the_shard_waits_and_then_goes_on(bedrock: StandIn) -> None:
    with opened(bedrock) as bench:
        posts(bench, *["0.100"] * 4)
        bedrock.answers = [fault(503, "ServiceUnavailableException")]
        assert overridden(bench) == [0]
        assert RunsTable(bench.table("Runs")).outcomes(RUN) == []
        bedrock.answers = [verdict(5, 5, 90)]
        assert overridden(bench) == []
        assert summary(bench)["rescored"] == 4


def test_a_repeated_shard_asks_nobody_again(bedrock: StandIn) -> None:
    with opened(bedrock) as bench:
        posts(bench, "0.100", "0.100")
        shard = shards(bench, plan(bench, model="llm"))[0]
        use(bench, "rescore_shard")
        assert bench.deliver(shard) == []
        before = bench.dump()
        assert bench.deliver(shard, "{", shard) == [1]
        assert (len(bedrock.asked), bench.dump()) == (2, before)


def test_another_model_than_planned_is_not_asked(bedrock: StandIn, monkeypatch: pytest.MonkeyPatch) -> None:
    with opened(bedrock) as bench:
        posts(bench, "0.100")
        (shard,) = shards(bench, plan(bench, model="llm"))
        for configured, failed in (("another", [0]), (MODEL, [])):
            monkeypatch.setenv("LLM_MODEL", configured)
            use(bench, "rescore_shard")
            assert bench.deliver(shard) == failed
        assert bedrock.models == [MODEL]


def test_shards_for_a_language_model_are_small(bedrock: StandIn) -> None:
    with opened(bedrock, SHARD_ITEMS="10000") as bench:
        posts(bench, *["0.100"] * 51)
        for number in range(2):
            at = NOON + timedelta(minutes=number)
            more = [a_kept_score(f"reddit:{number}-{n}", posted_at=at) for n in range(25)]
            versions = [Version(score.post_id, at, "1", ("GME",), "GME", ()) for score in more]
            ScoresTable(bench.table("Scores")).keep(versions, more)
        assert plan(bench, model="llm")["left"] == 2
        assert plan(bench, model="lexicon")["left"] == 1


@pytest.mark.parametrize(
    ("settings", "missing"),
    [
        ({"LLM_MODEL": ""}, "no language model is configured; deploy with the parameters LlmModel"),
        ({"LLM_WRITE_PRICE": "0"}, "has no prices"),
    ],
)
def test_without_a_language_model_the_plan_says_what_is_missing(
    bedrock: StandIn, settings: dict[str, str], missing: str
) -> None:
    with opened(bedrock, **settings) as bench:
        before = bench.dump()
        assert missing in plan(bench, model="llm")["refused"]
        assert bench.dump() == before


def test_two_models_at_once_are_refused() -> None:
    words = ["rescore", "--since", "2021-01-27T17:00:00Z", "--llm", "--model", "lexicon"]
    assert "give one" in str(CliRunner().invoke(app, words).exception)
