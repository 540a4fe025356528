"""Metrics of sending: lines of Embedded Metric Format that CloudWatch reads from the log."""

from aws_lambda_powertools import Metrics
from aws_lambda_powertools.metrics import MetricUnit

NAMESPACE = "tickertape"


class Gauges:
    """One line a call, so that messages of one batch do not add up."""

    def __init__(self, metrics: Metrics) -> None:
        self._metrics = metrics

    def ambiguous(self, key: str) -> None:
        """Nobody knows whether the message of this key was taken; it is sent again."""
        self._metrics.add_dimension(name="channel", value=key.rpartition("/")[2])
        self._metrics.add_metadata(key="notification", value=key)
        self._metrics.add_metric(name="AmbiguousSend", unit=MetricUnit.Count, value=1)
        self._metrics.flush_metrics()
