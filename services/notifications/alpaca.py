"""Alpaca's trading API, read only: what the account holds and what it is worth."""

import json
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from services.notifications.answering import BrokerUnset
from services.notifications.boards import Account, Position
from services.notifications.channels import Secret

if TYPE_CHECKING:
    from urllib3 import PoolManager

_HUNDRED = Decimal(100)


class BrokerUnanswered(Exception):
    """The broker gave no answer we can read; to be asked again."""


class Alpaca:
    """Keys: `alpaca_key_id` and `alpaca_secret_key`. *url* is where the trading API lies."""

    def __init__(self, secret: Secret, http: "PoolManager", *, url: str) -> None:
        self._secret, self._http, self._url = secret, http, url.rstrip("/")

    def positions(self) -> list[Position]:
        return [
            Position(
                symbol=str(one["symbol"]),
                quantity=Decimal(one["qty"]),
                entry=Decimal(one["avg_entry_price"]),
                price=Decimal(one["current_price"]),
                value=Decimal(one["market_value"]),
                pl=Decimal(one["unrealized_pl"]),
                return_pct=Decimal(one["unrealized_plpc"]) * _HUNDRED,
            )
            for one in self._get("/v2/positions")
        ]

    def account(self) -> Account:
        told = self._get("/v2/account")
        return Account(
            number=str(told["account_number"]),
            status=str(told["status"]),
            equity=Decimal(told["equity"]),
            cash=Decimal(told["cash"]),
            buying_power=Decimal(told["buying_power"]),
            last_equity=Decimal(told["last_equity"]),
        )

    def _get(self, path: str) -> Any:
        key, secret = self._secret("alpaca_key_id"), self._secret("alpaca_secret_key")
        if not key or not secret:
            raise BrokerUnset
        from urllib3.exceptions import HTTPError

        headers = {"APCA-API-KEY-ID": key, "APCA-API-SECRET-KEY": secret}
        try:
            answer = self._http.request("GET", self._url + path, headers=headers, retries=False)
            if answer.status == 200:
                return json.loads(answer.data)
        except (HTTPError, ValueError) as error:
            raise BrokerUnanswered(f"{path}: {type(error).__name__}") from None
        raise BrokerUnanswered(f"{path}: {answer.status}")
