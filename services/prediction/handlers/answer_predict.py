"""AnswerPredict: POST /predict, from a caller's figures or from the recorded forecasts of a ticker."""

from functools import partial

import boto3

from services.prediction.answering import answer_predict
from services.prediction.forecasts import ForecastsTable
from services.prediction.settings import Settings

settings = Settings.from_env()
forecasts = ForecastsTable(boto3.resource("dynamodb").Table(settings.forecasts_table))

handler = partial(answer_predict, forecasts=forecasts)
