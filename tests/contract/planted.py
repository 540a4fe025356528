"""Every way to spoil a published contract, planted one by one; and what may change."""

import copy
from collections.abc import Callable
from typing import Any

from tools.contracts.schemas import ENVELOPE
from tools.contracts.shelf import Document

POST, FOLLOWED, PRICE, SCORED = (
    "PostIngested.v1",
    "TickerFollowed.v1",
    "PriceUpdated.v1",
    "SentimentScored.v1",
)
"""One with parts in a list, one with an open list and units, one with decimals, one with a sign."""

Edit = Callable[[dict[str, Document]], object]


def fields(written: dict[str, Document], name: str = POST) -> dict[str, Any]:
    fields: dict[str, Any] = written[name]["properties"]
    return fields


def _mention(written: dict[str, Document]) -> dict[str, Any]:
    part: dict[str, Any] = written[POST]["$defs"]["TickerMention"]
    return part


def _rule(written: dict[str, Document]) -> dict[str, Any]:
    part: dict[str, Any] = written[FOLLOWED]["$defs"]["AlertRule"]["properties"]
    return part


def _require(schema: Document, field: str) -> None:
    schema["properties"][field] = {"type": "string"}
    schema["required"].append(field)


def drop(schema: Document, field: str) -> None:
    del schema["properties"][field]
    schema["required"] = [name for name in schema["required"] if name != field]


def rename(written: dict[str, Document], old: str, new: str) -> None:
    written[new] = written.pop(old)


PLANTED: dict[str, tuple[Edit, str, str, str]] = {
    "a field removed": (lambda w: drop(w[POST], "community"), POST, "community", "field-removed"),
    "a part's field removed": (
        lambda w: drop(_mention(w), "start"), POST, "tickers[].start", "field-removed",
    ),
    "a required field added": (lambda w: _require(w[POST], "lang"), POST, "lang", "required-added"),
    "an optional field made required": (
        lambda w: w[POST]["required"].append("author"), POST, "author", "required-added",
    ),
    "a required field made optional": (
        lambda w: w[POST]["required"].remove("kind"), POST, "kind", "required-dropped",
    ),
    "a type narrowed": (
        lambda w: fields(w)["author"].update(anyOf=[{"type": "integer"}, {"type": "null"}]),
        POST, "author", "type-changed",
    ),
    "an integer turned number": (
        lambda w: fields(w)["score"].update(type="number"), POST, "score", "type-changed",
    ),
    "null taken away": (
        lambda w: fields(w).update(url={"type": "string", "maxLength": 2048, "default": None}),
        POST, "url", "null-removed",
    ),
    "null added": (
        lambda w: fields(w).update(kind={"anyOf": [fields(w)["kind"], {"type": "null"}]}),
        POST, "kind", "null-added",
    ),
    "an enum closed": (
        lambda w: fields(w)["kind"].update(enum=fields(w)["kind"].pop("x-extensible-enum")),
        POST, "kind", "enum-closed",
    ),
    "a known value gone": (
        lambda w: _mention(w)["properties"]["how"]["x-extensible-enum"].remove("option"),
        POST, "tickers[].how", "value-removed",
    ),
    "a text made shorter": (
        lambda w: fields(w)["text"].update(maxLength=280), POST, "text", "limit-tightened",
    ),
    "a text made longer": (
        lambda w: fields(w)["text"].update(maxLength=9000), POST, "text", "limit-loosened",
    ),
    "a limit where there was none": (
        lambda w: fields(w)["score"].update(minimum=0), POST, "score", "limit-tightened",
    ),
    "a limit taken off": (
        lambda w: fields(w)["comments"].pop("minimum"), POST, "comments", "limit-loosened",
    ),
    "a decimal's bound raised": (
        lambda w: fields(w, PRICE)["price"].update({"x-exclusiveMinimum": "1"}),
        PRICE, "price", "limit-tightened",
    ),
    "a pattern changed": (
        lambda w: fields(w)["post_id"].update(pattern="^[a-z]+$"), POST, "post_id", "pattern-changed",
    ),
    "an instant turned text": (
        lambda w: fields(w)["created_at"].pop("format"), POST, "created_at", "pattern-changed",
    ),
    "a default changed": (
        lambda w: fields(w)["title"].update(default="untitled"), POST, "title", "default-changed",
    ),
    "a unit changed": (
        lambda w: _rule(w)["threshold"].update(description="price_move: basis points; price_level: dollars"),
        FOLLOWED, "rules[].threshold", "meaning-moved",
    ),
    "a unit in words that name another": (
        lambda w: fields(w, PRICE)["previous_close"].update(description="in cents"),
        PRICE, "previous_close", "meaning-moved",
    ),
    "a unit where there was none": (
        lambda w: w[PRICE].update(description="A quote was taken, in cents."), PRICE, "", "reworded",
    ),
    "a sign turned": (
        lambda w: fields(w, SCORED)["polarity"].update(description="negative − positive"),
        SCORED, "polarity", "reworded",
    ),
    "a part's words changed": (
        lambda w: _mention(w).update(description="A ticker that may be meant."),
        POST, "tickers[]", "reworded",
    ),
    "a source changed": (
        lambda w: w[POST].update({"x-source": "tickertape.posts"}), POST, "", "identity-changed",
    ),
    "a keyword no rule knows": (
        lambda w: fields(w)["tickers"].update(uniqueItems=True), POST, "tickers", "keyword-changed",
    ),
    "an envelope's field removed": (
        lambda w: drop(w[ENVELOPE], "correlationid"), ENVELOPE, "correlationid", "field-removed",
    ),
    "a detail-type removed": (lambda w: w.pop(POST), POST, "", "detail-type-gone"),
    "a detail-type renamed": (
        lambda w: rename(w, POST, "PostSeen.v1"), POST, "", "detail-type-gone",
    ),
}  # fmt: skip

HARMLESS: dict[str, Edit] = {
    "an optional field added": lambda w: fields(w).update(lang={"type": "string", "default": "en"}),
    "an optional field removed": lambda w: drop(w[POST], "cluster"),
    "a value added to an open list": lambda w: fields(w)["kind"]["x-extensible-enum"].append("poll"),
    "an example added": lambda w: fields(w)["community"].update(examples=["stocks"]),
    "an event added": lambda w: w.update({"PostIngested.v2": copy.deepcopy(w[POST])}),
}
