"""What the template tells the notifications Lambdas."""

from dataclasses import dataclass
from os import environ
from typing import Self


@dataclass(frozen=True)
class Settings:
    bus_name: str
    subscriptions_table: str
    evaluations_table: str
    history_table: str
    inbox_table: str
    ledger_table: str
    addresses_table: str
    alerts_queue: str
    follows_queue: str
    mails_per_second: str
    keys_parameter: str
    slack_url: str
    telegram_url: str
    telegram_chats: str
    alpaca_url: str
    updates_queue: str
    downloads_bucket: str
    feedback_queue: str
    reports_queue: str
    feedback_topic: str
    feedback_set: str
    corrections_queue: str
    team_slack_channel: str
    team_telegram_chat: str
    sender_address: str
    unsubscribe_url: str

    @classmethod
    def from_env(cls) -> Self:
        """Raises KeyError naming the setting that is missing."""
        return cls(**{field: environ[field.upper()] for field in cls.__dataclass_fields__})
