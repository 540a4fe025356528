"""Events no service of ours hears: whom each is meant for."""

FOR_OTHERS = {
    "CollectionCompleted.v1": "operators, who see how much of a day was seen",
    "NotificationFailed.v1": "apps that show delivery, and whoever mends addresses",
    "NotificationHeld.v1": "apps that show what waits, and why",
    "NotificationSent.v1": "apps that show what was sent",
    "SentimentWithheld.v1": "whoever counts what was not scored",
}
