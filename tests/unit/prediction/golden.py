"""Writes golden_predict.json: what old clients send to POST /predict, and what they get.

    python -m tests.unit.prediction.golden

Among the requests are those that ended the services we replace: one outcome only, a class of fewer than
eight, fewer than 29 rows, one mood all along, moods as fractions, and any 30, 60 or 120 rows.
"""

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from services.prediction.answering import answer_predict

FILE = Path(__file__).with_name("golden_predict.json")
Row = Callable[[int], Any]


class _Nothing:
    """No forecast is recorded."""

    def latest(self, ticker: str, horizon: int) -> None:
        return None


def wander(n: int) -> float:
    return round(100 + 7 * ((n * 37) % 11) / 11 + 5 * ((n * 13) % 17) / 17 + n / 20, 2)


def rows(count: int, close: Row = wander, sentiment: Row = lambda n: n % 4, **more: Any) -> dict[str, Any]:
    return {
        "ticker": "AAPL",
        "close": [close(n) for n in range(count)],
        "volume": [1000 + (n * 29) % 97 for n in range(count)],
        "positive": [(n * 7) % 5 for n in range(count)],
        "negative": [(n * 5) % 3 for n in range(count)],
        "sentiment": [sentiment(n) for n in range(count)],
        **more,
    }


def requests() -> Iterator[tuple[str, dict[str, Any]]]:
    for count in (30, 60, 120):
        yield f"{count} rows, newest first as the old Android client sends", rows(count)
    yield "29 rows, the fewest", rows(29)
    for count in (0, 1, 8, 25, 28):
        yield f"{count} rows, too few", rows(count)
    yield "one class: it rises all along", rows(60, lambda n: 100 + n, order="asc")
    yield "one class: it falls all along", rows(60, lambda n: 200 - n, order="asc")
    yield "one class: it never moves", rows(60, lambda n: 100, order="asc")
    yield "a class of fewer than eight", rows(30, lambda n: 100 + n - 5 * (n == 14), order="asc")
    yield "a mood that never changes, as a code", rows(60, sentiment=lambda n: 1)
    yield "no mood on any day", rows(60, sentiment=lambda n: 0)
    yield "a mood that never changes, as a word", rows(60, sentiment=lambda n: "NEUT")
    yield "moods as words", rows(60, sentiment=lambda n: ("POS", "NEG", "NEUT")[n % 3])
    yield "moods as fractions", rows(60, sentiment=lambda n: round((n * 7 % 41) / 20 - 1, 2))
    yield "moods that are all whole fractions", rows(60, sentiment=lambda n: float(n % 2))
    yield "moods of five kinds", rows(60, sentiment=lambda n: n % 5)
    yield "oldest first, as the TypeScript client sends", rows(60, order="asc")
    yield (
        "the same rows, newest first",
        {name: value[::-1] if isinstance(value, list) else value for name, value in rows(60).items()},
    )
    dates = [f"2021-{1 + n // 28:02}-{1 + n % 28:02}" for n in range(60)]
    yield "rows with dates", rows(60, dates=dates)
    yield "dates that contradict the order", rows(60, dates=dates, order="desc")
    yield "arrays of unequal length", rows(60) | {"volume": [1] * 59}
    yield "no volume", {name: value for name, value in rows(60).items() if name != "volume"}
    yield "a rule that can be learnt", rows(120, lambda n: 100 + 5 * (n % 2), order="asc")


def answered(request: dict[str, Any]) -> dict[str, Any]:
    response = answer_predict({"body": json.dumps(request)}, forecasts=_Nothing())
    return {"status": response["statusCode"], "answer": json.loads(response["body"])}


def main() -> None:
    cases = [{"name": name, "request": request, **answered(request)} for name, request in requests()]
    FILE.write_text(json.dumps(cases, separators=(",", ":")).replace('{"name"', '\n{"name"') + "\n")


if __name__ == "__main__":
    main()
