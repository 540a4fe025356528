"""What each kind of message looks like on each channel, drawn from the contracts' own samples.

    python -m tools.messages [--pictures]

Writes docs/messages/<kind>/<channel>.txt, .json or .html; with --pictures, also one PNG a kind, its
channels side by side, by a `chromium` on the PATH.
"""

import argparse
import json
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal
from html import escape
from pathlib import Path
from typing import Any

from contracts.events.app import AlertRule
from contracts.events.catalogue import EVENTS
from contracts.events.notifications import AlertFiredV1
from services.notifications.alerts import Held, Later
from services.notifications.answering import shown as board_shown
from services.notifications.blocks import alert_blocks
from services.notifications.boards import Position, Seen, dashboard, monitor
from services.notifications.correcting import correction
from services.notifications.inbox import shown as kept
from services.notifications.localised import figures_for
from services.notifications.mail import rendered
from services.notifications.plain import inert
from services.notifications.push import shown as pushed
from services.notifications.rules import Fallen
from services.notifications.taken import ReportTaken
from services.notifications.team import job_completed, report_text, summary_message
from services.notifications.telegram import alert_text
from services.notifications.wording import Message, daily_summary, digest, write

ROOT = Path(__file__).parents[1]
OUT = ROOT / "docs" / "messages"
LINK = "https://api.example.com/v1/unsubscribe?t=…"
NOON = datetime(2021, 1, 27, 17, 0, tzinfo=UTC)
WIDTH, HEIGHT = 1480, 560


@dataclass(frozen=True)
class Look:
    """One rendering: the file's name and text, and how it is drawn."""

    channel: str
    suffix: str
    text: str
    card: str


def looks() -> Iterator[tuple[str, list[Look]]]:
    """Every kind with its renderings; the same at every call."""
    for kind, message in _messages():
        alert = _alert(kind, message)
        yield kind, _alert_looks(alert)
    yield "price_level_german", _alert_looks(_alert("price_level", _german()))
    quote = _sample("QuoteCorrected.v1")
    alert = _alert("price_move", write(_rule("price_move", 10), _sample("PriceUpdated.v1")))
    yield "correction", _corrected(alert, correction(quote))
    yield "job", _job()
    yield "day", _day()
    yield "bot", _bot()


def write_all(out: Path = OUT) -> None:
    for kind, found in looks():
        folder = out / kind
        folder.mkdir(parents=True, exist_ok=True)
        for look in found:
            (folder / f"{look.channel}.{look.suffix}").write_text(look.text, encoding="utf-8")


def draw_all(out: Path = OUT) -> None:
    """One picture a kind. Raises FileNotFoundError where there is no chromium."""
    browser = shutil.which("chromium") or shutil.which("google-chrome")
    if browser is None:
        raise FileNotFoundError("chromium is not on the PATH; on Debian: apt-get install chromium")
    with tempfile.TemporaryDirectory() as folder:
        for kind, found in looks():
            page = Path(folder) / f"{kind}.html"
            page.write_text(_sheet(found), encoding="utf-8")
            command = [browser, "--headless", "--no-sandbox", "--disable-gpu", "--hide-scrollbars"]
            command += [
                f"--window-size={WIDTH},{HEIGHT}",
                f"--screenshot={out / kind / 'looks.png'}",
                page.as_uri(),
            ]
            subprocess.run(command, check=True, capture_output=True, timeout=120)


def _sample(name: str) -> Any:
    told = json.loads((ROOT / "contracts" / "samples" / f"{name}.json").read_text(encoding="utf-8"))
    return EVENTS[name].read(told["data"])


def _rule(kind: str, threshold: str | int | None) -> AlertRule:
    return AlertRule(kind=kind, threshold=None if threshold is None else Decimal(threshold))


