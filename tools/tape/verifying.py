"""Checks the chains of recorded forecasts, as anyone may who can read the table."""

from typing import Any

from rich.console import Console
from rich.text import Text

from services.prediction.chaining import check_chain
from services.prediction.forecasts import ForecastsTable


def verdict(table: Any) -> dict[str, Any]:
    """How many records and chains there are, and the first broken record of each chain that is not intact."""
    records, chains, broken = 0, 0, []
    for chain in ForecastsTable(table).chains():
        records, chains = records + len(chain.records), chains + 1
        if found := check_chain(chain):
            broken.append({"chain": chain.name, "record": found.day, "why": found.why})
    return {"intact": not broken, "records": records, "chains": chains, "broken": broken}


def show(found: dict[str, Any], out: Console) -> None:
    for each in found["broken"]:
        out.print(
            Text.assemble("broken: ", (f"{each['chain']} {each['record']}", "bold"), f": {each['why']}")
        )
    state = "intact" if found["intact"] else f"{len(found['broken'])} broken"
    out.print(f"{found['records']:,} forecasts in {found['chains']:,} chains: [bold]{state}[/bold]")
