"""PlanRescore: what is asked to be scored again is cut into shards."""

from functools import partial

import boto3

from services.sentiment.completing import finish
from services.sentiment.imports import Imports
from services.sentiment.models import Models
from services.sentiment.overriding import Spent, Terms
from services.sentiment.planning import plan_rescore
from services.sentiment.run_files import RunFiles
from services.sentiment.runs import RunsTable
from services.sentiment.scores import ScoresTable
from services.sentiment.settings import LlmSettings, Settings

settings = Settings.from_env()
dynamodb = boto3.resource("dynamodb")
bucket = boto3.resource("s3").Bucket(settings.rescores_bucket)
runs = RunsTable(dynamodb.Table(settings.runs_table))
files = RunFiles(bucket)

llm = LlmSettings.from_env()
terms = Terms(llm.model, llm.read_price, llm.write_price, Spent(llm.tokens, llm.dollars))
models = Models(Imports(bucket), terms)

handler = partial(
    plan_rescore,
    identify=models.identity,
    most_items=models.most_items,
    shard_items=settings.shard_items,
    scores=ScoresTable(dynamodb.Table(settings.scores_table)),
    runs=runs,
    files=files,
    finish=partial(finish, runs=runs, files=files),
)
