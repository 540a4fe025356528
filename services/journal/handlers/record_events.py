"""RecordEvents: every event on the bus is kept by its id."""

from functools import partial

import boto3

from contracts.bus.consume import InBatch, consume
from contracts.bus.publish import Bus
from contracts.events.envelope import Envelope
from services.journal.journal import JournalTable
from services.journal.recording import record_events
from services.journal.settings import Settings

settings = Settings.from_env()
journal = JournalTable(boto3.resource("dynamodb").Table(settings.journal_table))

handler = consume(
    {Envelope: InBatch(partial(record_events, journal=journal))},
    bus=Bus(settings.bus_name, boto3.client("events")),
)
