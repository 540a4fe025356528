"""Alerts as e-mail through SES: the same words as plain text and as HTML."""

from pathlib import Path
from typing import TYPE_CHECKING, Any

from botocore.exceptions import ClientError
from jinja2 import Environment, FileSystemLoader, StrictUndefined, select_autoescape

from contracts.events.notifications import AlertFiredV1
from services.notifications.channels import (
    Delivered,
    Gone,
    NotTaken,
    Outcome,
    Refused,
    Secret,
    Wait,
    address_key,
)
from services.notifications.plain import inert, one_line
from services.notifications.unsubscribing import unsubscribe_link

if TYPE_CHECKING:
    from types_boto3_sesv2 import SESV2Client

_FOR_GOOD = {
    "MessageRejected",
    "MailFromDomainNotVerifiedException",
    "NotFoundException",
    "BadRequestException",
}
"""What SES says of a message that no repetition will make it take; limits and pauses are not among them."""
_LIMITS = {"TooManyRequestsException", "LimitExceededException"}
_PAUSE = 60
"""Seconds until a mail over SES's rate is tried again."""

_templates = Environment(
    loader=FileSystemLoader(Path(__file__).parent),
    autoescape=select_autoescape(["html.jinja"]),
    undefined=StrictUndefined,
    trim_blocks=True,
    lstrip_blocks=True,
)


class Mail:
    """*unsubscribe_url* is where a reader turns mail off; without it, or a `signing_key` for its links, no
    mail claims to have such a place. *feedback* is the configuration set by which SES tells of bounces."""

    def __init__(
        self,
        client: "SESV2Client",
        secret: Secret,
        *,
        sender: str,
        unsubscribe_url: str = "",
        feedback: str = "",
    ) -> None:
        self._client, self._secret, self._sender = client, secret, sender
        self._unsubscribe_url = unsubscribe_url
        self._through: Any = {"ConfigurationSetName": feedback} if feedback else {}

    def send(self, address: str, alert: AlertFiredV1) -> Outcome:
        """What SES answers is told in its words; without an answer nobody knows whether it took the mail."""
        return self.take(address, self._message(alert, self.link(address, alert.user_id)))

    def take(self, address: str, message: Any) -> Outcome:
        """The same for a message in SES's own shape."""
        try:
            answer = self._client.send_email(
                FromEmailAddress=self._sender,
                Destination={"ToAddresses": [address]},
                Content={"Simple": message},
                **self._through,
            )
        except ClientError as error:
            return _not_sent(error)
        return Delivered(answer["MessageId"])

    def link(self, address: str, user_id: str) -> str:
        """Where the reader of this address turns mail off; empty where there is no such place."""
        key = self._secret("signing_key")
        if not key or not self._unsubscribe_url:
            return ""
        return unsubscribe_link(key, self._unsubscribe_url, user_id, address_key("email", address))

    def _message(self, alert: AlertFiredV1, link: str) -> Any:
        text, html = rendered(alert, link)
        return {
            "Subject": _content(inert(one_line(alert.title))),
            "Body": {
                "Text": _content(text),
                "Html": _content(html),
            },
            **way_out(link),
        }


def way_out(link: str) -> dict[str, Any]:
    """The headers by which a mail program offers to turn mail off; none without a place for it."""
    headers = [
        {"Name": "List-Unsubscribe", "Value": f"<{link}>"},
        {"Name": "List-Unsubscribe-Post", "Value": "List-Unsubscribe=One-Click"},  # RFC 8058
    ]
    return {"Headers": headers} if link else {}


def rendered(alert: AlertFiredV1, link: str = "") -> tuple[str, str]:
    """The same mail as plain text and as HTML; *link* ends mail, where there is one."""
    return _render("mail.txt.jinja", alert, link), _render("mail.html.jinja", alert, link)


def _render(template: str, alert: AlertFiredV1, link: str) -> str:
    *paragraphs, receipt = [inert(one) for one in alert.body.split("\n\n")]
    return _templates.get_template(template).render(
        title=inert(one_line(alert.title)), paragraphs=paragraphs, receipt=receipt, unsubscribe_url=link
    )


def _not_sent(error: ClientError) -> Outcome:
    code, told = error.response["Error"]["Code"], error.response["Error"]["Message"]
    if code in _LIMITS:
        return Wait(_PAUSE, f"SES: {told}")
    if code not in _FOR_GOOD:
        broken = error.response["ResponseMetadata"]["HTTPStatusCode"] >= 500
        raise error if broken else NotTaken(f"SES: {told}") from error
    return Gone(f"SES: {told}") if "suppress" in told.lower() else Refused(f"SES: {told}")


def _content(text: str) -> dict[str, str]:
    return {"Data": text, "Charset": "UTF-8"}
