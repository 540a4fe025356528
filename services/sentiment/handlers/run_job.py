"""RunJob: days that were asked for are added up."""

from datetime import UTC, datetime
from functools import partial

import boto3

from contracts.bus.consume import consume
from contracts.bus.publish import Bus
from services.sentiment.jobs import JobsTable
from services.sentiment.running_jobs import JobAsked, run_job
from services.sentiment.scores import ScoresTable
from services.sentiment.settings import Settings

settings = Settings.from_env()
dynamodb = boto3.resource("dynamodb")
run = partial(
    run_job,
    jobs=JobsTable(dynamodb.Table(settings.jobs_table)),
    scores=ScoresTable(dynamodb.Table(settings.scores_table)),
    now=partial(datetime.now, UTC),
)

handler = consume({JobAsked: run}, bus=Bus(settings.bus_name, boto3.client("events")))
