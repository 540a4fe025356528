"""EvaluateRules through its real handler."""

import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from contracts.events.app import TickerFollowedV1
from contracts.events.envelope import Envelope
from services.notifications.alerts import notification_id
from services.notifications.following import Follow
from services.notifications.subscriptions import SubscriptionsTable
from tests.bench import Bench, BusDown
from tests.builders import (
    NOON,
    a_contact,
    a_follow,
    a_forecast,
    a_quote,
    a_ranking,
    a_shift,
    a_summary,
    enveloped,
)

TWO_AT_NIGHT = datetime(2021, 1, 28, 7, 0, tzinfo=UTC)
RULES = [
    {"kind": "price_move", "threshold": "10"},
    {"kind": "sentiment_shift", "threshold": "0.3"},
    {"kind": "direction"},
    {"kind": "daily_summary"},
]


def subscribe(bench: Bench, event: TickerFollowedV1) -> None:
    follow = Follow(event.user_id, event.ticker, event.rules, enveloped(event).id)
    SubscriptionsTable(bench.table("Subscriptions")).follow(follow, at=event.followed_at, admitted=True)


@pytest.fixture
def bench() -> Iterator[Bench]:
    with Bench("notifications", "evaluate_rules") as bench:
        subscribe(bench, a_follow(rules=RULES))
        SubscriptionsTable(bench.table("Subscriptions")).set_contact(a_contact(), "contact-1")
        yield bench


def alerts(bench: Bench) -> list[Envelope]:
    return [envelope for envelope in bench.announced() if envelope.type == "AlertFired.v1"]


def contents(bench: Bench) -> list[dict[str, Any]]:
    """The evaluations without their wall-clock expiry."""
    rows = json.loads(bench.dump())["Evaluations"]
    return [{name: value for name, value in row.items() if name != "expires_at"} for row in rows]


def test_every_kind_of_event_reaches_those_who_asked_for_it(bench: Bench) -> None:
    events = (a_quote(), a_shift(), a_forecast(edge=True, direction="up"), a_summary())
    assert bench.deliver(*(enveloped(event) for event in events)) == []
    fired = alerts(bench)
    assert [alert.data["rule"] for alert in fired] == [
        "price_move",
        "sentiment_shift",
        "direction",
        "daily_summary",
    ]
    assert all(alert.data["evidence"][0] == enveloped(a_follow(rules=RULES)).id for alert in fired)
    assert fired[0].causationid == enveloped(a_quote()).id


@pytest.mark.parametrize(
    ("locale", "title"), [("de-DE", "GME +134,8 %"), ("en-US", "GME +134.8 %"), ("tlh-KX", "GME +134.8 %")]
)
def test_a_user_reads_figures_as_their_locale_writes_them(bench: Bench, locale: str, title: str) -> None:
    contact = a_contact(locale=locale, changed_at=NOON - timedelta(hours=1))
    SubscriptionsTable(bench.table("Subscriptions")).set_contact(contact, "contact-2")
    assert bench.deliver(enveloped(a_quote())) == []
    assert alerts(bench)[0].data["title"].replace("\N{NO-BREAK SPACE}", " ").startswith(title)


def test_a_fall_reaches_those_who_asked_and_the_ticker_is_remembered_for_that(bench: Bench) -> None:
    subscribe(bench, a_follow(user_id="bob", rules=[{"kind": "drawdown", "threshold": "80"}]))
    assert bench.deliver(enveloped(a_ranking()), enveloped(a_ranking())) == []
    first, *others = alerts(bench)
    assert (first.data["user_id"], first.data["rule"], others) == ("bob", "drawdown", [])
    [fall] = [row for row in bench.table("History").scan()["Items"] if row["sk"].startswith("FALL#")]
    assert fall["pk"] == "TICKER#GME"


def test_a_rule_that_cools_down_reads_what_was_heard_in_between(bench: Bench) -> None:
    cool = {"kind": "price_move", "threshold": "10", "cooldown_minutes": 30}
    subscribe(bench, a_follow(user_id="bob", rules=[cool]))
    quotes = [
        enveloped(a_quote(as_of=NOON + timedelta(minutes=late), change_pct=change))
        for late, change in ((0, "11"), (15, "9"), (60, "12"), (90, "13"))
    ]
    assert bench.deliver(*quotes) == bench.deliver(*reversed(quotes)) == []
    told = [alert for alert in alerts(bench) if alert.data["user_id"] == "bob"]
    assert [alert.causationid for alert in told] == [quotes[0].id, quotes[2].id, quotes[2].id, quotes[0].id]


@pytest.mark.parametrize("call", ["TransactWriteItems", "UpdateItem", "BatchWriteItem"])
def test_a_table_that_fails_once_loses_nothing_and_tells_nobody_twice(bench: Bench, call: str) -> None:
    quote = enveloped(a_quote())
    with bench.refuse(call):
        assert bench.deliver(quote) == [0]
    assert bench.deliver(quote) == []
    assert len(alerts(bench)) == 1
    assert [row["outcome"] for row in contents(bench) if "outcome" in row] == ["fired"]


