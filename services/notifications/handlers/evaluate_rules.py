"""EvaluateRules: what moved is held against the rules of those who follow it."""

from functools import partial

import boto3

from contracts.bus.consume import consume
from contracts.bus.publish import Bus
from contracts.events.market_data import DrawdownsRankedV1, PriceUpdatedV1
from contracts.events.prediction import DirectionPredictedV1
from contracts.events.sentiment import TickerSentimentShiftedV1
from contracts.events.summaries import DailySummaryPublishedV1
from services.notifications.evaluating import Kept, evaluate_drawdowns, evaluate_rules, evaluate_summary
from services.notifications.evaluations import EvaluationsTable
from services.notifications.held import HeldAlerts
from services.notifications.history import HistoryTable
from services.notifications.settings import Settings
from services.notifications.subscriptions import SubscriptionsTable

settings = Settings.from_env()
dynamodb = boto3.resource("dynamodb")
evaluations = dynamodb.Table(settings.evaluations_table)
kept = Kept(
    subscriptions=SubscriptionsTable(dynamodb.Table(settings.subscriptions_table)),
    evaluations=EvaluationsTable(evaluations),
    held=HeldAlerts(evaluations),
    history=HistoryTable(dynamodb.Table(settings.history_table)),
)
about_ticker = partial(evaluate_rules, kept=kept)

handler = consume(
    {
        PriceUpdatedV1: about_ticker,
        TickerSentimentShiftedV1: about_ticker,
        DirectionPredictedV1: about_ticker,
        DrawdownsRankedV1: partial(evaluate_drawdowns, kept=kept),
        DailySummaryPublishedV1: partial(evaluate_summary, kept=kept),
    },
    bus=Bus(settings.bus_name, boto3.client("events")),
)
