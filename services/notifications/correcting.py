"""Puts right what was told: a corrected quote edits the messages that told of the wrong one."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from contracts.events.envelope import Envelope, Publish
from contracts.events.market_data import QuoteCorrectedV1
from contracts.events.notifications import AlertFiredV1
from services.notifications.channels import Outcome, Wait
from services.notifications.localised import HOUSE_FIGURES, Figures, figures_for

PRICE_RULES = ("price_move", "price_level")
_SECOND_LOOK = 900
"""Seconds after which late messages are looked for: one may have been on its way when the correction came."""
MAX_WAITS = 24


@dataclass(frozen=True)
class Told:
    """A message that can be edited, by the *receipt* of its channel."""

    alert: AlertFiredV1
    kind: str
    receipt: str


class ToldMessages(Protocol):
    def told_of(self, ticker: str, as_of: datetime) -> Iterable[Told]: ...

    def amend(self, alert: AlertFiredV1, correction: str) -> None:
        """Puts the correction beside the alert in the user's inbox; the same one changes nothing."""
        ...


Edit = Callable[[Told, str], Outcome]
Postpone = Callable[[Envelope, int], None]


def correct_messages(
    event: QuoteCorrectedV1,
    publish: Publish,
    *,
    messages: ToldMessages,
    locale: Callable[[str], str],
    edits: Mapping[str, Edit],
    postpone: Postpone,
    warn: Callable[..., None],
) -> None:
    """Edit what can be edited, in each inbox and on each channel. Safe to repeat."""
    waits = []
    for one in messages.told_of(event.ticker, event.as_of):
        told = correction(event, figures_for(locale(one.alert.user_id)))
        messages.amend(one.alert, told)
        if one.kind not in edits:
            continue
        outcome = edits[one.kind](one, told)
        if isinstance(outcome, Wait):
            waits.append(outcome.seconds)
        elif why := getattr(outcome, "why", ""):
            warn("message.not_corrected", extra={"notification": one.alert.notification_id, "reason": why})
    _come_again(publish.cause, waits, postpone)


def correction(event: QuoteCorrectedV1, say: Figures = HOUSE_FIGURES) -> str:
    return (
        f"Corrected: {event.ticker} stood at {say.money(event.corrected)}, {say.percent(event.change_pct)}, "
        f"not at {say.money(event.was)}, {say.percent(event.was_change_pct)}, on {say.clock(event.as_of)} "
        f"({' '.join(event.why.split())}; {event.provider})."
    )


def _come_again(cause: Envelope, waits: list[int], postpone: Postpone) -> None:
    waited, looked = int(cause.data.get("waited", 0)), bool(cause.data.get("looked_again"))
    if waits and waited < MAX_WAITS:
        postpone(_again(cause, waited=waited + 1), max(waits))
    elif not looked:
        postpone(_again(cause, looked_again=True), _SECOND_LOOK)


def _again(cause: Envelope, **changes: object) -> Envelope:
    return cause.model_copy(update={"data": {**cause.data, **changes}})
