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
    raw_bucket: str
    communities: tuple[str, ...]
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
            raw_bucket=environ["RAW_BUCKET"],
            communities=tuple(environ["COMMUNITIES"].replace(" ", "").split(",")),
            reddit_parameter=environ["REDDIT_PARAMETER"],
            author_salt_parameter=environ["AUTHOR_SALT_PARAMETER"],
            author_salt=environ["AUTHOR_SALT"],
        )
