"""The recorded day that ships: what the demo and the e2e tests may rely on."""

import csv
import json
import re
from collections import Counter, defaultdict
from datetime import UTC, datetime
from decimal import Decimal
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest

from contracts.events.catalogue import EVENTS
from tools.recorded.extract_bars import Bar, rebuild, split_adjusted

REPOSITORY = Path(__file__).parents[3]
RECORDED = REPOSITORY / "tools" / "tape" / "recorded"
SOURCE_TABLES = REPOSITORY.parent / "shared" / "data"

OPTIONAL = {"author", "permalink", "score", "upvote_ratio", "url"}
EVERY_POST = {"id", "name", "author", "subreddit", "created_utc", "score", "permalink"}
SUBMISSION = EVERY_POST | {"title", "selftext", "num_comments", "upvote_ratio", "url"}
COMMENT = EVERY_POST | {"body", "link_id", "parent_id"}

FULL_HISTORY = 250
MOST_TALKED_ABOUT = {"GME", "AMC", "BB", "NOK", "SPY"}
THE_DAY = "2021-01-27"

Post = dict[str, Any]
Bars = dict[str, list[Bar]]


@pytest.fixture(scope="module")
def posts() -> list[Post]:
    lines = (RECORDED / "posts.ndjson").read_text(encoding="utf-8").removesuffix("\n").split("\n")
    return [json.loads(line) for line in lines]


@pytest.fixture(scope="module")
def bars() -> Bars:
    by_symbol: Bars = defaultdict(list)
    with (RECORDED / "bars.csv").open(encoding="utf-8", newline="") as lines:
        for symbol, date, *prices, volume in list(csv.reader(lines))[1:]:
            opened, high, low, close, adjusted = map(Decimal, prices)
            by_symbol[symbol].append(Bar(symbol, date, opened, high, low, close, adjusted, int(volume)))
    return by_symbol


@pytest.fixture(scope="module")
def users() -> list[dict[str, Any]]:
    document: dict[str, list[dict[str, Any]]] = json.loads((RECORDED / "users.json").read_text("utf-8"))
    return document["users"]


def text_of(post: Post) -> str:
    return " ".join(post.get(field) or "" for field in ("title", "selftext", "body"))


def moment(post: Post) -> str:
    return datetime.fromtimestamp(post["created_utc"], UTC).isoformat()


def mentioning(pattern: str, posts: list[Post]) -> list[Post]:
    return [post for post in posts if re.search(pattern, text_of(post))]


def change(bars: list[Bar], date: str) -> Decimal:
    """Per cent from the close before *date* to its close."""
    at = next(index for index, bar in enumerate(bars) if bar.date == date)
    return (bars[at].close / bars[at - 1].close - 1) * 100


def test_posts_come_in_order_and_each_once(posts: list[Post]) -> None:
    assert len(posts) >= 340
    assert [post["created_utc"] for post in posts] == sorted(post["created_utc"] for post in posts)
    assert len({post["id"] for post in posts}) == len(posts)


def test_posts_cover_a_baseline_the_day_and_the_night_after(posts: list[Post]) -> None:
    days = Counter(moment(post)[:10] for post in posts)
    assert moment(posts[0]) >= "2021-01-26T12:00:00"
    assert moment(posts[-1]) < "2021-01-28T04:00:00"
    assert days["2021-01-26"] >= 70
    assert days[THE_DAY] >= 270


def test_most_of_the_day_is_written_while_the_market_is_open(posts: list[Post]) -> None:
    the_day = [post for post in posts if moment(post).startswith(THE_DAY)]
    session = [post for post in the_day if "T14:30" <= moment(post)[10:16] < "T21:00"]
    # 6.5 of 24 hours: an even spread would give 27 %.
    assert len(session) / len(the_day) > 0.5


def test_posts_have_the_fields_of_the_dumps_and_lack_only_optional_ones(posts: list[Post]) -> None:
    for post in posts:
        expected = SUBMISSION if "title" in post else COMMENT
        assert set(post) <= expected
        assert expected - set(post) <= OPTIONAL
        assert re.fullmatch(r"[0-9a-z]{7}", post["id"])
        assert post["name"] == ("t3_" if "title" in post else "t1_") + post["id"]


def test_comments_answer_something_said_before_them(posts: list[Post]) -> None:
    said_at = {post["name"]: post["created_utc"] for post in posts}
    for comment in (post for post in posts if "body" in post):
        assert comment["link_id"].startswith("t3_")
        assert said_at[comment["link_id"]] <= said_at[comment["parent_id"]] <= comment["created_utc"]


