from datetime import UTC, datetime

import pytest

from services.ingestion.authors import pseudonym

JANUARY = datetime(2021, 1, 27, 17, 0, tzinfo=UTC)


def hashed(author: str | None = "Some_One", at: datetime = JANUARY, source: str = "reddit") -> str | None:
    return pseudonym(source, author, at, salt="salt")


def test_an_author_keeps_a_hash_within_a_month_whatever_the_case() -> None:
    assert hashed() == hashed("some_one", datetime(2021, 1, 31, 23, 59, tzinfo=UTC))


@pytest.mark.parametrize(
    "other",
    [
        hashed("some_two"),
        hashed(at=datetime(2021, 2, 1, tzinfo=UTC)),
        hashed(at=datetime(2022, 1, 27, 17, 0, tzinfo=UTC)),
        hashed(source="archive"),
        pseudonym("reddit", "Some_One", JANUARY, salt="pepper"),
    ],
)
def test_another_author_month_source_or_salt_is_another_hash(other: str | None) -> None:
    assert other != hashed()


def test_a_hash_tells_no_name_and_nobody_has_none() -> None:
    assert len(hashed() or "") == 32
    assert hashed(None) is None
