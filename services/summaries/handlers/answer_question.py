"""AnswerQuestion: /ai/ask, /ai/feedback and health, on FastAPI behind API Gateway."""

from datetime import UTC, datetime
from functools import partial
from uuid import uuid4

import boto3
from aws_lambda_powertools import Logger
from mangum import Mangum

from contracts.bus.publish import Bus
from services.summaries.ask_api import front
from services.summaries.asking import Clerk, ask
from services.summaries.conversations import ConversationsTable
from services.summaries.desks import boundary, furnished, new_york_today
from services.summaries.finding import Shelf
from services.summaries.known import KnownTable
from services.summaries.reaching import announce_reached, logged
from services.summaries.settings import Settings, terms
from services.summaries.summaries import SummariesTable
from services.summaries.talk import TalkTable

settings = Settings.from_env()
dynamodb = boto3.resource("dynamodb")
conversations = ConversationsTable(dynamodb.Table(settings.conversations_table), days=settings.talk_days)
bus = Bus(settings.bus_name, boto3.client("events"))

clerk = Clerk(
    desk=furnished(settings, dynamodb, boto3.client, tries=1, seconds=20),
    shelf=Shelf(
        talk=TalkTable(dynamodb.Table(settings.talk_table), days=settings.talk_days),
        known=KnownTable(dynamodb.Table(settings.known_table)),
        summaries=SummariesTable(dynamodb.Table(settings.summaries_table)),
        today=new_york_today,
    ),
    conversations=conversations,
    name=lambda: uuid4().hex,
    moment=lambda: datetime.now(UTC).isoformat(timespec="microseconds"),
    boundary=boundary,
    reached=partial(announce_reached, bus.publish, terms, partial(datetime.now, UTC)),
)

app = front(ask=partial(ask, clerk=clerk), judge=conversations.judge, tell=partial(logged, Logger().info))
# Anything else is sent as base64, which clients of a REST API would get to read as it is.
text = ["text/", "application/json", "application/problem+json"]
handler = Mangum(app, lifespan="off", text_mime_types=text)
