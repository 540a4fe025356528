"""The jobs table: one item a span of days that was asked for, for a day after it was."""

import json
from dataclasses import asdict
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from boto3.dynamodb.conditions import Attr, ConditionBase
from botocore.exceptions import ClientError

from services.sentiment.adding_up import Day
from services.sentiment.asking import Span
from services.sentiment.keeping import sortable
from services.sentiment.running_jobs import Job

if TYPE_CHECKING:
    from types_boto3_dynamodb.service_resource import Table

Item = dict[str, Any]

_KEPT = timedelta(hours=24)


class JobsTable:
    def __init__(self, table: "Table") -> None:
        self._table = table

    def find(self, name: str) -> Job | None:
        item = self._table.get_item(Key=_key(name), ConsistentRead=True).get("Item")
        return _job(item) if item else None

    def begin(self, job: Job, *, instead_of: Job | None) -> bool:
        if instead_of is None:
            return self._put(job, Attr("pk").not_exists())
        same = Attr("asked_at").eq(sortable(instead_of.asked_at)) & Attr("status").eq(instead_of.status)
        return self._put(job, same | Attr("pk").not_exists())

    def save(self, job: Job) -> bool:
        own = Attr("asked_at").eq(sortable(job.asked_at))
        return self._put(job, own & Attr("status").ne("COMPLETED"))

    def _put(self, job: Job, condition: ConditionBase) -> bool:
        try:
            self._table.put_item(Item=_item(job), ConditionExpression=condition)
        except ClientError as error:
            if error.response["Error"]["Code"] != "ConditionalCheckFailedException":
                raise
            return False
        return True


def _key(name: str) -> Item:
    return {"pk": f"JOB#{name}", "sk": "JOB"}


def _item(job: Job) -> Item:
    kept: Item = {
        "ticker": job.span.ticker,
        "start": str(job.span.start),
        "end": str(job.span.end),
        "asked_at": sortable(job.asked_at),
        "status": job.status,
        "started_at": sortable(job.started_at) if job.started_at else None,
        "ended_at": sortable(job.ended_at) if job.ended_at else None,
        "days_done": job.days_done,
        "days": json.dumps([asdict(day) for day in job.days], default=str),
        "error": job.error,
        "expires_at": int((job.asked_at + _KEPT).timestamp()),
    }
    return _key(job.span.name) | {name: value for name, value in kept.items() if value is not None}


def _job(item: Item) -> Job:
    return Job(
        span=Span(item["ticker"], date.fromisoformat(item["start"]), date.fromisoformat(item["end"])),
        asked_at=datetime.fromisoformat(item["asked_at"]),
        status=item["status"],
        started_at=_moment(item.get("started_at")),
        ended_at=_moment(item.get("ended_at")),
        days_done=int(item["days_done"]),
        days=tuple(_day(day) for day in json.loads(item["days"])),
        error=item.get("error"),
    )


def _moment(text: str | None) -> datetime | None:
    return datetime.fromisoformat(text) if text else None


def _day(kept: Item) -> Day:
    return Day(**kept | {"date": date.fromisoformat(kept["date"]), "polarity": Decimal(kept["polarity"])})