def test_the_days_cap_holds_across_tickers_and_repeats(bench: Bench) -> None:
    capped = a_contact(daily_cap=1, changed_at=NOON - timedelta(hours=1))
    SubscriptionsTable(bench.table("Subscriptions")).set_contact(capped, "contact-2")
    subscribe(bench, a_follow(ticker="AMC", rules=RULES))
    quotes = [enveloped(a_quote(ticker=ticker)) for ticker in ("GME", "AMC")]
    assert bench.deliver(*quotes) == bench.deliver(*reversed(quotes)) == []
    told = {alert.data["ticker"]: alert.data["channels"] for alert in alerts(bench)}
    assert told == {"GME": ["inbox", "email"], "AMC": ["inbox"]}
    [count] = [row for row in contents(bench) if row["sk"].startswith("LOUD#")]
    assert (count["sk"], count["loud"]) == ("LOUD#2021-01-27", "1")


def test_a_line_missed_by_a_tenth_leaves_its_row_and_no_alert(bench: Bench) -> None:
    quote = enveloped(a_quote(change_pct="9.90"))
    bench.deliver(quote)
    assert alerts(bench) == []
    [row] = contents(bench)
    assert row["sk"] == f"EVALUATION#GME#price_move@10#2021-01-27T17:00:00.000000Z#{quote.id}"
    assert (row["outcome"], row["short_by"], row["threshold"]) == ("missed", "0.1", "10")
    assert row["figures"] == {"change_pct": "9.90", "confirmed": "yes", "price": "347.51"}


def test_a_repeat_changes_nothing_and_says_the_same_again(bench: Bench) -> None:
    quote = enveloped(a_quote())
    bench.deliver(quote)
    before = contents(bench)
    bench.deliver(quote)
    bench.deliver(quote, quote)
    assert contents(bench) == before
    first, *repeats = alerts(bench)
    assert repeats == [first, first]


@pytest.mark.parametrize("minutes", [(0, 15), (15, 0)])
def test_in_either_order_two_quotes_of_a_day_are_the_one_alert(
    bench: Bench, minutes: tuple[int, int]
) -> None:
    quotes = [enveloped(a_quote(as_of=NOON + timedelta(minutes=late))) for late in minutes]
    assert bench.deliver(*quotes) == []
    [alert] = alerts(bench)
    assert alert.subject == notification_id("alice", "GME", "price_move@10", "2021-01-27", "up")
    outcomes = [row["outcome"] for row in contents(bench) if row["sk"].startswith("EVALUATION")]
    assert sorted(outcomes) == ["fired", "held"]


def test_a_crash_after_the_write_still_tells(bench: Bench) -> None:
    quote = enveloped(a_quote())
    with bench.refuse_announcements(), pytest.raises(BusDown):
        bench.deliver(quote)
    assert alerts(bench) == []
    assert [row["sk"].split("#")[0] for row in contents(bench)] == ["ALERT", "EVALUATION", "FIRES"]
    assert bench.deliver(quote) == []
    assert len(alerts(bench)) == 1


def test_after_a_crash_at_night_mail_is_held_once_and_nothing_is_lost(bench: Bench) -> None:
    night = a_contact(quiet_hours={"start": "22:00", "end": "07:00"}, changed_at=NOON - timedelta(hours=1))
    SubscriptionsTable(bench.table("Subscriptions")).set_contact(night, "contact-2")
    quote = enveloped(a_quote(), at=TWO_AT_NIGHT)
    with bench.refuse_announcements(), pytest.raises(BusDown):
        bench.deliver(quote)
    bench.deliver(quote)
    bench.deliver(quote)
    assert sum(row["sk"].startswith("HELD#") for row in contents(bench)) == 1
    said = bench.announced()
    assert [envelope.type for envelope in said] == ["AlertFired.v1", "NotificationHeld.v1"] * 2
    assert said[0].data["channels"] == ["inbox"]
    assert said[1].data["until"] == "2021-01-28T12:00:00Z"


def test_a_poison_message_hurts_only_itself(bench: Bench) -> None:
    forged = enveloped(a_quote()).model_copy(update={"source": "tickertape.app"})
    assert bench.deliver("[]", enveloped(a_quote()), forged) == [0, 2]
    assert len(alerts(bench)) == 1


def test_who_unfollowed_meanwhile_is_not_even_evaluated(bench: Bench) -> None:
    subscriptions = SubscriptionsTable(bench.table("Subscriptions"))
    subscriptions.unfollow("alice", "GME", "unfollow-1", at=NOON)
    bench.deliver(enveloped(a_quote()))
    assert contents(bench) == []


def test_rows_expire_some_weeks_from_now_and_not_from_the_day_they_tell_of(bench: Bench) -> None:
    bench.deliver(enveloped(a_quote()))
    days = {
        (int(row["expires_at"]) - datetime.now(UTC).timestamp()) / 86_400
        for row in bench.table("Evaluations").scan()["Items"]
    }
    assert all(44 < left < 47 for left in days)


def test_a_change_of_contact_between_crash_and_retry_does_not_change_what_is_said(bench: Bench) -> None:
    quote = enveloped(a_quote())
    bench.deliver(quote)
    late = a_contact(channels=[], changed_at=NOON)
    SubscriptionsTable(bench.table("Subscriptions")).set_contact(late, "contact-3")
    bench.deliver(quote)
    first, again = alerts(bench)
    assert again == first
