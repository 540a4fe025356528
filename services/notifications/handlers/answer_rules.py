"""AnswerRules: why a user was told, why not, and what a rule would have done."""

from datetime import datetime
from functools import partial

import boto3

from services.notifications.backtesting import backtest
from services.notifications.evaluations import EvaluationsTable
from services.notifications.explaining import tell_why, tell_why_not
from services.notifications.figures import NEW_YORK
from services.notifications.history import HistoryTable
from services.notifications.replying import route
from services.notifications.settings import Settings
from services.notifications.subscriptions import SubscriptionsTable

settings = Settings.from_env()
dynamodb = boto3.resource("dynamodb")
evaluations = EvaluationsTable(dynamodb.Table(settings.evaluations_table))
subscriptions = SubscriptionsTable(dynamodb.Table(settings.subscriptions_table))
history = HistoryTable(dynamodb.Table(settings.history_table))

handler = partial(
    route,
    routes={
        "/why/{id}": {"GET": partial(tell_why, evaluations=evaluations)},
        "/why-not": {"GET": partial(tell_why_not, evaluations=evaluations, subscriptions=subscriptions)},
        "/rules/backtest": {"POST": partial(backtest, history=history, now=partial(datetime.now, NEW_YORK))},
    },
)
