"""ScorePosts: every post that names a ticker is scored for it."""

from functools import partial

import boto3
from aws_lambda_powertools import Logger

from contracts.bus.consume import InBatch, consume
from contracts.bus.publish import Bus
from contracts.events.ingestion import PostIngestedV1
from services.sentiment.deployed import deployed
from services.sentiment.imports import Imports
from services.sentiment.lexicon import Lexicon
from services.sentiment.readers import Reader
from services.sentiment.scores import ScoresTable
from services.sentiment.scoring_posts import score_posts
from services.sentiment.settings import Settings

settings = Settings.from_env()
scores = ScoresTable(boto3.resource("dynamodb").Table(settings.scores_table))
imports = Imports(boto3.resource("s3").Bucket(settings.rescores_bucket))
model = deployed(settings.model, imports.fetch, kind="social")
read = Reader(model, fallback=Lexicon().read, report=partial(Logger().warning, "model.failed"))

handler = consume(
    {PostIngestedV1: InBatch(partial(score_posts, read=read, scores=scores))},
    bus=Bus(settings.bus_name, boto3.client("events")),
)
