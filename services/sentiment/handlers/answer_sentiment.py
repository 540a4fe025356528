"""AnswerSentiment: texts sent over HTTP are read at once, and days that are asked for are queued."""

from datetime import UTC, datetime
from functools import partial

import boto3
from aws_lambda_powertools import Logger

from services.sentiment.answering import answer_sentiment
from services.sentiment.deployed import deployed
from services.sentiment.imports import Imports
from services.sentiment.jobs import JobsTable
from services.sentiment.jobs_queue import JobsQueue
from services.sentiment.lexicon import Lexicon
from services.sentiment.readers import Reader
from services.sentiment.running_jobs import ask_job
from services.sentiment.settings import Settings

settings = Settings.from_env()
imports = Imports(boto3.resource("s3").Bucket(settings.rescores_bucket))
model = deployed(settings.model, imports.fetch)
read = Reader(model, fallback=Lexicon().read, report=partial(Logger().warning, "model.failed"))
ask = partial(
    ask_job,
    jobs=JobsTable(boto3.resource("dynamodb").Table(settings.jobs_table)),
    queue=JobsQueue(boto3.client("sqs"), settings.jobs_queue),
    now=partial(datetime.now, UTC),
)

handler = partial(answer_sentiment, read=read, ask=ask)
