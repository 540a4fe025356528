"""WatchPositions: while the market is open, the top five positions are held against the take-profit line."""

from functools import partial

import boto3
from aws_lambda_powertools import Logger, Metrics
from urllib3 import PoolManager, Timeout

from contracts.bus.consume import consume
from contracts.bus.publish import Bus
from contracts.events.arrivals import Due
from services.notifications.alpaca import Alpaca
from services.notifications.crossings import CrossingsTable
from services.notifications.gauges import NAMESPACE, Gauges
from services.notifications.keys import Keys
from services.notifications.ledger import Ledger
from services.notifications.settings import Settings
from services.notifications.telegram import Telegram
from services.notifications.watching import Watch, watch_positions

settings = Settings.from_env()
keys = Keys(partial(boto3.client, "ssm"), settings.keys_parameter)
http = PoolManager(timeout=Timeout(connect=3, read=7))
ledger = Ledger(
    settings.ledger_table,
    boto3.client("dynamodb"),
    ambiguous=Gauges(Metrics(namespace=NAMESPACE)).ambiguous,
)
watch = Watch(
    chats=settings.telegram_chats,
    positions=Alpaca(keys, http, url=settings.alpaca_url).positions,
    crossings=CrossingsTable(boto3.resource("dynamodb").Table(settings.ledger_table)),
    chat=Telegram(keys, http, url=settings.telegram_url),
    ledger=ledger,
    warn=Logger().warning,
)

handler = ledger.watching(
    consume({Due: partial(watch_positions, watch=watch)}, bus=Bus(settings.bus_name, boto3.client("events")))
)
