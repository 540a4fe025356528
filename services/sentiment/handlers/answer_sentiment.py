"""AnswerSentiment: texts sent over HTTP are read at once."""

from functools import partial

from aws_lambda_powertools import Logger

from services.sentiment.answering import answer_sentiment
from services.sentiment.lexicon import Lexicon
from services.sentiment.readers import Reader, warm

read = Reader(warm(), fallback=Lexicon().read, report=partial(Logger().warning, "model.failed"))

handler = partial(answer_sentiment, read=read)
