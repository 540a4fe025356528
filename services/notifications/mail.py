"""Alerts as e-mail through SES: the same words as plain text and as HTML."""

from pathlib import Path
from typing import TYPE_CHECKING, Any

from botocore.exceptions import ClientError
from jinja2 import Environment, FileSystemLoader, StrictUndefined, select_autoescape

from contracts.events.notifications import AlertFiredV1
from services.notifications.channels import Delivered, Gone, NotTaken, Outcome, Refused, Wait

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
    """*unsubscribe_url* is where a reader turns mail off; without one no mail claims to have such a place."""

    def __init__(self, client: "SESV2Client", *, sender: str, unsubscribe_url: str = "") -> None:
        self._client, self._sender, self._unsubscribe_url = client, sender, unsubscribe_url

    def send(self, address: str, alert: AlertFiredV1) -> Outcome:
        """What SES answers is told in its words; without an answer nobody knows whether it took the mail."""
        try:
            answer = self._client.send_email(
                FromEmailAddress=self._sender,
                Destination={"ToAddresses": [address]},
                Content={"Simple": self._message(alert)},
            )
        except ClientError as error:
            return _not_sent(error)
        return Delivered(answer["MessageId"])

    def _message(self, alert: AlertFiredV1) -> Any:
        headers = [{"Name": "List-Unsubscribe", "Value": f"<{self._unsubscribe_url}>"}]
        return {
            "Subject": _content(" ".join(alert.title.split())),
            "Body": {
                "Text": _content(self._render("mail.txt.jinja", alert)),
                "Html": _content(self._render("mail.html.jinja", alert)),
            },
            **({"Headers": headers} if self._unsubscribe_url else {}),
        }

    def _render(self, template: str, alert: AlertFiredV1) -> str:
        *paragraphs, receipt = alert.body.split("\n\n")
        return _templates.get_template(template).render(
            title=alert.title,
            paragraphs=paragraphs,
            receipt=receipt,
            unsubscribe_url=self._unsubscribe_url,
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
