"""AnswerPrompt: prompts of services and people with AWS credentials, each asked once."""

from functools import partial

import boto3

from services.summaries.desks import furnished
from services.summaries.prompting import answer_prompt
from services.summaries.settings import Settings

desk = furnished(Settings.from_env(), boto3.resource("dynamodb"), boto3.client, tries=1, seconds=22)

handler = partial(answer_prompt, desk=desk)
