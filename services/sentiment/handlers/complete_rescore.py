"""CompleteRescore: a run whose report has landed is announced."""

from functools import partial

import boto3

from contracts.bus.consume import consume
from contracts.bus.publish import Bus
from contracts.events.arrivals import ObjectLanded
from services.sentiment.completing import complete_rescore
from services.sentiment.run_files import RunFiles
from services.sentiment.runs import RunsTable
from services.sentiment.scores import ScoresTable
from services.sentiment.settings import Settings

settings = Settings.from_env()
dynamodb = boto3.resource("dynamodb")
complete = partial(
    complete_rescore,
    runs=RunsTable(dynamodb.Table(settings.runs_table)),
    files=RunFiles(boto3.resource("s3").Bucket(settings.rescores_bucket)),
    scores=ScoresTable(dynamodb.Table(settings.scores_table)),
)

handler = consume({ObjectLanded: complete}, bus=Bus(settings.bus_name, boto3.client("events")))
