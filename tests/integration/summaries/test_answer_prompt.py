"""AnswerPrompt's real handler, as API Gateway calls it."""

import json
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from threading import Lock
from typing import Any

import pytest

from services.summaries.prompting import answer_prompt
from tests.bench import Bench
from tests.integration.sentiment.converse_stand_in import MODEL, StandIn, fault, said, stand_in

CONFIGURED = {"LLM_MODEL": MODEL, "LLM_READ_PRICE": "1", "LLM_WRITE_PRICE": "5"}


@pytest.fixture(scope="module")
def shared() -> Iterator[tuple[Bench, StandIn]]:
    with stand_in() as bedrock:
        address = {"AWS_ENDPOINT_URL_BEDROCK_RUNTIME": bedrock.url, "LLM_USER_TOKENS": "4000"}
        with Bench("summaries", "answer_prompt", **CONFIGURED | address) as bench:
            yield bench, bedrock


@pytest.fixture
def bedrock(shared: tuple[Bench, StandIn]) -> StandIn:
    shared[1].begin_anew(said({"text": "Because."}, stop="end_turn"))
    return shared[1]


@pytest.fixture
def bench(shared: tuple[Bench, StandIn]) -> Bench:
    shared[0].empty()
    return shared[0]


def request(body: Any, who: str = "arn:aws:iam::1:user/alice") -> dict[str, Any]:
    return {
        "httpMethod": "POST",
        "path": "/ai/prompt",
        "body": body if isinstance(body, str) else json.dumps(body),
        "requestContext": {"requestId": "r-1", "identity": {"userArn": who, "sourceIp": "127.0.0.1"}},
    }


def asked(bench: Bench, body: Any, status: int = 200, who: str = "alice") -> Any:
    answer = bench.call(request(body, who))
    assert answer["statusCode"] == status, answer["body"]
    kind = "application/json" if status == 200 else "application/problem+json"
    assert answer["headers"]["Content-Type"] == kind
    return json.loads(answer["body"])


def test_a_prompt_is_answered_and_the_second_time_from_the_cache(bench: Bench, bedrock: StandIn) -> None:
    first, second = (asked(bench, {"prompt": "Why?"}) for _ in range(2))
    usage = {"input_tokens": 700, "output_tokens": 60, "total_tokens": 760}
    assert first == {
        "answer": "Because.",
        "model": MODEL,
        "cached": False,
        "usage": usage,
        "saved_tokens": 0,
        "cost_dollars": "0.001",
    }
    assert second == first | {"cached": True, "saved_tokens": 760, "cost_dollars": "0"}
    assert len(bedrock.asked) == 1


def test_twenty_identical_prompts_at_once_are_one_call(
    bench: Bench, bedrock: StandIn, monkeypatch: pytest.MonkeyPatch
) -> None:
    # The emulated table takes calls apart; DynamoDB's are each whole.
    lock, client = Lock(), bench.handler.keywords["desk"].answers._table.meta.client
    call = client._make_api_call

    def one_at_a_time(*given: Any) -> Any:
        with lock:
            return call(*given)

    monkeypatch.setattr(client, "_make_api_call", one_at_a_time)
    with ThreadPoolExecutor(20) as pool:
        answers = list(pool.map(lambda _: asked(bench, {"prompt": "Why?"}), range(20)))
    assert len(bedrock.asked) == 1
    assert sum(answer["cached"] for answer in answers) == 19
    assert {answer["answer"] for answer in answers} == {"Because."}


def test_whoever_died_while_asking_does_not_block_the_next(bench: Bench, bedrock: StandIn) -> None:
    answers = bench.handler.keywords["desk"].answers
    asked(bench, {"prompt": "Why?"})
    (row,) = bench.table("PromptCache").scan()["Items"]
    bench.table("PromptCache").put_item(Item={"pk": row["pk"], "leased_until": 1, "expires_at": 2**33})
    assert answers.look_or_claim(row["pk"].removeprefix("PROMPT#")) == "mine"
    assert answers.look_or_claim(row["pk"].removeprefix("PROMPT#")) == "theirs"


def test_an_answer_that_expired_is_asked_for_again(bench: Bench, bedrock: StandIn) -> None:
    asked(bench, {"prompt": "Why?"})
    (row,) = bench.table("PromptCache").scan()["Items"]
    bench.table("PromptCache").put_item(Item=row | {"expires_at": 1})
    assert asked(bench, {"prompt": "Why?"})["cached"] is False
    assert len(bedrock.asked) == 2


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ("{", "body"),
        ("", "body"),
        ("[]", "body"),
        ({}, "prompt"),
        ({"prompt": ""}, "prompt"),
        ({"prompt": 7}, "prompt"),
        ({"prompt": "x" * 8_001}, "prompt"),
        ({"prompt": "x", "max_tokens": 4_001}, "max_tokens"),
        ({"prompt": "x", "temperature": 2}, "temperature"),
    ],
)
def test_bad_input_names_its_field(bench: Bench, bedrock: StandIn, body: Any, field: str) -> None:
    assert asked(bench, body, 400)["field"] == field
    assert bedrock.asked == []


def test_a_body_beyond_all_measure_is_too_large(bench: Bench) -> None:
    assert asked(bench, {"prompt": "x" * 70_000}, 413)["field"] == "body"


def test_a_caller_has_a_budget_of_their_own(bench: Bench, bedrock: StandIn) -> None:
    for number in range(2):
        asked(bench, {"prompt": f"Why {number}?", "max_tokens": 100})
    assert "your budget" in asked(bench, {"prompt": "Why 3?", "max_tokens": 2500}, 429)["detail"]
    asked(bench, {"prompt": "Why 3?", "max_tokens": 2500}, who="bob")
    assert len(bedrock.asked) == 3


def test_a_model_that_fails_is_a_problem_of_ours(bench: Bench, bedrock: StandIn) -> None:
    bedrock.answers = [fault(429, "ThrottlingException")]
    assert "ThrottlingException" in asked(bench, {"prompt": "Why?"}, 503)["detail"]


def test_without_a_model_the_remedy_is_told() -> None:
    answer = answer_prompt(request({"prompt": "Why?"}), desk=None)
    assert (answer["statusCode"], "LlmModel" in answer["body"]) == (503, True)
