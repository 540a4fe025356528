"""Bedrock's Converse: one request, one reply; what goes wrong is a value or ModelUnavailable."""

import json
from typing import TYPE_CHECKING, Any

from botocore.exceptions import ClientError, HTTPClientError
from botocore.exceptions import ConnectionError as Unreachable
from botocore.parsers import ResponseParserError

from services.summaries.consulting import ANY, ModelUnavailable, Question, Reply, Usage

if TYPE_CHECKING:
    from botocore.client import BaseClient

LONGEST = 40_000
"""Bytes of an answer; one beyond them was not written by our rules."""
_AROUND = 1_000
"""Tokens the service itself puts around a request with tools, generously."""
_BUSY = frozenset(
    {
        "ThrottlingException",
        "ServiceUnavailableException",
        "InternalServerException",
        "ModelTimeoutException",
        "ModelNotReadyException",
        "ModelErrorException",
        "ServiceQuotaExceededException",
    }
)
_STOPPED = {
    "refusal": "refused",
    "content_filtered": "refused",
    "guardrail_intervened": "refused",
    "max_tokens": "cut short",
    "model_context_window_exceeded": "cut short",
    "malformed_tool_use": "outside the schema",
    "malformed_model_output": "outside the schema",
}


class Converse:
    def __init__(self, client: "BaseClient", model: str) -> None:
        self._client, self._model = client, model

    def most(self, question: Question) -> Usage:
        """A token has at least one byte."""
        sent = json.dumps([question.system, question.messages, question.tools], ensure_ascii=False)
        return Usage(len(sent.encode()) + _AROUND, question.most)

    def ask(self, question: Question) -> Reply:
        """Raises ModelUnavailable; a lack of rights or an unknown model rises, for no other try mends it."""
        try:
            response: Any = self._client.converse(**self._request(question))  # type: ignore[attr-defined]
        except ClientError as error:
            if error.response["Error"]["Code"] not in _BUSY:
                raise
            raise ModelUnavailable(error.response["Error"]["Code"]) from error
        except (Unreachable, HTTPClientError, ResponseParserError) as error:
            raise ModelUnavailable(type(error).__name__) from error
        return _reply(response, self.most(question))

    def _request(self, question: Question) -> dict[str, Any]:
        named: dict[str, Any] = {"tool": {"name": question.form}} if question.form != ANY else {"any": {}}
        choice = named if question.form else {"auto": {}}
        specifications = [{"toolSpec": tool} for tool in question.tools]
        tools = {"toolConfig": {"tools": specifications, "toolChoice": choice}} if specifications else {}
        return {
            "modelId": self._model,
            "system": [{"text": question.system}],
            "messages": list(question.messages),
            "inferenceConfig": {"maxTokens": question.most, "temperature": question.temperature},
            **tools,
        }


def _reply(response: Any, most: Usage) -> Reply:
    counted = response.get("usage")
    usage = Usage(counted["inputTokens"], counted["outputTokens"]) if counted else most
    content = response.get("output", {}).get("message", {}).get("content", [])
    if "stopReason" not in response:
        return Reply((), usage, "cut short")
    if len(json.dumps(content, ensure_ascii=False, default=str).encode()) > LONGEST:
        return Reply((), usage, "too long")
    return Reply(tuple(content), usage, _STOPPED.get(response.get("stopReason", "")))
