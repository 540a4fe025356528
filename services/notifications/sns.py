"""Amazon SNS: whether a message is really a topic's own, and telling a topic that we listen."""

import re
from base64 import b64decode
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from urllib3 import BaseHTTPResponse, PoolManager

_CERTIFICATE = re.compile(
    r"^https://sns\.[a-z0-9-]{4,24}\.amazonaws\.com(\.cn)?/SimpleNotificationService-[0-9a-f]{32}\.pem$"
)
_SIGNED = {
    "Notification": ("Message", "MessageId", "Subject", "Timestamp", "TopicArn", "Type"),
    "SubscriptionConfirmation": (
        "Message", "MessageId", "SubscribeURL", "Timestamp", "Token", "TopicArn", "Type",
    ),
}  # fmt: skip
_SIGNED["UnsubscribeConfirmation"] = _SIGNED["SubscriptionConfirmation"]


class SnsUnanswered(Exception):
    """SNS did not answer as it should; to be tried again."""


class Sns:
    """*http* times out by itself; only SNS's own addresses are fetched."""

    def __init__(self, http: "PoolManager") -> None:
        self._http = http
        self._known: dict[str, Any] = {}

    def verified(self, message: Mapping[str, Any]) -> bool:
        """By the certificate the message names, if that is SNS's. A hostile text is false, never an error."""
        try:
            return self._verified(message)
        except SnsUnanswered:
            raise
        except Exception:  # what a stranger sent has as many ways to be wrong as there are
            return False

    def confirm(self, address: str) -> None:
        if self._get(address).status != 200:
            raise SnsUnanswered("the subscription could not be confirmed")

    def _verified(self, message: Mapping[str, Any]) -> bool:
        from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
        from cryptography.hazmat.primitives.hashes import SHA1, SHA256

        address = message["SigningCertURL"]
        region = message["TopicArn"].split(":")[3]
        if not _CERTIFICATE.fullmatch(address) or any(not isinstance(v, str) for v in message.values()):
            return False
        if not address.startswith(f"https://sns.{region}."):
            return False
        told = "".join(f"{name}\n{message[name]}\n" for name in _SIGNED[message["Type"]] if name in message)
        digest = {"1": SHA1, "2": SHA256}[message["SignatureVersion"]]()  # version 1 is SHA-1
        signature = b64decode(message["Signature"], validate=True)
        self._key(address).verify(signature, told.encode(), PKCS1v15(), digest)
        return True

    def _key(self, address: str) -> Any:
        from cryptography.x509 import load_pem_x509_certificate

        if address not in self._known:
            answer = self._get(address)
            if answer.status in (403, 404):
                raise ValueError("SNS has no such certificate")
            if answer.status != 200:
                raise SnsUnanswered("the certificate could not be fetched")
            self._known[address] = load_pem_x509_certificate(answer.data).public_key()
        return self._known[address]

    def _get(self, address: str) -> "BaseHTTPResponse":
        from urllib3.exceptions import HTTPError

        try:
            return self._http.request("GET", address, retries=False, redirect=False)
        except HTTPError as error:
            raise SnsUnanswered(f"no answer: {type(error).__name__}") from None
