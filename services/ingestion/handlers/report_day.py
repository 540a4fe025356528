"""ReportDay: how far a day that was put in is linked."""

from functools import partial

import boto3

from services.ingestion.backfill_files import BackfillFiles
from services.ingestion.backfilling import report_day
from services.ingestion.backfills import BackfillsTable
from services.ingestion.settings import Settings

settings = Settings.from_env()

handler = partial(
    report_day,
    files=BackfillFiles(boto3.resource("s3").Bucket(settings.raw_bucket)),
    backfills=BackfillsTable(boto3.resource("dynamodb").Table(settings.backfills_table)),
)
