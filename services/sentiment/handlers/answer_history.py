"""AnswerHistory: what is asked over HTTP about talk that was scored."""

from datetime import UTC, datetime
from functools import partial

import boto3

from services.sentiment.jobs import JobsTable
from services.sentiment.mentions import MentionsTable
from services.sentiment.scores import ScoresTable
from services.sentiment.settings import Settings
from services.sentiment.telling import Told, answer_history

settings = Settings.from_env()
dynamodb = boto3.resource("dynamodb")
table = dynamodb.Table(settings.scores_table)
told = Told(
    scores=ScoresTable(table),
    mentions=MentionsTable(table),
    jobs=JobsTable(dynamodb.Table(settings.jobs_table)),
    now=partial(datetime.now, UTC),
)

handler = partial(answer_history, told=told)
