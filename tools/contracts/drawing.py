"""The graph as SVG: services as boxes, what they announce as cards, arrows down to whoever hears it."""

from collections.abc import Iterator
from html import escape
from itertools import pairwise

from tools.contracts.graph import Announced, Graph
from tools.contracts.layout import Box, Placed, place

HUES = {
    "app": 220,
    "ingestion": 28,
    "sentiment": 328,
    "market_data": 158,
    "prediction": 265,
    "notifications": 6,
    "summaries": 192,
    "journal": 0,
}
"""Degrees on the colour wheel; every page and picture of the contracts uses the same."""

_LINE, _PAD, _CHAR = 19, 9, 7.3

_STYLE = """
.tt { font: 13px/1.3 Inter, ui-sans-serif, system-ui, "Segoe UI", "DejaVu Sans", sans-serif; }
.tt .service rect { fill: hsl(var(--h) 60% 36%); }
.tt .service text { fill: #fff; font-weight: 650; text-anchor: middle; dominant-baseline: central; }
.tt .card rect { fill: hsl(var(--h) 60% 97%); stroke: hsl(var(--h) 45% 62%); }
.tt .card.others rect { stroke-dasharray: 4 3; }
.tt .card text { fill: hsl(var(--h) 50% 24%); text-anchor: middle; dominant-baseline: central; }
.tt a text { pointer-events: bounding-box; cursor: pointer; }
.tt a:hover text { text-decoration: underline; }
.tt .way { fill: none; stroke: hsl(var(--h) 45% 55%); stroke-width: 1.6; opacity: .75; }
.tt .said { fill: none; stroke: hsl(var(--h) 55% 45%); stroke-width: 2.2; }
.tt marker path { fill: context-stroke; }
.tt .note { fill: #6b7280; font-size: 12px; }
@media (prefers-color-scheme: dark) {
  .tt .service rect { fill: hsl(var(--h) 50% 38%); }
  .tt .card rect { fill: hsl(var(--h) 25% 15%); stroke: hsl(var(--h) 35% 45%); }
  .tt .card text { fill: hsl(var(--h) 60% 86%); }
  .tt .way, .tt .said { stroke: hsl(var(--h) 42% 58%); }
  .tt .note { fill: #9ca3af; }
}
"""


def svg(graph: Graph) -> str:
    """One picture, light and dark; events with the same announcer and the same hearers share a card."""
    cards = _cards(graph)
    shown = [name for name in graph.services if name not in graph.hear_everything]
    boxes = {name: _service(name) for name in shown}
    boxes |= {key: _size(events) for key, events in cards.items()}
    placed = place(boxes, list(_edges(cards)), gap=20, drop=46, margin=16)
    note = f"Dashed: meant for others. ↻: heard by its own announcer. {_everything(graph)}"
    parts = [
        *_arrows(placed, boxes, cards),
        *_services(placed, shown),
        *(_card(placed, k, e) for k, e in cards.items()),
    ]
    wide, tall = round(placed.width), round(placed.height + 22)
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" class="tt" viewBox="0 0 {wide} {tall}" width="{wide}" '
        f'height="{tall}" role="img" aria-label="Services and the events between them">\n'
        f"<style>{_STYLE}</style>\n"
        '<defs><marker id="tip" viewBox="0 0 8 8" refX="7" refY="4" markerWidth="5" markerHeight="5" '
        'orient="auto"><path d="M0 0 8 4 0 8z"/></marker></defs>\n'
        + "\n".join(parts)
        + f'\n<text class="note" x="16" y="{tall - 10}">{escape(note)}</text>\n</svg>\n'
    )


def _everything(graph: Graph) -> str:
    return f"{', '.join(graph.hear_everything)} hears every event." if graph.hear_everything else ""


def _cards(graph: Graph) -> dict[str, list[Announced]]:
    cards: dict[str, list[Announced]] = {}
    for event in graph.events:
        cards.setdefault(f"{event.by} → {' '.join(sorted(event.heard_by))}", []).append(event)
    return cards


