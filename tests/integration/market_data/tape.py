"""A small recorded file for the bench, and a second Lambda over its tables."""

import importlib
from typing import Any

BARS = b"""symbol,date,open,high,low,close,adjusted_close,volume
GME,2021-01-25,96.73,159.18,61.13,76.79,76.79,177874000
GME,2021-01-26,88.56,150.00,80.20,147.98,147.98,178588000
GME,2021-01-27,354.83,380.00,249.00,347.51,347.51,93396700
SPY,2021-01-25,383.67,384.77,378.46,384.39,379.0,70402000
SPY,2021-01-26,385.41,385.85,383.54,383.79,378.4,42665300
SPY,2021-01-27,380.22,380.32,372.01,374.41,369.1,123351100
"""


def handler_of(function: str) -> Any:
    """Another Lambda of the service, to be called inside a bench: a service's Lambdas share their tables."""
    return importlib.import_module(f"services.market_data.handlers.{function}").handler