def _messages() -> Iterator[tuple[str, Message]]:
    quote, shift = _sample("PriceUpdated.v1"), _sample("TickerSentimentShifted.v1")
    ranking = _sample("DrawdownsRanked.v1")
    top = ranking.top[0]
    prices = {"close": top.close, "peak": top.peak, "drawdown_pct": top.drawdown_pct}
    fallen = Fallen(
        ticker=top.ticker,
        date=ranking.date,
        peak_date=top.peak_date,
        sessions=ranking.sessions,
        peak_of=ranking.peak_of,
        **prices,
    )
    forecast = _sample("DirectionPredicted.v1").model_copy(update={"edge": True, "direction": "up"})
    summary = _sample("DailySummaryPublished.v1")
    yield "price_move", write(_rule("price_move", 10), quote)
    yield "price_level", write(_rule("price_level", 300), quote)
    yield "sentiment_shift", write(_rule("sentiment_shift", "0.3"), shift)
    yield "mention_surge", write(_rule("mention_surge", 3), shift)
    yield "drawdown", write(_rule("drawdown", 50), fallen)
    yield "direction", write(_rule("direction", None), forecast)
    yield "daily_summary", daily_summary(summary, summary.tickers)
    held = [
        Held(_alert(kind, write(_rule(kind, line), event)), Later(("email",), NOON), NOON)
        for kind, line, event in (("price_move", 10, quote), ("mention_surge", 3, shift))
    ]
    yield "digest", digest(held)


def _german() -> Message:
    quote = _sample("PriceUpdated.v1").model_copy(update={"price": Decimal("1347.51")})
    return write(_rule("price_level", 300), quote, figures_for("de-DE"))


def _alert(kind: str, message: Message) -> AlertFiredV1:
    own = f"n-{kind.replace('_', '-')}"
    return AlertFiredV1(
        notification_id=own,
        user_id="alice",
        ticker="GME",
        rule="price_move" if kind == "digest" else kind,
        channels=("inbox",),
        title=message.title,
        body=message.body(own),
        reason="the line was passed",
        occurred_at=NOON,
        evidence=("follow-1", "price-1"),
        digest=kind == "digest",
    )


def _alert_looks(alert: AlertFiredV1) -> list[Look]:
    text, html = rendered(alert, LINK)
    chat, _ = alert_text(alert)
    push = json.loads(pushed(alert))
    slack, inbox = alert_blocks(alert), kept(alert)
    title, body = inbox["title"], inbox["body"]
    return [
        Look("inbox", "txt", f"{title}\n\n{body}\n", _bubble(title, body, "inbox")),
        Look("email", "html", html, f'<iframe srcdoc="{escape(html)}"></iframe>'),
        Look("email", "txt", text, ""),
        Look("slack", "json", _json(slack), _blocks(slack)),
        Look("telegram", "txt", chat + "\n", _bubble(*_split(chat), "telegram")),
        Look("push", "json", _json(push), _bubble(push["title"], push["body"], "push")),
    ]


def _corrected(alert: AlertFiredV1, told: str) -> list[Look]:
    slack = alert_blocks(alert, correction=told)
    chat, _ = alert_text(alert, correction=told)
    row = kept(alert)
    inbox = f"{row['title']}\n\n{inert(told)}\n\n{row['body']}"  # the row keeps both, the app shows them
    return [
        Look("inbox", "txt", inbox + "\n", _bubble(*_split(inbox), "inbox")),
        Look("slack", "json", _json(slack), _blocks(slack)),
        Look("telegram", "txt", chat + "\n", _bubble(*_split(chat), "telegram")),
    ]


def _job() -> list[Look]:
    report = ReportTaken(
        report_id="monitor/msg_1",
        sender="monitor",
        kind="job.completed",
        title="reddit_scraper",
        text="1,204 posts, 38 tickers",
        run="run-1",
        status="success",
        facts=(("Environment", "prod"), ("Duration", "81.65s"), ("Finished", "2021-01-27 17:00 UTC")),
    )
    _, slack = job_completed(report)
    chat = report_text(report)
    return [
        Look("slack", "json", _json(slack), _blocks(slack)),
        Look("telegram", "txt", chat + "\n", _bubble(*_split(chat), "telegram")),
    ]


