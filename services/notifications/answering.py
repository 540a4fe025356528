"""Answers what was written to the bot: once an update, to whom it may answer, at the chat's pace."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import partial
from math import ceil
from typing import Any, Protocol

from contracts.events.envelope import Publish, instant_text
from contracts.events.ingestion import CollectionCompletedV1
from contracts.events.market_data import DrawdownsRankedV1
from contracts.events.summaries import DailySummaryPublishedV1
from services.notifications import boards
from services.notifications.boards import Account, Board, Position, Seen
from services.notifications.channels import Delivered, Outcome, Wait
from services.notifications.commanding import Command, NotUnderstood, command, pressed, wish
from services.notifications.delivering import MAX_WAITS, InHand, Lanes, NotDone, Postpone
from services.notifications.plain import inert, utf16
from services.notifications.taken import UpdateTaken

_SPACING = timedelta(seconds=1)
OPERATORS = ("portfolio", "monitor", "account", "trigger", "stats", "download")
"""Commands about the operator's own account and platform: never for a user's chat."""
_USERS = ("follow", "unfollow", "quiet", "why")


class BrokerUnset(Exception):
    """There are no keys of the broker."""


class Chat(Protocol):
    def post(
        self, chat: str, text: str, entities: Sequence[Any] = (), *, keyboard: Sequence[Any] = ()
    ) -> Outcome: ...

    def edit(
        self, receipt: str, text: str, entities: Sequence[Any] = (), *, keyboard: Sequence[Any] = ()
    ) -> Outcome: ...

    def acknowledge(self, query: str) -> Outcome: ...


class Known(Protocol):
    """What was heard of the market."""

    def seen(self, ticker: str) -> Seen: ...

    def summary(self, day: date | None) -> DailySummaryPublishedV1 | None: ...

    def ranking(self) -> DrawdownsRankedV1 | None: ...

    def collections(self) -> Sequence[CollectionCompletedV1]: ...


class Users(Protocol):
    def user_of_chat(self, chat: str) -> str | None: ...

    def followed(self, user_id: str) -> Any: ...


class Told(Protocol):
    def why(self, user_id: str, notification_id: str | None) -> Mapping[str, Any] | None: ...


class Broker(Protocol):
    def positions(self) -> Sequence[Position]: ...

    def account(self) -> Account: ...


class Ledger(Protocol):
    def once(self, key: str, act: Callable[[], str]) -> str: ...


@dataclass(frozen=True)
class Bot:
    """What answering needs of the world. *chats* are the operator's, by commas, and `linked` for every
    chat the app has verified as a user's; empty, and nobody is answered."""

    chats: str
    chat: Chat
    known: Known
    users: Users
    told: Told
    broker: Broker
    ledger: Ledger
    lanes: Lanes
    postpone: Postpone
    share: Callable[[str, str], str]
    now: Callable[[], datetime]
    warn: Callable[..., None]


@dataclass(frozen=True)
class _Asked:
    said: Command
    user_id: str | None
    operator: bool
    update: UpdateTaken


def answer_update(update: UpdateTaken, publish: Publish, *, bot: Bot) -> None:
    """Reply once, and announce what the user wants every time. Safe to repeat."""
    allowed = {one.strip() for one in bot.chats.split(",") if one.strip()}
    user_id, operator = bot.users.user_of_chat(update.chat), update.chat in allowed
    if not operator and not (user_id and "linked" in allowed):
        bot.warn("chat.refused", extra={"update": update.update_id})
        return
    if wait := _turn(update, publish, bot):
        _postpone(publish, bot, wait)
        return
    board, said = _reply(update, user_id, operator, publish, bot)
    try:
        bot.ledger.once(f"telegram/{update.update_id}", partial(_send, bot, update, said, board))
    except InHand as busy:
        _postpone(publish, bot, Wait(ceil(busy.seconds), str(busy)))
    except NotDone as not_done:
        if isinstance(not_done.outcome, Wait):
            _postpone(publish, bot, not_done.outcome)
        else:
            bot.warn("update.unanswered", extra={"reason": getattr(not_done.outcome, "why", "")})


