"""Events no service of ours hears: whom each is meant for."""

FOR_OTHERS = {
    "CollectionAnomalyDetected.v1": "operators, who see when prices stopped coming",
    "ModelBudgetReached.v1": "operators, who see when language models stopped for the day",
    "NotificationFailed.v1": "apps that show delivery, and whoever mends addresses",
    "NotificationHeld.v1": "apps that show what waits, and why",
    "NotificationSent.v1": "apps that show what was sent",
    "PredictionResolved.v1": "apps that show what forecasts were worth",
    "RescoreCompleted.v1": "operators, who see what another model changed",
    "SentimentWithheld.v1": "whoever counts what was not scored",
}

RETIRED: dict[str, str] = {}
"""Versions nobody announces any more: `"archives; QuoteSeen.v2 came in its place"`. Their classes stay."""
