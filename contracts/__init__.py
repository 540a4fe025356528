"""What an app needs to announce events: the bus, its errors and the app's events, each read at its first use.

`import contracts` alone costs an app's start next to nothing; the first name used brings pydantic. Events of
others, and consuming, are where they are kept: `contracts.events.<who announces>`, `contracts.bus.consume`.
"""

TYPE_CHECKING = (
    False  # type checkers know the name and take it for true; `typing` takes longer than all of this
)

if TYPE_CHECKING:
    from contracts.bus.errors import (
        BusError,
        BusNotFound,
        BusUnreachable,
        EventTooLarge,
        NotAnEvent,
        PublishRejected,
    )
    from contracts.bus.publish import Bus
    from contracts.events.app import (
        AlertRule,
        Channel,
        ContactChangedV1,
        Mute,
        QuietHours,
        TickerFollowedV1,
        TickerUnfollowedV1,
        UserDeletedV1,
        WatchlistItemAddedV1,
        WatchlistItemRemovedV1,
    )

__all__ = [
    "AlertRule",
    "Bus",
    "BusError",
    "BusNotFound",
    "BusUnreachable",
    "Channel",
    "ContactChangedV1",
    "EventTooLarge",
    "Mute",
    "NotAnEvent",
    "PublishRejected",
    "QuietHours",
    "TickerFollowedV1",
    "TickerUnfollowedV1",
    "UserDeletedV1",
    "WatchlistItemAddedV1",
    "WatchlistItemRemovedV1",
]

_HOMES = ("contracts.bus.errors", "contracts.bus.publish", "contracts.events.app")

if not TYPE_CHECKING:

    def __getattr__(name):
        from importlib import import_module

        if name in __all__:
            for home in map(import_module, _HOMES):
                if hasattr(home, name):
                    return globals().setdefault(name, getattr(home, name))
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
