"""RecordEvents: every event on the bus is kept by its id; of a removed post, without its words."""

from functools import partial

import boto3

from contracts.bus.consume import InBatch, consume
from contracts.bus.publish import Bus
from contracts.events.envelope import Envelope
from services.journal.journal import JournalTable
from services.journal.posts import PostsToldTable
from services.journal.recording import record_events
from services.journal.settings import Settings

settings = Settings.from_env()
tables = boto3.resource("dynamodb")
journal = JournalTable(tables.Table(settings.journal_table))
posts = PostsToldTable(tables.Table(settings.posts_told_table))

handler = consume(
    {Envelope: InBatch(partial(record_events, journal=journal, posts=posts))},
    bus=Bus(settings.bus_name, boto3.client("events")),
)
