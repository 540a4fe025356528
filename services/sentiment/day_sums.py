"""The scores table, read and written by days that are over: each added up, until a score of it changes."""

from datetime import date, timedelta
from hashlib import blake2b
from typing import TYPE_CHECKING, Any
from uuid import uuid4

from boto3.dynamodb.conditions import Attr, Key
from botocore.exceptions import ClientError

from services.sentiment import score_items as items
from services.sentiment.score_items import Item
from services.sentiment.spanning import Summed, midnight
from services.sentiment.sums import PRINT_BYTES, Sums, Voices

if TYPE_CHECKING:
    from types_boto3_dynamodb.service_resource import Table

PIECE = 300_000
"""Bytes of fingerprints in an item, which may have 400 kB; a day of more has further items."""
_REMEMBERED = timedelta(days=9)


class DaySumsTable:
    """A day's first item goes when a score of the day is written or deleted: see `ScoresTable`."""

    def __init__(self, table: "Table") -> None:
        self._table = table

    def kept(self, ticker: str, first: date, last: date) -> dict[date, Summed]:
        """Days from *first* to *last* that were added up, and of which nothing has changed since."""
        heads: dict[date, Item] = {}
        pieces: dict[str, bytes] = {}
        for item in self._of(ticker, first, last):
            day, _, piece = item["sk"].partition("#")
            pieces[item["sk"]] = item["prints"].value if "prints" in item else b""
            if not piece and "mentions" in item:
                heads[date.fromisoformat(day)] = item
        found = {day: _summed(head, pieces) for day, head in heads.items()}
        return {day: summed for day, summed in found.items() if summed}

    def begin(self, ticker: str, day: date) -> str:
        """Notes that the day is being added up. Whoever changes a score of it takes the note away."""
        begun = uuid4().hex
        self._table.put_item(Item=items.sums_key(ticker, day) | {"begun": begun} | _expiry(day))
        return begun

    def keep(self, ticker: str, day: date, begun: str, summed: Summed) -> bool:
        """False, and nothing is kept, when the note of *begun* is gone."""
        head, *rest = _items(ticker, day, summed)
        with self._table.batch_writer() as batch:
            for item in rest:
                batch.put_item(Item=item)
        try:
            self._table.put_item(Item=head, ConditionExpression=Attr("begun").eq(begun))
        except ClientError as error:
            if error.response["Error"]["Code"] != "ConditionalCheckFailedException":
                raise
            return False
        return True

    def _of(self, ticker: str, first: date, last: date) -> list[Item]:
        key = Key("pk").eq(items.sums_key(ticker, first)["pk"])
        within = key & Key("sk").between(first.isoformat(), f"{last.isoformat()}~")
        asked: Any = {"KeyConditionExpression": within, "ConsistentRead": True}
        answer = self._table.query(**asked)
        found = list(answer["Items"])
        while page := answer.get("LastEvaluatedKey"):
            answer = self._table.query(**asked, ExclusiveStartKey=page)
            found += answer["Items"]
        return found


def _items(ticker: str, day: date, summed: Summed) -> list[Item]:
    """The day's item and, behind it, those of fingerprints that have no place in it."""
    sums = summed.sums
    prints = b"".join([*sorted(sums.authors), *sorted(sums.clusters)])
    pieces = [prints[at : at + PIECE] for at in range(0, len(prints), PIECE)] or [b""]
    mark, key = blake2b(prints, digest_size=8).hexdigest(), items.sums_key(ticker, day)
    head = key | {
        "ruling": summed.ruling,
        "mentions": sums.mentions,
        "fallback": sums.fallback,
        "clustered": sums.clustered,
        "model": list(_plain(sums.model)),
        "lexicon": list(_plain(sums.lexicon)),
        "authors": len(sums.authors),
        "prints": pieces[0],
        "behind": [f"{key['sk']}#{mark}#{number:03}" for number in range(1, len(pieces))],
    }
    behind = [key | {"sk": sk, "prints": piece} for sk, piece in zip(head["behind"], pieces[1:], strict=True)]
    return [item | _expiry(day) for item in (head, *behind)]


def _plain(voices: Voices) -> tuple[Any, ...]:
    return voices.count, voices.total, voices.squares


def _summed(head: Item, pieces: dict[str, bytes]) -> Summed | None:
    """None where not all of the fingerprints are there."""
    keys = [head["sk"], *head["behind"]]
    if any(key not in pieces for key in keys):
        return None
    prints = b"".join(pieces[key] for key in keys)
    each = [prints[at : at + PRINT_BYTES] for at in range(0, len(prints), PRINT_BYTES)]
    authors = int(head["authors"])
    sums = Sums(
        mentions=int(head["mentions"]),
        fallback=int(head["fallback"]),
        clustered=int(head["clustered"]),
        model=_voices(head["model"]),
        lexicon=_voices(head["lexicon"]),
        authors=frozenset(each[:authors]),
        clusters=frozenset(each[authors:]),
    )
    return Summed(head["ruling"], sums)


def _voices(kept: Any) -> Voices:
    count, total, squares = kept
    return Voices(int(count), total, squares)


def _expiry(day: date) -> Item:
    """They can be added up again at any time, so they are kept for as long as a window may ask."""
    return {"expires_at": int((midnight(day) + _REMEMBERED).timestamp())}
