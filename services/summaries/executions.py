"""The state machine that has each ticker's day written, run to its end within the call."""

import json
from collections.abc import Sequence
from datetime import date
from typing import TYPE_CHECKING, Any

from botocore.exceptions import BotoCoreError, ClientError
from pydantic import TypeAdapter, ValidationError

from services.summaries.drafting import Written
from services.summaries.summarising import WritersGone
from services.summaries.tallying import Figures

if TYPE_CHECKING:
    from types_boto3_stepfunctions import SFNClient

_FIGURES = TypeAdapter(list[Figures])


class WritersMachine:
    def __init__(self, client: "SFNClient", machine: str) -> None:
        self._client, self._machine = client, machine

    def write(self, day: date, figures: Sequence[Figures]) -> dict[str, Written]:
        """Texts by ticker; who could not be written is missing. Raises WritersGone."""
        wanted = {"day": str(day), "tickers": _FIGURES.dump_python(list(figures), mode="json")}
        try:
            done: Any = self._client.start_sync_execution(
                stateMachineArn=self._machine, input=json.dumps(wanted)
            )
        except (ClientError, BotoCoreError) as error:
            raise WritersGone(str(error)) from error
        if done["status"] != "SUCCEEDED":
            raise WritersGone(f"{done['status']}: {done.get('error', '')} {done.get('cause', '')}"[:300])
        return {one.ticker: one for one in map(_written, json.loads(done["output"])) if one}


def _written(answer: Any) -> Written | None:
    try:
        return Written.model_validate(answer)
    except ValidationError:
        return None
