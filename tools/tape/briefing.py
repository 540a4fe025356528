"""`tape briefing`: a briefing as its reader would get it, from the front, and mailed to them on demand."""

import json
from datetime import date
from pathlib import Path
from typing import Annotated, Any
from urllib.parse import urlsplit

import typer
from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.httpsession import URLLib3Session
from rich.console import Console
from rich.text import Text

from tools.tape import session
from tools.tape.deploying import REGION
from tools.tape.errors import TapeError
from tools.tape.platform import Platform

out = Console()


def briefing(
    user: Annotated[str | None, typer.Argument(help="Whose briefing; or say --tickers.")] = None,
    tickers: Annotated[str | None, typer.Option(help="Symbols by commas, not what a user watches.")] = None,
    day: Annotated[
        str | None, typer.Option("--date", help="The last day it tells of; the last summary by default.")
    ] = None,
    weekly: Annotated[bool, typer.Option("--weekly", help="The seven days instead of one.")] = False,
    variant: Annotated[str, typer.Option(help="a or b.")] = "a",
    html: Annotated[Path | None, typer.Option(help="Write the HTML part here, to look at.")] = None,
    send: Annotated[bool, typer.Option("--send", help="Mail it to the user, and to nobody else.")] = False,
    json_: Annotated[bool, typer.Option("--json", help="Print one JSON document and nothing else.")] = False,
) -> None:
    """Show a briefing before anybody gets it."""
    wanted: dict[str, Any] = {"cadence": "weekly" if weekly else "daily", "variant": variant, "send": send}
    wanted |= {"user_id": user} if user else {}
    wanted |= {"tickers": [one.strip() for one in tickers.split(",")]} if tickers else {}
    wanted |= {"date": str(_day(day))} if day else {}
    told = posted(session.connect(), "/briefing/preview", wanted)
    if html:
        html.write_text(told["html"], encoding="utf-8")
    if json_:
        print(json.dumps(told, indent=2, ensure_ascii=False))
        return
    out.print(Text(told["subject_line"], style="bold"))
    out.print(Text(told["text"]))
    if told["sent"]:
        out.print(f"mailed; `tape why {told['sent']}` shows what it rests on")


def posted(platform: Platform, path: str, body: dict[str, Any]) -> dict[str, Any]:
    """The answer of a signed request to the front. Raises TapeError with the front's own words."""
    url = f"{platform.api_url()}{path}"
    content = json.dumps(body).encode()
    headers = {"Content-Type": "application/json", "Host": urlsplit(url).netloc}
    request = AWSRequest("POST", url, data=content, headers=headers)
    aws = platform.target.session()
    credentials = aws.get_credentials()
    if credentials is None:
        raise TapeError("there are no AWS credentials to sign with; `aws configure` sets them")
    SigV4Auth(credentials, "execute-api", aws.region_name or REGION).add_auth(request)
    answer = URLLib3Session(timeout=60).send(request.prepare())
    try:
        told = json.loads(answer.text)
    except ValueError:
        told = {}
    if answer.status_code != 200:
        raise TapeError(
            told.get("detail") or told.get("message") or f"the front answers {answer.status_code}"
        )
    return dict(told)


def _day(stated: str) -> date:
    try:
        return date.fromisoformat(stated)
    except ValueError as error:
        raise TapeError(f"--date {stated[:20]!r} is no day; write 2021-01-27") from error
