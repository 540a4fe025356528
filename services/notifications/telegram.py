"""Telegram's Bot API: sends, edits and answers, in plain text with entities of our own."""

import json
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from contracts.events.notifications import AlertFiredV1
from services.notifications.channels import Delivered, Gone, Outcome, Refused, Secret, Wait, not_set_up
from services.notifications.correcting import Told
from services.notifications.plain import cut_utf16, inert, one_line, utf16

if TYPE_CHECKING:
    from urllib3 import PoolManager

LONGEST = 4096
"""UTF-16 code units of a message."""
_PAUSE = 30
Entity = dict[str, Any]


class TelegramUnanswered(Exception):
    """No answer came; whether the message was taken is not known."""


class Telegram:
    """*url* is where the Bot API lies; the key is `telegram_token`. *http* times out by itself."""

    def __init__(self, secret: Secret, http: "PoolManager", *, url: str) -> None:
        self._secret, self._http, self._url = secret, http, url.rstrip("/")

    def send(self, address: str, alert: AlertFiredV1) -> Outcome:
        text, entities = alert_text(alert)
        return self.post(address, text, entities)

    def post(
        self, chat: str, text: str, entities: Sequence[Entity] = (), *, keyboard: Sequence[Any] = ()
    ) -> Outcome:
        """The receipt is `chat/message`. Where Telegram cannot read the entities, once more without them."""
        body = _body(chat, text, entities, keyboard)
        outcome = self._call("sendMessage", body)
        if isinstance(outcome, Refused) and entities:
            return self._call("sendMessage", _body(chat, text, (), keyboard))
        return outcome

    def correct(self, told: Told, correction: str) -> Outcome:
        text, entities = alert_text(told.alert, correction=correction)
        return self.edit(told.receipt, text, entities)

    def edit(
        self, receipt: str, text: str, entities: Sequence[Entity] = (), *, keyboard: Sequence[Any] = ()
    ) -> Outcome:
        chat, _, message = receipt.rpartition("/")
        body = _body(chat, text, entities, keyboard) | {"message_id": int(message)}
        outcome = self._call("editMessageText", body)
        # A repeat: the text already is what it should be.
        unchanged = isinstance(outcome, Refused) and "message is not modified" in outcome.why
        return Delivered(receipt) if unchanged else outcome

    def acknowledge(self, query: str) -> Outcome:
        """Stops the clock on a button that was pressed."""
        return self._call("answerCallbackQuery", {"callback_query_id": query})

    def _call(self, method: str, body: dict[str, Any]) -> Outcome:
        token = self._secret("telegram_token")
        if not token:
            return not_set_up("telegram")
        from urllib3.exceptions import HTTPError

        try:
            answer = self._http.request("POST", f"{self._url}/bot{token}/{method}", json=body, retries=False)
        except HTTPError as error:
            # Not the error itself: its words hold the address, and the address holds the token.
            raise TelegramUnanswered(f"{method}: {type(error).__name__}") from None
        return _outcome(answer.status, _json(answer.data))


def alert_text(alert: AlertFiredV1, *, correction: str = "") -> tuple[str, list[Entity]]:
    """The title in bold, then the body; its receipt, the last paragraph, is never cut off."""
    *paragraphs, receipt = [inert(one) for one in alert.body.split("\n\n")]
    title = inert(one_line(f"Corrected: {alert.title}" if correction else alert.title))
    told = "\n\n".join([title, *([inert(correction)] if correction else []), *paragraphs])
    text = f"{cut_utf16(told, LONGEST - utf16(receipt) - 2)}\n\n{receipt}"
    return text, [{"type": "bold", "offset": 0, "length": utf16(title)}]


def _body(chat: str, text: str, entities: Sequence[Entity], keyboard: Sequence[Any]) -> dict[str, Any]:
    return {
        "chat_id": int(chat) if chat.lstrip("-").isdigit() else chat,
        "text": cut_utf16(text, LONGEST),
        "link_preview_options": {"is_disabled": True},
        **({"entities": list(entities)} if entities else {}),
        **({"reply_markup": {"inline_keyboard": list(keyboard)}} if keyboard else {}),
    }


def _outcome(status: int, answer: dict[str, Any]) -> Outcome:
    if answer.get("ok"):
        return Delivered(_receipt(answer.get("result")))
    told = f"Telegram: {str(answer.get('description') or status)[:200]}"
    if status == 429 or status >= 500 or not answer:
        asked = (answer.get("parameters") or {}).get("retry_after")
        return Wait(asked if isinstance(asked, int) else _PAUSE, told)
    nobody = ("chat not found", "user is deactivated", "upgraded to a supergroup")
    return Gone(told) if status == 403 or any(words in told for words in nobody) else Refused(told)


def _receipt(result: Any) -> str:
    return f"{result['chat']['id']}/{result['message_id']}" if isinstance(result, dict) else ""


def _json(data: bytes) -> dict[str, Any]:
    try:
        answer = json.loads(data)
    except ValueError:
        return {}
    return answer if isinstance(answer, dict) else {}