def _day() -> list[Look]:
    slack, chat = summary_message(_sample("DailySummaryPublished.v1"))
    return [
        Look("slack", "json", _json(slack), _blocks(slack)),
        Look("telegram", "txt", chat + "\n", _bubble(*_split(chat), "telegram")),
    ]


def _bot() -> list[Look]:
    closes = [Decimal(one) for one in ("35.50", "39.12", "38.85", "43.03", "65.01", "76.79", "147.98")]
    ranking = _sample("DrawdownsRanked.v1")
    positions = [
        Position(symbol, Decimal(2), Decimal(100), Decimal(250), Decimal(500), Decimal(300), Decimal(pct))
        for symbol, pct in (("GME", 1800), ("AMC", 310), ("BB", 90), ("NOK", 41), ("KOSS", 12))
    ]
    seen = [Seen("GME", _sample("PriceUpdated.v1"), closes), Seen("AMC", None)]
    found = []
    for name, board in (("dashboard", dashboard(seen, ranking, positions)), ("monitor", monitor(positions))):
        text, _ = board_shown(board, 0)
        found.append(Look(name, "txt", text + "\n", _bubble(*_split(text), "telegram table")))
    return found


def _split(text: str) -> tuple[str, str]:
    title, _, body = text.partition("\n\n")
    return title, body


def _json(content: Any) -> str:
    return json.dumps(content, ensure_ascii=False, indent=1) + "\n"


def _bubble(title: str, body: str, kind: str) -> str:
    return f'<div class="{kind}"><b>{escape(title)}</b><p>{escape(body)}</p></div>'


def _blocks(blocks: Sequence[dict[str, Any]]) -> str:
    return f'<div class="slack">{"".join(map(_block, blocks))}</div>'


def _block(block: dict[str, Any]) -> str:
    if block["type"] == "header":
        return f"<h3>{escape(block['text']['text'])}</h3>"
    if block["type"] == "context":
        return f"<small>{escape(block['elements'][0]['text'])}</small>"
    if "text" in block:
        return f"<p>{escape(block['text']['text'])}</p>"
    return f"<div class=fields>{''.join(_field(one) for one in block['fields'])}</div>"


def _field(one: dict[str, Any]) -> str:
    return f"<p>{escape(one['text'])}</p>"


def _sheet(found: Sequence[Look]) -> str:
    cards = "".join(
        f"<figure><figcaption>{look.channel}</figcaption>{look.card}</figure>" for look in found if look.card
    )
    return f"<!doctype html><meta charset=utf-8><style>{_STYLE}</style><main>{cards}</main>"


_STYLE = """
body{margin:0;background:#eceff3;font:14px/1.45 "DejaVu Sans",system-ui,sans-serif;color:#1a1a1a}
main{display:flex;gap:16px;padding:16px;align-items:flex-start}
figure{margin:0;flex:1 1 0;min-width:0}figcaption{color:#667;font-size:12px;margin-bottom:6px}
p{margin:6px 0;white-space:pre-wrap;overflow-wrap:anywhere}h3{margin:0 0 6px;font-size:16px}
iframe{width:100%;height:480px;border:0;background:#fff}small{color:#667}
.inbox,.slack,.push{background:#fff;padding:12px;border-radius:6px}
.telegram{background:#effdde;padding:10px 12px;border-radius:12px}
.table p{font:11px/1.5 "DejaVu Sans Mono",monospace}
.push{box-shadow:0 2px 8px #0003}.slack{border-left:4px solid #4a154b}
.fields{display:grid;grid-template-columns:1fr 1fr;gap:4px}
"""


def main(argv: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(
        prog="python -m tools.messages", description=(__doc__ or "").split("\n")[0]
    )
    parser.add_argument("--pictures", action="store_true", help="draw each kind as a PNG too, by chromium")
    options = parser.parse_args(argv)
    write_all()
    if options.pictures:
        try:
            draw_all()
        except (FileNotFoundError, subprocess.SubprocessError) as failure:
            print(f"tools.messages: {failure}", file=sys.stderr)
            return 2
    return 0


if __name__ == "__main__":
    sys.exit(main())
