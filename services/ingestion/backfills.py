"""The backfills table: which runs there were, a report a day of each, and what linking made of each part."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import date
from typing import TYPE_CHECKING, Any

from boto3.dynamodb.conditions import Key

from services.ingestion.completeness import DayReport, Linked

if TYPE_CHECKING:
    from types_boto3_dynamodb.service_resource import Table

_RUNS = "RUNS"


class BackfillsTable:
    def __init__(self, table: "Table") -> None:
        self._table = table

    def keep(self, report: DayReport) -> None:
        self._table.put_item(Item={"pk": _RUNS, "sk": report.run})
        self._table.put_item(Item=_day_key(report.run, report.day) | {"report": report.model_dump_json()})

    def report(self, run: str, day: date) -> DayReport:
        """Raises KeyError for a day nobody reported on."""
        return _report(self._table.get_item(Key=_day_key(run, day), ConsistentRead=True)["Item"])

    def runs(self) -> list[str]:
        return [item["sk"] for item in self._under(_RUNS)]

    def reports(self, run: str) -> list[DayReport]:
        """Those of a run so far, by day."""
        return [_report(item) for item in self._under(f"RUN#{run}")]

    def keep_part(self, part: str, linked: Linked) -> None:
        figures = {"found": linked.found, "new": linked.new, "gone": linked.gone}
        self._table.put_item(Item={**_part_key(part), **figures})

    def linked(self, parts: Sequence[str]) -> Mapping[str, Linked]:
        """What linking made of each of these parts that are linked."""
        wanted: dict[str, set[str]] = defaultdict(set)
        for part in parts:
            key = _part_key(part)
            wanted[key["pk"]].add(key["sk"])
        return {
            f"{folder.removeprefix('PARTS#')}/{item['sk']}": _linked(item)
            for folder, names in wanted.items()
            for item in self._under(folder)
            if item["sk"] in names
        }

    def _under(self, pk: str) -> list[dict[str, Any]]:
        asked: Any = {"KeyConditionExpression": Key("pk").eq(pk), "ConsistentRead": True}
        answer = self._table.query(**asked)
        items = list(answer["Items"])
        while "LastEvaluatedKey" in answer:
            answer = self._table.query(**asked, ExclusiveStartKey=answer["LastEvaluatedKey"])
            items += answer["Items"]
        return items


def _report(item: Mapping[str, Any]) -> DayReport:
    return DayReport.model_validate_json(item["report"])


def _linked(item: Mapping[str, Any]) -> Linked:
    return Linked(found=int(item["found"]), new=int(item["new"]), gone=int(item["gone"]))


def _day_key(run: str, day: date) -> dict[str, str]:
    return {"pk": f"RUN#{run}", "sk": f"DAY#{day.isoformat()}"}


def _part_key(part: str) -> dict[str, str]:
    folder, _, name = part.rpartition("/")
    return {"pk": f"PARTS#{folder}", "sk": name}
