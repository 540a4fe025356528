"""What the template tells the summaries' Lambdas."""

from dataclasses import dataclass
from decimal import Decimal
from os import environ
from typing import Self

from services.summaries.consulting import Spent, Terms


def terms() -> Terms | None:
    """Which language model may be asked and for how much; none where no model, or no price, is configured.

    Without prices no budget would hold. Raises KeyError naming the setting that is missing, ValueError for
    a number that is none.
    """
    found = Terms(
        model=environ["LLM_MODEL"],
        read_price=Decimal(environ["LLM_READ_PRICE"]),
        write_price=Decimal(environ["LLM_WRITE_PRICE"]),
        a_day=daily_budget(),
        a_user=Spent(int(environ["LLM_USER_TOKENS"]), Decimal(environ["LLM_USER_DOLLARS"])),
    )
    return found if found.model and found.read_price and found.write_price else None


def daily_budget() -> Spent:
    """What language models may cost a day."""
    return Spent(int(environ["LLM_DAY_TOKENS"]), Decimal(environ["LLM_DAY_DOLLARS"]))


@dataclass(frozen=True)
class Settings:
    bus_name: str
    day_stats_table: str
    summaries_table: str
    watchers_table: str
    briefings_bucket: str
    turns_queue: str
    min_voices: int
    talk_table: str
    talk_days: int
    known_table: str
    prompt_cache_table: str
    prompt_cache_days: int
    spent_table: str
    write_machine: str
    conversations_table: str
    briefing_flag: str

    @classmethod
    def from_env(cls) -> Self:
        """Raises KeyError naming the setting that is missing, ValueError for a number that is none."""
        return cls(
            bus_name=environ["BUS_NAME"],
            day_stats_table=environ["DAY_STATS_TABLE"],
            summaries_table=environ["SUMMARIES_TABLE"],
            watchers_table=environ["WATCHERS_TABLE"],
            briefings_bucket=environ["BRIEFINGS_BUCKET"],
            turns_queue=environ["TURNS_QUEUE"],
            min_voices=int(environ["MIN_VOICES"]),
            talk_table=environ["TALK_TABLE"],
            talk_days=int(environ["TALK_DAYS"]),
            known_table=environ["KNOWN_TABLE"],
            prompt_cache_table=environ["PROMPT_CACHE_TABLE"],
            prompt_cache_days=int(environ["PROMPT_CACHE_DAYS"]),
            spent_table=environ["SPENT_TABLE"],
            write_machine=environ["WRITE_MACHINE"],
            conversations_table=environ["CONVERSATIONS_TABLE"],
            briefing_flag=environ["BRIEFING_FLAG"],
        )
