"""What readers, their browsers and mail services tell us back: whom not to write to, and whom to push to."""

from collections.abc import Callable
from datetime import datetime
from typing import Protocol

from contracts.events.envelope import Publish
from contracts.events.notifications import PreferenceStatedV1
from services.notifications.channels import address_key
from services.notifications.taken import BrowserTaken, FeedbackTaken, UnsubscribeTaken


class Addresses(Protocol):
    def bury(self, key: str, why: str) -> None: ...


class Browsers(Protocol):
    def keep_browser(self, user_id: str, browser_id: str, subscription: str | None, *, at: datetime) -> None:
        """Without a *subscription* it is taken away; what is newer stays."""
        ...


def handle_feedback(
    event: FeedbackTaken, publish: Publish, *, addresses: Addresses, confirm: Callable[[str], None]
) -> None:
    """A bounce for good and a complaint end mail to an address. Safe to repeat."""
    if event.confirm:
        confirm(event.confirm)
    for address in event.recipients:
        addresses.bury(address_key("email", address), event.why)


def keep_browser(event: BrowserTaken, publish: Publish, *, browsers: Browsers) -> None:
    browsers.keep_browser(event.user_id, event.browser_id, event.subscription, at=event.at)


def turn_mail_off(event: UnsubscribeTaken, publish: Publish, *, addresses: Addresses) -> None:
    """At once here, and told to the app, whose setting it is."""
    addresses.bury(event.address_key, "unsubscribed by its reader")
    publish(PreferenceStatedV1(user_id=event.user_id, wish="no_mail", channel="email", stated_at=event.at))