def _reply(
    update: UpdateTaken, user_id: str | None, operator: bool, publish: Publish, bot: Bot
) -> tuple[Board, Command]:
    said = pressed(update.pressed) if update.pressed is not None else command(update.text)
    if said is None:
        return Board("", ("Please use commands starting with /",)), Command("")
    answer = _ANSWERS.get(said.name)
    if answer is None:
        return Board(
            "", (f"❓ Unknown command '{inert('/' + said.name)}'. Type /help to see them all.",)
        ), said
    if said.name in OPERATORS and not operator:
        return Board("", ("That is about the operator's account; this chat is a user's.",)), said
    if said.name in _USERS and user_id is None:
        return Board("", ("This chat is not connected to a user of the app; connect it there.",)), said
    try:
        return answer(_Asked(said, user_id, operator, update), publish, bot), said
    except NotUnderstood as unclear:
        return Board("", (str(unclear),)), said
    except BrokerUnset:
        return Board("", ("No broker's keys are set here, so there is no account to show.",)), said


def _send(bot: Bot, update: UpdateTaken, said: Command, board: Board) -> str:
    page = min(said.page, len(board.pages) - 1)
    text, entities = shown(board, page)
    keyboard = buttons(said, page, len(board.pages))
    if update.pressed is not None and update.message:
        outcome = bot.chat.edit(f"{update.chat}/{update.message}", text, entities, keyboard=keyboard)
        bot.chat.acknowledge(update.text)
    else:
        outcome = bot.chat.post(update.chat, text, entities, keyboard=keyboard)
    if not isinstance(outcome, Delivered):
        raise NotDone(outcome)
    return outcome.receipt


def shown(board: Board, page: int) -> tuple[str, list[dict[str, Any]]]:
    """The text of a page, its title in bold and its table, where it is one, in letters of one width."""
    told = board.pages[page]
    text = f"{board.title}\n\n{told}" if board.title else told
    entities = [{"type": "bold", "offset": 0, "length": utf16(board.title)}] if board.title else []
    if board.table and told:
        entities.append({"type": "pre", "offset": utf16(text) - utf16(told), "length": utf16(told)})
    return text, entities


def buttons(said: Command, page: int, pages: int) -> list[list[dict[str, str]]]:
    """◀ 2/3 ▶ below a list of several pages; what a button says is at most 64 bytes."""
    if pages < 2:
        return []
    signs = [("◀", page - 1), (f"{page + 1}/{pages}", page), ("▶", page + 1)]
    return [[{"text": sign, "callback_data": _data(said, at)} for sign, at in signs if 0 <= at < pages]]


def _data(said: Command, page: int) -> str:
    return f"{page}|{said.text}".encode()[:64].decode(errors="ignore")


def _turn(update: UpdateTaken, publish: Publish, bot: Bot) -> Wait | None:
    stated, now = publish.cause.data.get("not_before"), bot.now()
    reserved = datetime.fromisoformat(stated) if stated else None
    slot = bot.lanes.slot(f"bot/{update.chat}", spacing=_SPACING, now=now, reserved=reserved)
    if slot is None:
        return None
    return Wait(ceil((slot - now).total_seconds()), "this chat asked more than once a second", slot)


def _postpone(publish: Publish, bot: Bot, wait: Wait) -> None:
    waited = int(publish.cause.data.get("waited", 0))
    if waited >= MAX_WAITS:
        bot.warn("update.unanswered", extra={"reason": wait.why})
        return
    again = {"waited": waited + 1, "not_before": instant_text(wait.until) if wait.until else None}
    bot.postpone(publish.cause.model_copy(update={"data": publish.cause.data | again}), wait.seconds)


def _start(asked: _Asked, publish: Publish, bot: Bot) -> Board:
    return boards.welcome(asked.update.first_name, asked.user_id is not None)


def _help(asked: _Asked, publish: Publish, bot: Bot) -> Board:
    return Board("Commands", (boards.HELP,))


def _dashboard(asked: _Asked, publish: Publish, bot: Bot) -> Board:
    tickers = sorted(bot.users.followed(asked.user_id)) if asked.user_id else []
    try:
        top = bot.broker.positions() if asked.operator else []
    except BrokerUnset:
        top = []
    return boards.dashboard([bot.known.seen(one) for one in tickers], bot.known.ranking(), top)


def _daily(asked: _Asked, publish: Publish, bot: Bot) -> Board:
    try:
        wanted = date.fromisoformat(asked.said.words[0]) if asked.said.words else None
    except ValueError as error:
        raise NotUnderstood("Write the day as 2021-01-27.") from error
    return boards.daily(bot.known.summary(wanted))


