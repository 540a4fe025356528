"""Slack: posts to a channel or a person, in a thread where asked, and edits what it posted."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from contracts.events.notifications import AlertFiredV1
from services.notifications.blocks import Block, alert_blocks, fallback
from services.notifications.channels import Delivered, Gone, Outcome, Refused, Secret, Wait, not_set_up
from services.notifications.correcting import Told

if TYPE_CHECKING:
    from slack_sdk import WebClient
    from slack_sdk.errors import SlackApiError

_TIMEOUT = 8
"""Seconds for a call."""
_PAUSE = 60
"""Seconds to wait where Slack does not say how many."""
_NOBODY = {
    "channel_not_found",
    "is_archived",
    "user_not_found",
    "user_disabled",
    "not_in_channel",
    "cannot_dm_bot",
    "messages_tab_disabled",
}
"""Slack's words for an address at which nobody hears us."""
_TROUBLE = {"fatal_error", "internal_error", "request_timeout", "service_unavailable", "ratelimited"}


class Slack:
    """*url* is where Slack's API lies; the key is `slack_token`, a bot's."""

    def __init__(self, secret: Secret, *, url: str) -> None:
        self._secret, self._url = secret, url

    def send(self, address: str, alert: AlertFiredV1) -> Outcome:
        return self.post(address, alert.title, alert_blocks(alert))

    def post(self, address: str, title: str, blocks: Sequence[Block], *, thread: str = "") -> Outcome:
        """*thread* is the receipt of the message this one answers; its own receipt is `channel/ts`."""
        within = {"thread_ts": thread.rpartition("/")[2]} if thread else {}
        return self._call("chat_postMessage", address, title, blocks, **within)

    def correct(self, told: Told, correction: str) -> Outcome:
        title = f"Corrected: {told.alert.title}"
        return self.edit(told.receipt, title, alert_blocks(told.alert, correction=correction))

    def edit(self, receipt: str, title: str, blocks: Sequence[Block]) -> Outcome:
        channel, _, ts = receipt.rpartition("/")
        return self._call("chat_update", channel, title, blocks, ts=ts)

    def _call(self, method: str, channel: str, title: str, blocks: Sequence[Block], **more: str) -> Outcome:
        client = self._client()
        if client is None:
            return not_set_up("slack")
        from slack_sdk.errors import SlackApiError

        quiet: dict[str, Any] = {"parse": "none", "link_names": False}
        if method == "chat_postMessage":
            quiet |= {"unfurl_links": False, "unfurl_media": False, "mrkdwn": False}
        try:
            answer = getattr(client, method)(
                channel=channel, text=fallback(title), blocks=list(blocks), **quiet, **more
            )
        except SlackApiError as error:
            return _not_taken(error)
        return Delivered(f"{answer['channel']}/{answer['ts']}")

    def _client(self) -> "WebClient | None":
        token = self._secret("slack_token")
        if not token:
            return None
        from slack_sdk import WebClient  # here, because only who has Slack is to pay for its import

        # Without handlers of its own: it would repeat a call whose answer was lost, and nobody would know.
        return WebClient(token, base_url=self._url, timeout=_TIMEOUT, retry_handlers=[])


def _not_taken(error: "SlackApiError") -> Outcome:
    response = error.response
    headers = {name.lower(): value for name, value in getattr(response, "headers", {}).items()}
    status = getattr(response, "status_code", 0)
    told = response.data if isinstance(getattr(response, "data", None), dict) else {}
    said = str(told.get("error", ""))
    code = said if said.isidentifier() else ""  # of a page that is no JSON the client makes an error's words
    if status == 429 or status >= 500 or code in _TROUBLE or not code:
        asked = str(headers.get("retry-after", ""))
        return Wait(int(asked) if asked.isdigit() else _PAUSE, f"Slack: {code or status}")
    if code in _NOBODY:
        return Gone(f"Slack: {code}")
    return Refused(f"Slack: {code}")
