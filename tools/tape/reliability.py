"""Draws how often it went up beside how often that was told: a model's calibration, as PNG."""

from pathlib import Path

from matplotlib.axes import Axes
from matplotlib.figure import Figure

from services.prediction.serving import Model
from services.prediction.validating import Validation, wilson


def draw(model: Model, title: str, into: Path) -> None:
    """One panel a horizon, ten parts of its out-of-sample forecasts each; the same model, the same bytes."""
    figure = Figure(figsize=(4.2 * len(model.horizons), 4.4), dpi=120, layout="constrained")
    figure.suptitle(title)
    panels = figure.subplots(1, len(model.horizons), squeeze=False)[0]
    for panel, (days, fitted) in zip(panels, sorted(model.horizons.items()), strict=True):
        _panel(panel, days, fitted.validation)
    into.parent.mkdir(parents=True, exist_ok=True)
    figure.savefig(into, format="png", metadata={"Software": None})


def _panel(panel: Axes, days: int, worth: Validation) -> None:
    panel.set(
        title=f"{days} session{'s' if days > 1 else ''} ahead",
        xlabel="probability told",
        ylabel="share that went up",
    )
    panel.plot([0, 1], [0, 1], color="0.7", linewidth=1)
    parts = worth.reliability
    if not parts:
        panel.text(0.5, 0.5, "too few forecasts", ha="center")
        return
    told, came = [part.told for part in parts], [part.came for part in parts]
    ends = [wilson(part.came, max(1.0, part.n * worth.independent / worth.n)) for part in parts]
    below = [max(0.0, share - low) for share, (low, _) in zip(came, ends, strict=True)]
    above = [max(0.0, high - share) for share, (_, high) in zip(came, ends, strict=True)]
    panel.errorbar(told, came, yerr=[below, above], fmt="o", capsize=3, color="tab:blue")
    least, most = min(*told, *came), max(*told, *came)
    room = max(0.05, (most - least) / 4)
    panel.set(xlim=(least - room, most + room), ylim=(least - room, most + room))
