"""What the template tells the ingestion service's Lambdas."""

from dataclasses import dataclass
from os import environ
from typing import Self


@dataclass(frozen=True)
class Settings:
    """Parameter names may be empty: then there is no such parameter."""

    bus_name: str
    posts_table: str
    clusters_table: str
    coverage_table: str
    sources_table: str
    backfills_table: str
    interests_table: str
    raw_bucket: str
    communities: tuple[str, ...]
    feeds: tuple[str, ...]
    mentions_url: str
    reddit_parameter: str
    author_salt_parameter: str
    author_salt: str

    @classmethod
    def from_env(cls) -> Self:
        """Raises KeyError naming the setting that is missing."""
        return cls(
            bus_name=environ["BUS_NAME"],
            posts_table=environ["POSTS_TABLE"],
            clusters_table=environ["CLUSTERS_TABLE"],
            coverage_table=environ["COVERAGE_TABLE"],
            sources_table=environ["SOURCES_TABLE"],
            backfills_table=environ["BACKFILLS_TABLE"],
            interests_table=environ["INTERESTS_TABLE"],
            raw_bucket=environ["RAW_BUCKET"],
            communities=_listed(environ["COMMUNITIES"]),
            feeds=_listed(environ["FEEDS"]),
            mentions_url=environ["MENTIONS_URL"],
            reddit_parameter=environ["REDDIT_PARAMETER"],
            author_salt_parameter=environ["AUTHOR_SALT_PARAMETER"],
            author_salt=environ["AUTHOR_SALT"],
        )


def _listed(given: str) -> tuple[str, ...]:
    """What stands between commas, each once."""
    return tuple(dict.fromkeys(name for name in given.replace(" ", "").split(",") if name))
