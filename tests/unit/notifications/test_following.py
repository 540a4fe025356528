"""What the app says of its users, and what is refused."""

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import pytest

from contracts.events.app import (
    ContactChangedV1,
    QuietHours,
    TickerFollowedV1,
    TickerUnfollowedV1,
    UserDeletedV1,
)
from contracts.events.envelope import Envelope
from contracts.events.notifications import PreferenceStatedV1
from services.notifications.following import (
    MAX_FOLLOWS,
    Follow,
    RuleUnusable,
    drop_follow,
    forget_user,
    keep_contact,
    keep_follow,
    keep_preference,
)
from tests.builders import NOON, Said, a_contact, a_follow, enveloped


@dataclass
class Kept:
    """The subscriptions of one user, and every call in order."""

    tickers: set[str] = field(default_factory=set)
    changes: bool = True
    calls: list[tuple[Any, ...]] = field(default_factory=list)

    def followed(self, user_id: str) -> set[str]:
        return self.tickers

    def follow(self, follow: Follow, *, at: datetime, admitted: bool) -> bool:
        self.calls.append(("follow", follow, at, admitted))
        return self.changes

    def unfollow(self, user_id: str, ticker: str, event_id: str, *, at: datetime) -> None:
        self.calls.append(("unfollow", user_id, ticker, at))

    def set_contact(self, contact: ContactChangedV1, event_id: str) -> None:
        self.calls.append(("contact", contact))

    def set_quiet(self, user_id: str, hours: QuietHours | None, event_id: str, *, at: datetime) -> None:
        self.calls.append(("quiet", user_id, hours, at))

    def is_known(self, user_id: str) -> bool:
        return bool(self.tickers)

    def forget(self, user_id: str, *, before: datetime) -> None:
        self.calls.append(("forget", user_id, before))

    def erase(self, user_id: str, *, before: datetime) -> None:
        self.calls.append(("erase", user_id, before))


@dataclass
class Warned:
    texts: list[str] = field(default_factory=list)

    def __call__(self, text: str, *, extra: dict[str, Any]) -> None:
        self.texts.append(text)


def keep(event: TickerFollowedV1, kept: Kept) -> list[str]:
    warned = Warned()
    keep_follow(event, Said(enveloped(event)), subscriptions=kept, warn=warned)
    return warned.texts


def test_a_follow_is_kept_with_its_event_for_receipts() -> None:
    kept, event = Kept(), a_follow()
    assert keep(event, kept) == []
    expected = Follow("alice", "GME", event.rules, enveloped(event).id)
    assert kept.calls == [("follow", expected, event.followed_at, True)]


def test_the_hundred_and_first_ticker_is_refused_openly() -> None:
    full = {f"T{n}" for n in range(MAX_FOLLOWS)}
    kept = Kept(full)
    assert keep(a_follow(), kept) == ["follow.refused"]
    assert kept.calls[0][-1] is False
    assert keep(a_follow(), Kept(full, changes=False)) == []


def test_new_rules_for_a_followed_ticker_are_no_further_follow() -> None:
    kept = Kept({"GME"} | {f"T{n}" for n in range(MAX_FOLLOWS - 1)})
    assert keep(a_follow(), kept) == []
    assert kept.calls[0][-1] is True


@pytest.mark.parametrize("threshold", ["1e300", "1e-300", "0.0000001", "1234567890123"])
def test_a_threshold_no_message_can_carry_is_refused_before_it_hurts_other_followers(
    threshold: str,
) -> None:
    kept, event = Kept(), a_follow(rules=[{"kind": "price_move", "threshold": threshold}])
    with pytest.raises(RuleUnusable, match="threshold of price_move has too many digits"):
        keep(event, kept)
    assert kept.calls == []


@pytest.mark.parametrize("threshold", ["0", "10", "0.000001", "999999.999999", None])
def test_an_ordinary_threshold_is_kept(threshold: str | None) -> None:
    kept, event = Kept(), a_follow(rules=[{"kind": "price_move", "threshold": threshold}])
    keep(event, kept)
    assert len(kept.calls) == 1


