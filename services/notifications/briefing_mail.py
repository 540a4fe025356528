"""Briefings as e-mail: their two parts as they lie ready, and a way to turn them off."""

from collections.abc import Callable
from html import escape

from contracts.events.summaries import BriefingPreparedV1
from services.notifications.channels import Outcome, Refused
from services.notifications.mail import Mail, way_out

_LEAVE = "Stop these mails"
_STYLE = "margin:0;padding:0 12px 24px;text-align:center;font:13px sans-serif;color:#56616a"


class BriefingMail:
    """*read* gives what lies at a place, none where it is gone."""

    def __init__(self, mail: Mail, read: Callable[[str], str | None]) -> None:
        self._mail, self._read = mail, read

    def post(self, address: str, briefing: BriefingPreparedV1) -> Outcome:
        text, html = self._read(briefing.text_part), self._read(briefing.html_part)
        if text is None or html is None:
            return Refused("the briefing is no longer there")
        link = self._mail.link(address, briefing.user_id)
        message = {
            "Subject": _content(" ".join(briefing.subject_line.split())),
            "Body": {"Text": _content(_text(text, link)), "Html": _content(_html(html, link))},
        }
        return self._mail.take(address, message | way_out(link))


def _text(text: str, link: str) -> str:
    return f"{text}\n{_LEAVE}: {link}\n" if link else text


def _html(html: str, link: str) -> str:
    if not link:
        return html
    way = f'<a href="{escape(link)}" style="color:#56616a">{_LEAVE}</a>'
    return html.replace("</body>", f'<p class="soft" style="{_STYLE}">{way}</p></body>', 1)


def _content(text: str) -> dict[str, str]:
    return {"Data": text, "Charset": "UTF-8"}
