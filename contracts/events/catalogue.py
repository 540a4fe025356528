"""Every event there is, by detail-type. For tools and tests; a Lambda imports only what it needs."""

from contracts.events import app, ingestion, market_data, notifications, prediction, sentiment, summaries
from contracts.events.envelope import Event

_MODULES = (app, ingestion, sentiment, market_data, prediction, notifications, summaries)

EVENTS: dict[str, type[Event]] = {
    member.detail_type: member
    for module in _MODULES
    for member in vars(module).values()
    if isinstance(member, type) and issubclass(member, Event) and member is not Event
}