def test_an_unfollow_carries_its_own_time() -> None:
    kept, event = Kept(), TickerUnfollowedV1(user_id="alice", ticker="GME", unfollowed_at=NOON)
    drop_follow(event, Said(enveloped(event)), subscriptions=kept)
    assert kept.calls == [("unfollow", "alice", "GME", NOON)]


def test_a_contact_in_a_time_zone_nobody_knows_is_not_kept() -> None:
    kept, event = Kept(), a_contact(time_zone="Mars/Olympus_Mons")
    with pytest.raises(KeyError, match="Mars/Olympus_Mons"):
        keep_contact(event, Said(enveloped(event)), subscriptions=kept, warn=pytest.fail)
    assert kept.calls == []


def test_a_contact_in_a_locale_nobody_knows_is_kept_and_said_in_the_log() -> None:
    kept, logged, event = Kept(), list[Any](), a_contact(locale="tlh-KX")
    keep_contact(event, Said(enveloped(event)), subscriptions=kept, warn=lambda *a, **k: logged.append(a))
    assert (kept.calls, logged) == ([("contact", event)], [("locale.unknown",)])
    german = a_contact(locale="de-DE")
    keep_contact(german, Said(enveloped(german)), subscriptions=kept, warn=pytest.fail)


def test_a_user_who_leaves_is_marked_first_and_then_erased_everywhere() -> None:
    kept, event = Kept(), UserDeletedV1(user_id="alice", deleted_at=NOON)
    again: list[Envelope] = []

    def look_again(cause: Envelope, seconds: int) -> None:
        assert seconds == 900
        again.append(cause)

    ports: Any = {"subscriptions": kept, "kept": (kept, kept), "postpone": look_again}
    forget_user(event, Said(enveloped(event)), **ports)
    assert kept.calls == [("forget", "alice", NOON), ("erase", "alice", NOON), ("erase", "alice", NOON)]
    # What was under way may have written since; it goes too, unless its user is back.
    [second] = again
    assert second.id == enveloped(event).id
    kept.calls.clear()
    forget_user(event, Said(second), **ports)
    assert all(before.year == 9999 for what, _, before in kept.calls if what == "erase")
    kept.calls.clear()
    kept.tickers.add("GME")
    forget_user(event, Said(second), **ports)
    assert [before for what, _, before in kept.calls if what == "erase"] == [NOON, NOON]
    assert len(again) == 1


def stated(wish: str, **more: Any) -> PreferenceStatedV1:
    given = {"user_id": "alice", "wish": wish, "channel": "telegram", "stated_at": NOON}
    return PreferenceStatedV1.model_validate(given | more)


def test_what_a_user_says_on_a_channel_holds_as_if_the_app_had_said_it() -> None:
    kept, warn = Kept(), Warned()
    hours = QuietHours(start="22:00", end="07:00")
    rule = {"kind": "price_move", "threshold": "5"}
    for event in (
        stated("follow", ticker="GME", rules=[rule]),
        stated("unfollow", ticker="AMC"),
        stated("quiet", quiet_hours=hours),
        stated("no_mail"),
    ):
        keep_preference(event, Said(enveloped(event)), subscriptions=kept, warn=warn)
    follow, unfollow, quiet = kept.calls
    assert (follow[0], follow[1].ticker, str(follow[1].rules[0].threshold)) == ("follow", "GME", "5")
    assert unfollow[:3] == ("unfollow", "alice", "AMC")
    assert quiet == ("quiet", "alice", hours, NOON)


def test_a_threshold_that_cannot_be_told_is_refused_from_a_channel_as_well() -> None:
    event = stated("follow", ticker="GME", rules=[{"kind": "price_move", "threshold": "1e-20"}])
    with pytest.raises(RuleUnusable):
        keep_preference(event, Said(enveloped(event)), subscriptions=Kept(), warn=Warned())
