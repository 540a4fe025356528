"""AnswerTrackRecord: GET /track-record, from the recorded forecasts of a ticker."""

from functools import partial

import boto3

from services.prediction.forecasts import ForecastsTable
from services.prediction.recalling import answer_track_record
from services.prediction.settings import Settings

settings = Settings.from_env()
forecasts = ForecastsTable(boto3.resource("dynamodb").Table(settings.forecasts_table))

handler = partial(answer_track_record, forecasts=forecasts)
