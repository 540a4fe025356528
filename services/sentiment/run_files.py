"""The bucket of re-scorings: shards to do, changes found in them, and the reports."""

import json
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from hashlib import sha256
from shutil import copyfileobj
from tempfile import TemporaryFile
from typing import TYPE_CHECKING, Any
from urllib.parse import quote_plus

from contracts.events.envelope import instant_text
from services.sentiment.keeping import Score
from services.sentiment.scoring import LABELS
from services.sentiment.shards import Pair, Run

if TYPE_CHECKING:
    from types_boto3_s3.service_resource import Bucket

_WORK, _REPORTS = "work", "rescored"


class RunFiles:
    """Below `work/` lies what a run needs until it is complete, below `rescored/` what stays of it."""

    def __init__(self, bucket: "Bucket") -> None:
        self._bucket = bucket

    def put_shard(self, run: str, plan: str, number: int, pairs: Sequence[Pair]) -> None:
        rows = ({**_pair_row(pair.ticker, pair.post_id, pair.posted_at), "seen": pair.seen} for pair in pairs)
        self._put(_shard_key(run, plan, number), _lines(rows))

    def shard(self, key: str) -> tuple[str, int, list[Pair]]:
        """Run, number and pairs of the shard that lies under *key*."""
        _, run, _, name = key.split("/")
        body = self._bucket.Object(key).get()["Body"]
        return run, int(name.removesuffix(".jsonl")), [_pair(json.loads(line)) for line in body.iter_lines()]

    def put_todo(self, run: Run, shards: Sequence[int]) -> Mapping[str, str]:
        """Lists the shards where the state machine reads them, as their landing is told to the queue."""
        keys = [quote_plus(_shard_key(run.name, run.plan, number)) for number in shards]
        todo = f"{_WORK}/{run.name}/todo.json"
        self._put(todo, json.dumps([{"bucket": self._bucket.name, "key": key} for key in keys]))
        return {"bucket": self._bucket.name, "todo": todo}

    def put_changes(self, run: str, shard: int, changes: Sequence[tuple[Score, Score]]) -> str:
        """Gives the key, which names the contents: two workers on one shard never mix theirs."""
        text = _lines(_change_row(old, new) for old, new in changes)
        key = f"{_WORK}/{run}/changes/{shard:06}-{sha256(text.encode()).hexdigest()[:16]}.jsonl"
        self._put(key, text)
        return key

    def put_all_changes(self, run: str, changes: Iterable[str]) -> None:
        """One file of all the lists, in their order."""
        with TemporaryFile() as whole:
            for key in changes:
                copyfileobj(self._bucket.Object(key).get()["Body"], whole)
            whole.seek(0)
            self._bucket.upload_fileobj(whole, f"{_REPORTS}/{run}/changes.jsonl")

    def put_summary(self, run: str, summary: Mapping[str, Any]) -> None:
        where = f"s3://{self._bucket.name}/{_REPORTS}/{run}/changes.jsonl"
        self._put(f"{_REPORTS}/{run}/summary.json", json.dumps({**summary, "changes": where}, indent=1))

    def reported(self, key: str) -> str:
        """The run whose summary lies under *key*."""
        _, run, _ = key.split("/")
        return run

    def _put(self, key: str, text: str) -> None:
        self._bucket.put_object(Key=key, Body=text.encode())


def _shard_key(run: str, plan: str, number: int) -> str:
    return f"{_WORK}/{run}/{plan}/{number:06}.jsonl"


def _lines(rows: Iterable[Mapping[str, Any]]) -> str:
    return "".join(json.dumps(row) + "\n" for row in rows)


def _pair_row(ticker: str, post_id: str, posted_at: datetime) -> dict[str, Any]:
    return {"ticker": ticker, "post_id": post_id, "posted_at": instant_text(posted_at)}


def _pair(row: Mapping[str, str]) -> Pair:
    return Pair(row["ticker"], row["post_id"], datetime.fromisoformat(row["posted_at"]), row["seen"])


def _change_row(old: Score, new: Score) -> dict[str, Any]:
    both = {"old": _said(old), "new": _said(new)}
    return {**_pair_row(old.ticker, old.post_id, old.posted_at), **both}


def _said(score: Score) -> dict[str, Any]:
    return {
        "label": score.label,
        "polarity": str(score.polarity),
        "probabilities": dict(zip(LABELS, map(str, score.shares), strict=True)) if score.shares else None,
        "method": score.method,
        "model": score.model,
        "model_version": score.version,
    }
