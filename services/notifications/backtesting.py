"""Answers POST /rules/backtest: a rule tried over what was heard of a ticker."""

from collections.abc import Callable, Iterable, Mapping
from datetime import date, datetime, timedelta
from http import HTTPStatus
from typing import Annotated, Any, Protocol

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from contracts.events.app import AlertRule
from contracts.events.envelope import Ticker, instant_text
from contracts.events.market_data import DailyBarClosedV1, PriceUpdatedV1
from contracts.events.prediction import DirectionPredictedV1
from contracts.events.sentiment import TickerSentimentShiftedV1
from services.notifications.alerts import rule_name, session_day
from services.notifications.following import RuleUnusable, check_rules
from services.notifications.moments import closing, moment
from services.notifications.replying import Problem, Reply, Request, answered, json_object, raw_body
from services.notifications.rules import Trigger
from services.notifications.trying import PEAK_SESSIONS, after, falls, quotes_or_closes, try_rule

LONGEST = timedelta(days=800)
"""As long as history is kept."""
_MONTHS = timedelta(days=365)
_SHOWN = 200
_BEFORE = timedelta(days=2 * PEAK_SESSIONS)
"""Calendar days whose bars a peak may lie in."""


Day = Annotated[date, Field(ge=date(1950, 1, 1), le=date(2100, 1, 1))]


class History(Protocol):
    def quotes(self, ticker: str, since: datetime, until: datetime) -> Iterable[PriceUpdatedV1]: ...

    def shifts(self, ticker: str, since: datetime, until: datetime) -> Iterable[TickerSentimentShiftedV1]: ...

    def forecasts(self, ticker: str, since: datetime, until: datetime) -> Iterable[DirectionPredictedV1]: ...

    def bars(self, ticker: str, since: datetime, until: datetime) -> Iterable[DailyBarClosedV1]: ...


class Question(BaseModel):
    """A rule as in `TickerFollowed.v1`, and the days to try it on: a year up to today unless said."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    ticker: Ticker
    rule: AlertRule
    start: Day | None = None
    end: Day | None = None
    extended_hours: bool = True


def backtest(request: Request, *, history: History, now: Callable[[], datetime]) -> Reply:
    """POST /rules/backtest. *now* is in New York."""
    question = _question(json_object(raw_body(request)))
    end = question.end or now().date()
    start = question.start or end - _MONTHS
    if not timedelta() <= end - start <= LONGEST:
        raise Problem(
            HTTPStatus.BAD_REQUEST, f"start: send a day before end, at most {LONGEST.days} before", "start"
        )
    return answered(tried(question, start, end, history))


def tried(question: Question, start: date, end: date, history: History) -> dict[str, Any]:
    """Raises Problem where nothing was heard of the ticker in those days."""
    ticker, rule = question.ticker, question.rule
    day = timedelta(days=1)
    since, until = closing(start - day), closing(end) + day / 4
    # Bars before the first day hold peaks, bars after the last day what came of its firings.
    bars = list(history.bars(ticker, since - _BEFORE, until + timedelta(days=45)))
    within = [bar for bar in bars if start <= bar.date <= end]
    events, by_close = _events(question, since, until, [b for b in bars if b.date <= end], within, history)
    events = [event for event in events if start <= _day(event) <= end]
    if not events:
        told = f"ticker: nothing to try {rule.kind} on was heard of {ticker} in those days"
        raise Problem(HTTPStatus.NOT_FOUND, told, "ticker")
    found = try_rule(rule, events)
    return {
        "ticker": ticker,
        "rule": rule_name(rule),
        "start": start.isoformat(),
        "end": end.isoformat(),
        "sessions": len(within),
        "looked_at": found.looked_at,
        "days_by_their_close_alone": by_close,
        "passed": found.passed,
        "fired": len(found.firings),
        "firings": [
            {
                "at": instant_text(one.at),
                **({"direction": one.direction} if one.direction else {}),
                "reason": one.reason,
                "figures": dict(one.figures),
            }
            for one in found.firings[-_SHOWN:]
        ],
        "afterwards": after(found.firings, bars, start),
    }


def _question(body: Mapping[str, Any]) -> Question:
    try:
        question = Question.model_validate(body)
        check_rules((question.rule,))
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False)[0]
        field = ".".join(str(part)[:64] for part in first["loc"]) or "body"
        raise Problem(HTTPStatus.BAD_REQUEST, f"{field}: {first['msg'][:300]}", field) from error
    except RuleUnusable as unusable:
        raise Problem(HTTPStatus.BAD_REQUEST, str(unusable), "rule") from unusable
    if question.rule.kind == "daily_summary":
        raise Problem(
            HTTPStatus.BAD_REQUEST, "rule.kind: a summary comes every day; try another", "rule.kind"
        )
    if question.rule.threshold is None and question.rule.kind != "direction":
        raise Problem(HTTPStatus.BAD_REQUEST, "rule.threshold: send the line to pass", "rule.threshold")
    return question


def _events(
    question: Question,
    since: datetime,
    until: datetime,
    bars: list[DailyBarClosedV1],
    within: list[DailyBarClosedV1],
    history: History,
) -> tuple[list[Trigger], int]:
    """What the rule is held against, and how many days stand for themselves by their close alone."""
    ticker, kind = question.ticker, question.rule.kind
    if kind in ("price_move", "price_level"):
        heard = history.quotes(ticker, since, until)
        quotes = [quote for quote in heard if question.extended_hours or quote.session == "regular"]
        found, by_close = quotes_or_closes(quotes, within)
        return list(found), by_close
    if kind == "drawdown":
        return list(falls(bars)), len(within)
    if kind == "direction":
        return list(history.forecasts(ticker, since, until)), 0
    return list(history.shifts(ticker, since, until)), 0


def _day(event: Trigger) -> date:
    return date.fromisoformat(session_day(moment(event)))
