"""What the tables and the parameter store promise, where a handler's happy path does not show it."""

from collections.abc import Iterator
from datetime import timedelta
from functools import partial
from types import SimpleNamespace
from typing import Any

import boto3
import pytest

from services.ingestion import lookup
from services.ingestion.founders import ClustersTable
from services.ingestion.grouping import Founders
from services.ingestion.keeping import Known
from services.ingestion.parameters import secret
from services.ingestion.posts import PostsTable
from tests.bench import Bench
from tests.builders import NOON, a_post


@pytest.fixture(name="bench")
def running() -> Iterator[Bench]:
    with Bench("ingestion", "link_posts") as bench:
        yield bench


def test_whoever_writes_a_post_first_decides_its_cluster(bench: Bench) -> None:
    posts = PostsTable(bench.table("Posts"))
    ours = [a_post(post_id=f"reddit:t3_p{number}", cluster="ours") for number in range(150)]
    theirs = [post.model_copy(update={"cluster": "theirs"}) for post in ours[70:120]]

    posts.keep(theirs, "their part")
    stands = posts.keep(ours, "our part")

    assert len(stands) == 150
    assert stands["reddit:t3_p70"] == Known("theirs", "their part", None)
    assert stands["reddit:t3_p149"] == Known("ours", "our part", None)
    assert posts.known([post.post_id for post in ours]) == stands


def test_two_writers_at_once_are_settled_in_a_few_rounds(bench: Bench) -> None:
    refusals = ["TransactionConflict", "TransactionConflict"]
    client = _Contended(boto3.client("dynamodb"), refusals)
    posts = PostsTable(_over(bench.table("Posts"), client))
    stands = posts.keep([a_post()], "part")
    assert refusals == []
    assert stands == {a_post().post_id: Known("c0ffee", "part", None)}
    assert posts.known(stands) == stands


def test_writers_that_never_agree_send_the_part_back(bench: Bench) -> None:
    client = _Contended(boto3.client("dynamodb"), ["TransactionConflict"] * 50)
    posts = PostsTable(_over(bench.table("Posts"), client))
    with pytest.raises(client.exceptions.TransactionCanceledException):
        posts.keep([a_post()], "part")


def test_keys_the_table_left_unread_are_asked_for_again(bench: Bench) -> None:
    bench.table("Posts").put_item(Item={"pk": "a"})
    bench.table("Posts").put_item(Item={"pk": "b"})
    found = list(lookup.items(_over(bench.table("Posts"), _Grudging(left=1)), ["a", "b", "a"]))
    assert sorted(item["pk"] for item in found) == ["a", "b"]


def test_a_table_that_reads_nothing_is_busy(bench: Bench) -> None:
    with pytest.raises(lookup.TableBusy):
        list(lookup.items(_over(bench.table("Posts"), _Grudging(left=99)), ["a"]))


def test_founders_are_kept_by_band_until_they_expire(bench: Bench) -> None:
    table = ClustersTable(bench.table("Clusters"))
    founders = Founders({})
    founders.add("0" * 96)
    table.keep(founders, NOON)

    assert table.founders(founders.by_band).by_band == founders.by_band
    item = bench.table("Clusters").get_item(Key={"pk": "BAND#0:" + "0" * 12})["Item"]
    assert item["expires_at"] == (NOON + timedelta(days=30)).timestamp()


def test_a_secret_is_read_where_it_has_a_name(bench: Bench) -> None:
    client = partial(boto3.client, "ssm")
    client().put_parameter(Name="/salt", Value="of the earth", Type="SecureString")
    assert secret(client, "/salt") == "of the earth"
    assert secret(client, "") is None
    with pytest.raises(client().exceptions.ParameterNotFound):
        secret(client, "/pepper")


class _Contended:
    """A client whose transactions collide as often as it is told."""

    def __init__(self, client: Any, refusals: list[str]) -> None:
        self._client, self._refusals = client, refusals
        self.exceptions = client.exceptions

    def transact_write_items(self, TransactItems: list[Any]) -> Any:
        if self._refusals:
            reasons = [{"Code": self._refusals.pop()}] + [{"Code": "None"}] * (len(TransactItems) - 1)
            answer = {"Error": {"Code": "TransactionCanceledException"}, "CancellationReasons": reasons}
            raise self.exceptions.TransactionCanceledException(answer, "TransactWriteItems")
        return boto3.resource("dynamodb").meta.client.transact_write_items(TransactItems=TransactItems)

    def batch_get_item(self, RequestItems: Any) -> Any:
        return boto3.resource("dynamodb").meta.client.batch_get_item(RequestItems=RequestItems)


class _Grudging:
    """A client that reads one key a call and leaves the others, the first calls all of them."""

    def __init__(self, left: int) -> None:
        self._left = left

    def batch_get_item(self, RequestItems: Any) -> Any:
        ((table, asked),) = RequestItems.items()
        if self._left:
            self._left -= 1
            return {"Responses": {}, "UnprocessedKeys": RequestItems}
        now, later = asked["Keys"][:1], asked["Keys"][1:]
        answer = boto3.resource("dynamodb").meta.client.batch_get_item(RequestItems={table: {"Keys": now}})
        return {**answer, "UnprocessedKeys": {table: {**asked, "Keys": later}} if later else {}}


def _over(table: Any, client: Any) -> Any:
    return SimpleNamespace(name=table.name, meta=SimpleNamespace(client=client))
