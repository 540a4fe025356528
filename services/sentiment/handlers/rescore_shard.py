"""RescoreShard: a shard of posts is read again, beside the scores they have."""

from functools import partial

import boto3
from botocore.config import Config

from contracts.bus.consume import consume
from contracts.bus.publish import Bus
from contracts.events.arrivals import ObjectLanded
from services.sentiment.completing import finish
from services.sentiment.converse import Converse
from services.sentiment.imports import Imports
from services.sentiment.models import Models
from services.sentiment.overriding import Override, Spent, Terms
from services.sentiment.purses import PursesTable
from services.sentiment.readings import ReadingsTable
from services.sentiment.rescoring import rescore_shard
from services.sentiment.run_files import RunFiles
from services.sentiment.runs import RunsTable
from services.sentiment.scores import ScoresTable
from services.sentiment.settings import LlmSettings, Settings

settings = Settings.from_env()
dynamodb = boto3.resource("dynamodb")
table = dynamodb.Table(settings.scores_table)
runs = RunsTable(dynamodb.Table(settings.runs_table))
bucket = boto3.resource("s3").Bucket(settings.rescores_bucket)
files = RunFiles(bucket)
llm = LlmSettings.from_env()
patient = Config(connect_timeout=3, read_timeout=20, retries={"mode": "standard", "total_max_attempts": 2})
terms = Terms(llm.model, llm.read_price, llm.write_price, Spent(llm.tokens, llm.dollars))
override = Override(
    Converse(boto3.client("bedrock-runtime", config=patient), llm.model),
    terms,
    PursesTable(dynamodb.Table(settings.runs_table)),
)
rescore = partial(
    rescore_shard,
    load=Models(Imports(bucket), terms).load,
    override=override,
    files=files,
    runs=runs,
    scores=ScoresTable(table),
    readings=ReadingsTable(dynamodb, table),
    finish=partial(finish, runs=runs, files=files),
)

handler = consume({ObjectLanded: rescore}, bus=Bus(settings.bus_name, boto3.client("events")))