def test_some_posts_are_incomplete(posts: list[Post]) -> None:
    gone = [post for post in posts if post.get("selftext", post.get("body")) in {"[removed]", "[deleted]"}]
    full = [SUBMISSION if "title" in post else COMMENT for post in posts]
    lacking = [post for post, fields in zip(posts, full, strict=True) if fields - set(post)]
    null = [post for post in posts if None in post.values()]
    assert len(gone) >= 6
    assert sum(post["author"] == "[deleted]" for post in gone) >= 3
    assert len(lacking) >= 3
    assert len(null) >= 3


def shingles(post: Post) -> set[tuple[str, ...]]:
    words = re.findall(r"\w+", text_of(post).lower())
    return {tuple(words[at : at + 3]) for at in range(len(words) - 2)}


def test_one_campaign_is_pasted_by_many_authors_and_never_twice_the_same(posts: list[Post]) -> None:
    first = shingles(next(post for post in posts if "NOK is the next GME" in text_of(post)))
    copies = [post for post in posts if len(first & shingles(post)) / len(first | shingles(post)) > 0.4]
    assert len(copies) >= 12
    assert len({post["author"] for post in copies}) == len(copies)
    assert len({text_of(post) for post in copies}) == len(copies)


def test_one_author_writes_most_about_amc_and_others_write_often(posts: list[Post]) -> None:
    fans = Counter(post["author"] for post in mentioning(r"\bAMC\b", posts))
    assert fans["matinee_mike"] >= 9
    assert sum(count >= 5 for count in Counter(post["author"] for post in posts).values()) >= 10


def test_game_stop_leads_and_surges_against_the_day_before(posts: list[Post]) -> None:
    talk = mentioning(r"(?i:\$?\bgme\b|gamestop)", posts)
    days = Counter(moment(post)[:10] for post in talk)
    assert 0.38 <= len(talk) / len(posts) <= 0.5
    assert days[THE_DAY] > 4 * days["2021-01-26"] > 0
    for other, least in {"AMC": 30, "NOK": 25, "BB": 12, "SPY": 10, "TSLA": 12, "AAPL": 10}.items():
        assert len(mentioning(rf"\b{other}\b", posts)) >= least


def test_every_way_to_write_a_ticker_is_there_and_so_are_its_doubles(posts: list[Post]) -> None:
    forms = [r"\$GME", "gme's", r"\$gme", "TSLA's", "TSLA-based", r"BRK\.B", "BRK-B", r"BF\.B"]
    names = ["GameStop", "BlackBerry", "Nokia", "Apple", "Palantir", "Ford"]
    doubles = ["keys", "nail", "team", "cat", "ALL IN", "YOLO", "DD", "ON", "GO", "FOR", "IT", "OPEN", "AI"]
    for form in (*forms, *names, *doubles):
        assert mentioning(rf"(?<!\w){form}\b", posts), form


def test_posts_attack_whoever_shows_or_reads_them(posts: list[Post]) -> None:
    attacks = [
        *(
            "<!channel>",
            r"\]\(https://example\.com/not-sec\)",
            "<script>",
            "Ignore all previous",
        ),
        *("\u202e", "\u200b", "\ufeff", "=HYPERLINK", r"\(tg://", "[\U00010000-\U0010ffff]\u200d"),
    ]
    hostile = [mentioning(attack, posts) for attack in attacks]
    assert all(hostile)
    assert len({post["id"] for found in hostile for post in found}) >= 8


def test_some_submissions_are_long_reads(posts: list[Post]) -> None:
    assert sum(800 <= len(post.get("selftext") or "") <= 3000 for post in posts) >= 7


def test_bars_are_sorted_plausible_and_small_enough_to_ship(bars: Bars) -> None:
    every = [bar for of_symbol in bars.values() for bar in of_symbol]
    assert (RECORDED / "bars.csv").stat().st_size < 1_500_000
    assert [(bar.symbol, bar.date) for bar in every] == sorted({(bar.symbol, bar.date) for bar in every})
    for bar in every:
        assert 0 < bar.low <= min(bar.open, bar.close), bar
        assert max(bar.open, bar.close) <= bar.high, bar
        assert bar.adjusted_close > 0, bar
        assert bar.volume > 0, bar


def test_symbols_have_a_history_before_the_day_and_a_future_after_it(bars: Bars) -> None:
    for symbol, history in bars.items():
        dates = [bar.date for bar in history]
        assert THE_DAY in dates, symbol
        assert sum(date > THE_DAY for date in dates) >= 40, symbol
        assert sum(date < THE_DAY for date in dates) >= 80, symbol


