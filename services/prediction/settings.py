"""What the template tells the prediction service's Lambdas."""

from dataclasses import dataclass
from os import environ
from typing import Self


@dataclass(frozen=True)
class Settings:
    bus_name: str
    features_table: str
    forecasts_table: str
    models_bucket: str

    @classmethod
    def from_env(cls) -> Self:
        """Raises KeyError naming the setting that is missing."""
        return cls(
            bus_name=environ["BUS_NAME"],
            features_table=environ["FEATURES_TABLE"],
            forecasts_table=environ["FORECASTS_TABLE"],
            models_bucket=environ["MODELS_BUCKET"],
        )
