"""EvaluateRules: what moved is held against the rules of those who follow it."""

from functools import partial

import boto3

from contracts.bus.consume import consume
from contracts.bus.publish import Bus
from contracts.events.market_data import PriceUpdatedV1
from contracts.events.prediction import DirectionPredictedV1
from contracts.events.sentiment import TickerSentimentShiftedV1
from contracts.events.summaries import DailySummaryPublishedV1
from services.notifications.evaluating import evaluate_rules, evaluate_summary
from services.notifications.evaluations import EvaluationsTable
from services.notifications.settings import Settings
from services.notifications.subscriptions import SubscriptionsTable

settings = Settings.from_env()
dynamodb = boto3.resource("dynamodb")
subscriptions = SubscriptionsTable(dynamodb.Table(settings.subscriptions_table))
evaluations = EvaluationsTable(dynamodb.Table(settings.evaluations_table))
about_ticker = partial(evaluate_rules, subscriptions=subscriptions, evaluations=evaluations)

handler = consume(
    {
        PriceUpdatedV1: about_ticker,
        TickerSentimentShiftedV1: about_ticker,
        DirectionPredictedV1: about_ticker,
        DailySummaryPublishedV1: partial(
            evaluate_summary, subscriptions=subscriptions, evaluations=evaluations
        ),
    },
    bus=Bus(settings.bus_name, boto3.client("events")),
)
