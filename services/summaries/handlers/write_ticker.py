"""WriteTicker: one ticker's day is put into words."""

from functools import partial

import boto3

from services.summaries.desks import boundary, furnished
from services.summaries.drafting import write_asked
from services.summaries.settings import Settings
from services.summaries.talk import TalkTable

settings = Settings.from_env()
dynamodb = boto3.resource("dynamodb")
talk = TalkTable(dynamodb.Table(settings.talk_table), days=settings.talk_days)

handler = partial(
    write_asked,
    loudest=talk.loudest,
    boundary=boundary,
    desk=furnished(settings, dynamodb, boto3.client, tries=2, seconds=25),
)
