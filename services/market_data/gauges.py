"""Metrics of the collections: lines of Embedded Metric Format that CloudWatch reads from the log."""

from aws_lambda_powertools import Metrics
from aws_lambda_powertools.metrics import MetricUnit

from services.market_data.reporting import Part

NAMESPACE = "tickertape"


class Gauges:
    """One line a call, so that ticks of one batch do not add up."""

    def __init__(self, metrics: Metrics) -> None:
        self._metrics = metrics

    def collected(self, part: Part) -> None:
        """Lines of one tick add up to it; what was put off is counted once it is known."""
        self._metrics.add_dimension(name="series", value=part.series)
        for name, value in (("success_count", len(part.got)), ("failed_count", len(part.missed))):
            self._metrics.add_metric(name=name, unit=MetricUnit.Count, value=value)
        self._metrics.add_metric(name="duration_seconds", unit=MetricUnit.Seconds, value=float(part.seconds))
        self._metrics.flush_metrics()

    def anomaly(self) -> None:
        self._metrics.add_metric(name="anomaly_count", unit=MetricUnit.Count, value=1)
        self._metrics.flush_metrics()
