"""A desk as the settings furnish it; none where no language model is configured."""

import secrets
import time
from datetime import date, datetime
from typing import Any

from aws_lambda_powertools import Metrics
from botocore.config import Config

from services.summaries.consulting import Desk
from services.summaries.converse import Converse
from services.summaries.days import NEW_YORK
from services.summaries.meters import NAMESPACE, Meters
from services.summaries.prompt_cache import PromptCacheTable
from services.summaries.purses import PursesTable
from services.summaries.settings import Settings, terms


def furnished(
    settings: Settings, dynamodb: Any, make_client: Any, *, tries: int, seconds: int
) -> Desk | None:
    """*tries* of a call, each of at most so many *seconds*."""
    agreed = terms()
    if agreed is None:
        return None
    retries: Any = {"total_max_attempts": tries, "mode": "standard"}
    timeouts = Config(connect_timeout=3, read_timeout=seconds, retries=retries)
    return Desk(
        model=Converse(make_client("bedrock-runtime", config=timeouts), agreed.model),
        terms=agreed,
        answers=PromptCacheTable(
            dynamodb.Table(settings.prompt_cache_table), days=settings.prompt_cache_days
        ),
        purses=PursesTable(dynamodb.Table(settings.spent_table)),
        today=new_york_today,
        wait=time.sleep,
        patience=tries * seconds,
        told=Meters(Metrics(namespace=NAMESPACE)).told,
    )


def boundary() -> str:
    """A line no stranger can know before the call."""
    return f"=== {secrets.token_hex(8)} ==="


def new_york_today() -> date:
    return datetime.now(NEW_YORK).date()
