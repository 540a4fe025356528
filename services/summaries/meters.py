"""Metrics of the language model: lines of Embedded Metric Format that CloudWatch reads from the log."""

from aws_lambda_powertools import Metrics
from aws_lambda_powertools.metrics import MetricUnit

from services.summaries.consulting import Consulted

NAMESPACE = "tickertape"


class Meters:
    """One line a question."""

    def __init__(self, metrics: Metrics) -> None:
        self._metrics = metrics

    def told(self, consulted: Consulted) -> None:
        tokens = {
            "prompt_cache_hit_count": int(consulted.cached),
            "prompt_cache_miss_count": int(not consulted.cached),
            "saved_token_count": consulted.saved,
            "spent_token_count": consulted.cost.tokens,
        }
        for name, value in tokens.items():
            self._metrics.add_metric(name=name, unit=MetricUnit.Count, value=value)
        self._metrics.add_metric(
            name="model_dollars", unit=MetricUnit.NoUnit, value=float(consulted.cost.dollars)
        )
        self._metrics.flush_metrics()
