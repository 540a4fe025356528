"""`tape why-not`: why a rule of a user said nothing."""

import json
from typing import Annotated

import typer
from rich.console import Console
from rich.table import Table

from services.notifications.evaluations import EvaluationsTable
from services.notifications.explaining import tell_why_not
from services.notifications.replying import Problem
from services.notifications.subscriptions import SubscriptionsTable
from tools.tape import session
from tools.tape.errors import TapeError

out = Console()


def why_not(
    user: Annotated[str, typer.Argument(metavar="USER", help="As the app knows them.")],
    ticker: Annotated[str, typer.Argument(metavar="TICKER", help="GME, BRK.B; - for the day's summary.")],
    rule: Annotated[str, typer.Argument(metavar="RULE", help="price_move, or one line of it: price_move@10")],
    limit: Annotated[int, typer.Option(help="Evaluations shown, the newest first.")] = 20,
    json_: Annotated[bool, typer.Option("--json", help="Print one JSON document and nothing else.")] = False,
) -> None:
    """Why a user was not told: what each of their rules of a kind came to, and by how much it missed.

    Example: tape why-not alice GME price_move
    """
    platform = session.connect()
    asked = {"user": user, "ticker": ticker, "rule": rule, "limit": str(limit)}
    try:
        reply = tell_why_not(
            {"queryStringParameters": asked},
            evaluations=EvaluationsTable(platform.table("Evaluations")),
            subscriptions=SubscriptionsTable(platform.table("Subscriptions")),
        )
    except Problem as problem:
        raise TapeError(problem.detail) from problem
    found = json.loads(reply["body"])
    if json_:
        print(json.dumps(found, indent=2, ensure_ascii=False))
        return
    out.print(f"[bold]{found['answer']}[/bold]", highlight=False)
    table = Table("at", "rule", "outcome", "short by", "why", "event", box=None)
    for row in found["evaluations"]:
        line = f"{row['rule']}@{row['threshold']}" if "threshold" in row else row["rule"]
        cells = (row["at"], line, row["outcome"], row.get("short_by", ""), row["reason"], row["event"]["id"])
        table.add_row(*cells)
    if found["evaluations"]:
        out.print(table)
