"""BackfillDay: a day of the archives handed in is put where parts land."""

from functools import partial

import boto3

from services.ingestion.backfill_files import BackfillFiles
from services.ingestion.backfilling import backfill_day
from services.ingestion.backfills import BackfillsTable
from services.ingestion.settings import Settings

settings = Settings.from_env()

handler = partial(
    backfill_day,
    files=BackfillFiles(boto3.resource("s3").Bucket(settings.raw_bucket)),
    backfills=BackfillsTable(boto3.resource("dynamodb").Table(settings.backfills_table)),
)