def _edges(cards: dict[str, list[Announced]]) -> Iterator[tuple[str, str]]:
    for key, (first, *_) in cards.items():
        yield first.by, key
        yield from ((key, service) for service in first.heard_by if service != first.by)


def _service(name: str) -> Box:
    return Box(max(len(name) * 8 + 36, 120), 34)


def _size(events: list[Announced]) -> Box:
    longest = max(len(_label(event)) for event in events)
    return Box(longest * _CHAR + 2 * _PAD, len(events) * _LINE + 2 * _PAD)


def _label(event: Announced) -> str:
    return f"{event.detail_type} ↻" if event.by in event.heard_by else event.detail_type


def _services(placed: Placed, names: list[str]) -> Iterator[str]:
    for name in names:
        yield _box("service", name, placed.centres[name], _service(name), [name], [])


def _card(placed: Placed, key: str, events: list[Announced]) -> str:
    kind = "card" if events[0].heard_by else "card others"
    labels = [_label(event) for event in events]
    links = [event.detail_type for event in events]
    return _box(kind, events[0].by, placed.centres[key], _size(events), labels, links)


def _box(
    kind: str, service: str, centre: tuple[float, float], box: Box, labels: list[str], links: list[str]
) -> str:
    (x, y), first = centre, centre[1] - _LINE * (len(labels) - 1) / 2
    said = [
        f'<text x="{x:.1f}" y="{first + _LINE * at:.1f}">{escape(label)}</text>'
        for at, label in enumerate(labels)
    ]
    if links:
        said = [f'<a href="#{link}">{text}</a>' for link, text in zip(links, said, strict=True)]
    return (
        f'<g class="{kind}" style="--h:{HUES.get(service, 0)}"><rect x="{x - box.width / 2:.1f}" '
        f'y="{y - box.height / 2:.1f}" width="{box.width:.1f}" height="{box.height:g}" rx="9"/>'
        f"{''.join(said)}</g>"
    )


def _arrows(placed: Placed, boxes: dict[str, Box], cards: dict[str, list[Announced]]) -> Iterator[str]:
    landings = _landings(placed, boxes)
    for (start, end), way in placed.ways.items():
        (x0, foot), *bends, (x1, head) = way
        x1 += landings[start, end]
        below = placed.centres[start][1] + boxes[start].height / 2
        above = placed.centres[end][1] - boxes[end].height / 2 - 1
        points = [(x0, below), (x0, max(foot, below)), *bends, (x1, min(head, above)), (x1, above)]
        heard, (first, *_) = start in cards, cards.get(start) or cards[end]
        tip = ' marker-end="url(#tip)"' if heard else ""
        kind, hue = "way" if heard else "said", HUES.get(first.by, 0)
        yield f'<path class="{kind}" style="--h:{hue}" d="{_curve(points)}"{tip}/>'


def _landings(placed: Placed, boxes: dict[str, Box]) -> dict[tuple[str, str], float]:
    """How far from the middle of a box each arrow lands: side by side, in the order they come."""
    coming: dict[str, list[tuple[float, str]]] = {}
    for (start, end), way in placed.ways.items():
        coming.setdefault(end, []).append((way[-2][0], start))
    return {
        (start, end): (at - (len(ways) - 1) / 2) * min(18, boxes[end].width / (len(ways) + 1))
        for end, ways in coming.items()
        for at, (_, start) in enumerate(sorted(ways))
    }


def _curve(points: list[tuple[float, float]]) -> str:
    """Through every point, leaving and arriving straight down."""
    path = f"M{points[0][0]:.1f} {points[0][1]:.1f}"
    for (x0, y0), (x1, y1) in pairwise(dict.fromkeys(points)):
        middle = (y0 + y1) / 2
        path += f"C{x0:.1f} {middle:.1f} {x1:.1f} {middle:.1f} {x1:.1f} {y1:.1f}"
    return path
