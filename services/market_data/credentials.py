"""The providers' credentials: one secret of JSON, by provider's name."""

from collections.abc import Callable, Mapping
from typing import Any

from aws_lambda_powertools.utilities.parameters import SecretsProvider
from aws_lambda_powertools.utilities.parameters.exceptions import GetParameterError, TransformParameterError

KEPT_S = 900


class Secret:
    """Read when first wanted and kept for a quarter of an hour; without a *name*, no client is made.

    It holds some of `{"alpaca": {"key_id": "…", "secret_key": "…"}, "tiingo": {"token": "…"},
    "polygon": {"key": "…"}}`.
    """

    def __init__(self, name: str, provider: Callable[[], SecretsProvider]) -> None:
        self._name, self._make = name, provider
        self._provider: SecretsProvider | None = None

    def of(self, vendor: str, *, renewed: bool = False) -> Mapping[str, str] | None:
        """None when there are none; with *renewed*, what was kept does not count."""
        if not self._name:
            return None
        self._provider = self._provider or self._make()
        try:
            found: Any = self._provider.get(self._name, max_age=KEPT_S, transform="json", force_fetch=renewed)
        except (GetParameterError, TransformParameterError):
            return None
        mine = found.get(vendor) if isinstance(found, dict) else None
        return mine if isinstance(mine, dict) and mine else None