def _screen(asked: _Asked, publish: Publish, bot: Bot) -> Board:
    return boards.screen(bot.known.ranking(), asked.said.words)


def _portfolio(asked: _Asked, publish: Publish, bot: Bot) -> Board:
    return boards.portfolio(bot.broker.positions())


def _monitor(asked: _Asked, publish: Publish, bot: Bot) -> Board:
    return boards.monitor(bot.broker.positions())


def _account(asked: _Asked, publish: Publish, bot: Bot) -> Board:
    return boards.account(bot.broker.account())


def _trigger(asked: _Asked, publish: Publish, bot: Bot) -> Board:
    """Collecting is other services' own affair, on their own clocks; the positions are looked at now."""
    found = boards.monitor(bot.broker.positions())
    when = "Posts and quotes are collected every quarter of an hour, drawdowns ranked after the close."
    return Board(found.title, (f"{found.pages[0]}\n\n{when}",), found.table)


def _stats(asked: _Asked, publish: Publish, bot: Bot) -> Board:
    follows = len(bot.users.followed(asked.user_id)) if asked.user_id else 0
    known = bot.known
    return boards.stats(known.ranking(), known.summary(None), known.collections(), follows)


def _download(asked: _Asked, publish: Publish, bot: Bot) -> Board:
    what = asked.said.words[0].lower() if asked.said.words else "screen"
    if what not in ("screen", "follows", "portfolio"):
        raise NotUnderstood("There is /download screen, /download follows and /download portfolio.")
    rows: list[dict[str, object]] = []
    if what == "portfolio":
        rows = [dict(vars(one)) for one in bot.broker.positions()]
    elif what == "screen":
        ranking = bot.known.ranking()
        rows = [one.model_dump() for one in ranking.top] if ranking else []
    elif asked.user_id:
        quotes = [bot.known.seen(one).quote for one in sorted(bot.users.followed(asked.user_id))]
        rows = [one.model_dump() for one in quotes if one]
    if not rows:
        return Board("", (f"There is nothing in {what} yet.",))
    address = bot.share(f"{what}-{asked.update.update_id}.csv", boards.csv(rows))
    return Board("Download", (f"{what}.csv, {len(rows)} rows, for an hour:\n{address}",))


def _wish(asked: _Asked, publish: Publish, bot: Bot) -> Board:
    assert asked.user_id is not None
    wanted = wish(asked.said, asked.user_id, asked.update.at)
    publish(wanted)
    if wanted.wish == "quiet":
        hours = wanted.quiet_hours
        told = f"Quiet from {hours.start} to {hours.end}, by your own clock." if hours else "Never quiet."
        return Board("", (f"{told} What comes meanwhile waits and comes as one." if hours else told,))
    if wanted.wish == "unfollow":
        return Board("", (f"You no longer follow {wanted.ticker}; nothing more comes of it.",))
    rules = ", ".join(
        f"{rule.kind.replace('_', ' ')}{f' {rule.threshold:f}' if rule.threshold is not None else ''}"
        for rule in wanted.rules
    )
    return Board("", (f"You follow {wanted.ticker}: {rules}.",))


def _why(asked: _Asked, publish: Publish, bot: Bot) -> Board:
    assert asked.user_id is not None
    found = bot.told.why(asked.user_id, asked.said.words[0] if asked.said.words else None)
    if found is None:
        return Board("", ("You were told no such thing; /why alone is about the last.",))
    corrected = f"\n\n{inert(found['corrected'])}" if found.get("corrected") else ""
    because = f"{inert(found['reason'])}\n\nBehind it: {len(found['evidence'])} events."
    return Board(inert(found["title"]), (f"{because}{corrected}\n\ntape why {found['notification_id']}",))


_ANSWERS: Mapping[str, Callable[[_Asked, Publish, Bot], Board]] = {
    "start": _start,
    "help": _help,
    "dashboard": _dashboard,
    "daily": _daily,
    "screen": _screen,
    "portfolio": _portfolio,
    "monitor": _monitor,
    "account": _account,
    "trigger": _trigger,
    "stats": _stats,
    "download": _download,
    "follow": _wish,
    "unfollow": _wish,
    "quiet": _wish,
    "why": _why,
}
