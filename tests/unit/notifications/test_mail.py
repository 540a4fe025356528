"""An alert as a mail."""

from dataclasses import dataclass, field
from typing import Any

import pytest
from botocore.exceptions import ClientError

from services.notifications.channels import Delivered, Gone, NotTaken, Outcome, Refused, Wait, address_key
from services.notifications.mail import Mail
from services.notifications.signing import opened
from tests.builders import an_alert

BODY = "GME stood at $347.51.\n\nGME: 1 post\nAMC: 2 posts\n\nWhy: tape why n-1"


@dataclass
class Ses:
    refusal: str = ""
    status: int = 400
    words: str = "no"
    requests: list[dict[str, Any]] = field(default_factory=list)

    def send_email(self, **request: Any) -> dict[str, str]:
        self.requests.append(request)
        if self.refusal:
            answer: Any = {
                "Error": {"Code": self.refusal, "Message": self.words},
                "ResponseMetadata": {"HTTPStatusCode": self.status},
            }
            raise ClientError(answer, "SendEmail")
        return {"MessageId": "ses-1"}


def send(
    ses: Any, *, unsubscribe_url: str = "", signs: bool = True, feedback: str = "", **changes: Any
) -> Outcome:
    secret = {"signing_key": "k"} if signs else {}
    sender = "alerts@tickertape.example"
    mail = Mail(ses, secret.get, sender=sender, unsubscribe_url=unsubscribe_url, feedback=feedback)
    return mail.send("alice@example.com", an_alert(**{"body": BODY} | changes))


def written(**wanted: Any) -> dict[str, Any]:
    ses = Ses()
    send(ses, **wanted)
    message: dict[str, Any] = ses.requests[0]["Content"]["Simple"]
    return message


def test_a_mail_says_the_same_in_text_and_html() -> None:
    message = written()
    assert message["Subject"] == {"Data": "GME +134.8 %", "Charset": "UTF-8"}
    assert message["Body"]["Text"]["Data"] == (
        "GME +134.8 %\n\nGME stood at $347.51.\n\nGME: 1 post\nAMC: 2 posts\n\nWhy: tape why n-1\n"
    )
    html = message["Body"]["Html"]["Data"]
    for piece in ("GME +134.8 %</h1>", ">GME stood at $347.51.</p>", ">GME: 1 post\nAMC: 2 posts</p>"):
        assert piece in html
    assert "white-space:pre-line" in html
    assert "tape why n-1</p>" in html


def test_a_mail_goes_from_the_sender_to_the_one_user() -> None:
    ses = Ses()
    send(ses)
    assert ses.requests[0]["FromEmailAddress"] == "alerts@tickertape.example"
    assert ses.requests[0]["Destination"] == {"ToAddresses": ["alice@example.com"]}


def test_markup_in_an_alert_is_shown_and_not_obeyed() -> None:
    message = written(title="<b>GME</b>", body='<img src="http://evil">\n\nWhy: tape why n-1')
    html = message["Body"]["Html"]["Data"]
    assert "<img" not in html
    assert "<b>" not in html
    assert "&lt;img src=&#34;http:" in html
    assert "http://evil" not in html + message["Body"]["Text"]["Data"]  # no client is to make a link of it


def test_a_title_of_two_lines_cannot_add_a_header() -> None:
    assert (
        written(title="GME\r\nBcc: all@example.com")["Subject"]["Data"]
        == "GME Bcc: all@\u2060example.\u2060com"
    )


def test_a_mail_can_be_ended_by_one_click_where_there_is_a_place_and_a_key_for_it() -> None:
    for without in (written(), written(unsubscribe_url="https://api.example/unsubscribe", signs=False)):
        assert "Headers" not in without
        assert "Fewer mails" not in str(without)
    message = written(unsubscribe_url="https://api.example/unsubscribe")
    link, post = message["Headers"]
    assert post == {"Name": "List-Unsubscribe-Post", "Value": "List-Unsubscribe=One-Click"}
    address = link["Value"].strip("<>")
    token = address.removeprefix("https://api.example/unsubscribe?t=")
    assert opened("k", "unsubscribe", token) == ["alice", address_key("email", "alice@example.com")]
    assert f'href="{address}"' in message["Body"]["Html"]["Data"]
    assert message["Body"]["Text"]["Data"].endswith(f"\n\nFewer mails: {address}\n")


def test_ses_is_told_by_which_set_to_report_bounces() -> None:
    ses = Ses()
    send(ses)
    send(ses, feedback="tickertape-mails")
    assert "ConfigurationSetName" not in ses.requests[0]
    assert ses.requests[1]["ConfigurationSetName"] == "tickertape-mails"


@pytest.mark.parametrize(
    "code",
    ["MessageRejected", "MailFromDomainNotVerifiedException", "NotFoundException", "BadRequestException"],
)
def test_what_ses_refuses_for_good_is_a_refusal_in_its_words(code: str) -> None:
    assert send(Ses(refusal=code)) == Refused("SES: no")


def test_a_mail_that_was_taken_is_known_by_its_id() -> None:
    assert send(Ses()) == Delivered("ses-1")


def test_an_address_ses_suppresses_is_gone() -> None:
    words = "Address is on the suppression list"
    assert send(Ses(refusal="MessageRejected", words=words)) == Gone(f"SES: {words}")


@pytest.mark.parametrize("code", ["TooManyRequestsException", "LimitExceededException"])
def test_over_the_rate_of_ses_a_mail_waits(code: str) -> None:
    assert send(Ses(refusal=code)) == Wait(60, "SES: no")


@pytest.mark.parametrize(
    "code",
    [
        "SendingPausedException",
        "AccountSuspendedException",
    ],
)
def test_what_may_pass_was_not_taken(code: str) -> None:
    with pytest.raises(NotTaken, match="SES: no"):
        send(Ses(refusal=code))


def test_an_answer_that_something_broke_leaves_it_open_whether_the_mail_was_taken() -> None:
    with pytest.raises(ClientError, match="InternalFailure"):
        send(Ses(refusal="InternalFailure", status=500))