def test_the_symbols_people_talk_about_and_many_others_have_a_full_year(bars: Bars) -> None:
    full = {symbol for symbol, history in bars.items() if len(history) >= FULL_HISTORY}
    assert full >= MOST_TALKED_ABOUT
    assert len(full - MOST_TALKED_ABOUT) >= 25


def test_spy_has_one_basis_of_dividends_where_two_tables_meet(bars: Bars) -> None:
    # Four are paid in range (a year has four): looking back, each lowers what a close is adjusted to.
    shares = [bar.adjusted_close / bar.close for bar in bars["SPY"]]
    steps = [now / before - 1 for before, now in pairwise(shares)]
    assert all(step > Decimal("-0.00001") for step in steps)
    assert sum(step > Decimal("0.001") for step in steps) == 4


def test_symbols_trade_on_the_same_sessions_and_never_on_a_weekend(bars: Bars) -> None:
    calendar = {bar.date for history in bars.values() for bar in history}
    assert all(datetime.fromisoformat(date).weekday() < 5 for date in calendar)
    for symbol, history in bars.items():
        dates = {bar.date for bar in history}
        assert dates == {date for date in calendar if min(dates) <= date <= max(dates)}, symbol


def test_no_split_is_left_in_the_prices(bars: Bars) -> None:
    jumps = {
        (today.symbol, today.date)
        for history in bars.values()
        for before, today in pairwise(history)
        for was, now in ((before.close, today.close), (before.adjusted_close, today.adjusted_close))
        if not Decimal("0.38") < now / was < Decimal("2.6")
    }
    assert jumps == {("AMC", THE_DAY)}


def test_a_price_before_a_split_is_divided_by_it_and_the_day_of_the_split_is_not() -> None:
    fixed = {"high": "9", "low": "1", "close": "8", "adjusted_close": "2", "volume": "10"}
    rows = [
        {"timestamp": "2020-08-28", "open": "4", "split_coefficient": "1.0", **fixed},
        {"timestamp": "2020-08-31", "open": "1", "split_coefficient": "4.0", **fixed},
    ]
    after, before = split_adjusted("XYZ", rows)
    assert (before.open, before.close, before.volume) == (Decimal(1), Decimal(2), 40)
    assert (after.open, after.close, after.volume) == (Decimal(1), Decimal(8), 10)


@pytest.mark.skipif(not SOURCE_TABLES.is_dir(), reason="the public price tables are not beside the checkout")
def test_the_file_is_what_the_public_tables_give(tmp_path: Path) -> None:
    rebuild(SOURCE_TABLES, tmp_path / "bars.csv")
    assert (tmp_path / "bars.csv").read_bytes() == (RECORDED / "bars.csv").read_bytes()


def test_users_speak_the_contract_of_the_app(users: list[dict[str, Any]], posts: list[Post]) -> None:
    assert [user["user_id"] for user in users] == ["alice", "bob", "carol", "dave"]
    for user in users:
        for event in user["events"]:
            said = EVENTS[event["detail_type"]].model_validate(event["data"])
            assert said.subject.split("/")[0] == user["user_id"]
            happened = event["data"].keys() & {"added_at", "changed_at", "followed_at"}
            assert event["data"][happened.pop()] < moment(posts[0])


def test_users_addresses_can_reach_nobody(users: list[dict[str, Any]]) -> None:
    channels = [
        channel for user in users for event in user["events"] for channel in event["data"].get("channels", ())
    ]
    addresses = [channel["address"] for channel in channels if channel["kind"] == "email"]
    assert len(addresses) == 2
    assert all(address.endswith("@example.com") for address in addresses)


def test_thresholds_tell_a_near_miss_from_a_hit(users: list[dict[str, Any]], bars: Bars) -> None:
    asked = {
        (event["data"]["user_id"], event["data"]["ticker"]): Decimal(rule["threshold"])
        for user in users
        for event in user["events"]
        for rule in event["data"].get("rules", ())
        if rule["kind"] == "price_move"
    }
    over = {follow: abs(change(bars[follow[1]], THE_DAY)) - least for follow, least in asked.items()}
    assert {follow for follow, points in over.items() if points >= 0} == {
        *(("alice", "GME"), ("alice", "AMC"), ("carol", "GME"), ("carol", "NOK"), ("dave", "NOK")),
    }
    assert -Decimal("0.5") < over["dave", "BB"] < 0 < over["dave", "NOK"] < Decimal("0.5")
