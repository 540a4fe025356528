"""Places boxes in rows so that arrows run down and cross seldom: rows by longest way, order by neighbours."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from statistics import fmean

Edge = tuple[str, str]

_SWEEPS = 24


@dataclass(frozen=True)
class Box:
    """Something to be placed; sizes in pixels."""

    width: float
    height: float


@dataclass
class Placed:
    """Centres of the boxes, the ways of the edges from row to row, and the whole size.

    A way begins at the foot of its first row and ends at the head of its last. Rows between it passes
    upright, so that it keeps clear of their boxes however tall they are.
    """

    centres: dict[str, tuple[float, float]]
    ways: dict[Edge, list[tuple[float, float]]]
    width: float = 0
    height: float = 0


def place(
    boxes: Mapping[str, Box], edges: Sequence[Edge], *, gap: float, drop: float, margin: float
) -> Placed:
    """Rows of boxes, *gap* apart, with *drop* between rows. An edge that closes a ring runs upward."""
    ranks = _ranks(boxes, _ringless(edges))
    chains = {edge: _chain(edge, ranks) for edge in edges}
    for (start, _), (_, *bends, _) in chains.items():
        ranks |= {bend: ranks[start] + at for at, bend in enumerate(bends, start=1)}
    sized = {name: boxes.get(name, Box(gap, 0)) for name in ranks}
    links = [pair for chain in chains.values() for pair in pairwise(chain)]
    rows = _ordered(ranks, links)
    across = _spread(rows, links, sized, gap)
    return _drawn(rows, across, sized, chains, drop, margin)


def _ranks(boxes: Iterable[str], edges: Sequence[Edge]) -> dict[str, int]:
    """The length of the longest way to each box."""
    ranks = dict.fromkeys(boxes, 0)
    for _ in ranks:
        for start, end in edges:
            ranks[end] = max(ranks[end], ranks[start] + 1)
    return ranks


def _ringless(edges: Sequence[Edge]) -> list[Edge]:
    """The edges without those that lead back to where earlier ones came from."""
    kept: list[Edge] = []
    for start, end in edges:
        reached, waiting = {end}, [end]
        while waiting:
            here = waiting.pop()
            fresh = {after for before, after in kept if before == here} - reached
            reached |= fresh
            waiting += fresh
        if start not in reached:
            kept.append((start, end))
    return kept


def _chain(edge: Edge, ranks: Mapping[str, int]) -> list[str]:
    """The edge with a bend in every row it passes."""
    start, end = edge
    bends = [f"{start} {end} {row}" for row in range(ranks[start] + 1, ranks[end])]
    return [start, *bends, end]


def _ordered(ranks: Mapping[str, int], links: Sequence[Edge]) -> list[list[str]]:
    """Rows, each ordered by the mean place of its neighbours; the order with fewest crossings is kept."""
    rows: list[list[str]] = [[] for _ in range(max(ranks.values()) + 1)]
    for name, rank in ranks.items():
        rows[rank].append(name)
    best, fewest = [list(row) for row in rows], _crossings(rows, links)
    for sweep in range(_SWEEPS):
        near = _neighbours(links, upward=sweep % 2 == 0)
        for row in rows[1:] if sweep % 2 == 0 else rows[-2::-1]:
            places = {name: at / max(len(r) - 1, 1) for r in rows for at, name in enumerate(r)}
            row.sort(key=lambda n: fmean([places[m] for m in near[n]]) if n in near else places[n])
        if (crossed := _crossings(rows, links)) < fewest:
            best, fewest = [list(row) for row in rows], crossed
    return best


def _neighbours(links: Sequence[Edge], *, upward: bool) -> dict[str, list[str]]:
    near: dict[str, list[str]] = {}
    for start, end in links:
        near.setdefault(end if upward else start, []).append(start if upward else end)
    return near


def _crossings(rows: Sequence[Sequence[str]], links: Sequence[Edge]) -> int:
    at = {name: place for row in rows for place, name in enumerate(row)}
    row_of = {name: number for number, row in enumerate(rows) for name in row}
    crossed = 0
    for i, (a, b) in enumerate(links):
        for c, d in links[i + 1 :]:
            crossed += row_of[a] == row_of[c] and (at[a] - at[c]) * (at[b] - at[d]) < 0
    return crossed


def _spread(
    rows: Sequence[Sequence[str]], links: Sequence[Edge], sized: Mapping[str, Box], gap: float
) -> dict[str, float]:
    """Each row's places across, as near to the neighbours' mean as its order and the gaps allow."""
    across = {name: float(at) for row in rows for at, name in enumerate(row)}
    for sweep in range(_SWEEPS):
        near = _neighbours(links, upward=sweep % 2 == 0)
        for row in rows if sweep % 2 == 0 else reversed(rows):
            wished = [fmean([across[m] for m in near[n]]) if n in near else across[n] for n in row]
            steps = [(sized[a].width + sized[b].width) / 2 + gap for a, b in pairwise(row)]
            across |= dict(zip(row, _apart(wished, steps), strict=True))
    return across


def _apart(wished: Sequence[float], steps: Sequence[float]) -> list[float]:
    """Places nearest to *wished* by least squares that keep their order and their *steps* apart."""
    offsets = [0.0]
    for step in steps:
        offsets.append(offsets[-1] + step)
    blocks: list[tuple[float, int]] = []
    for wish, offset in zip(wished, offsets, strict=True):
        mean, count = wish - offset, 1
        while blocks and blocks[-1][0] > mean:
            before, many = blocks.pop()
            mean, count = (mean * count + before * many) / (count + many), count + many
        blocks.append((mean, count))
    flat = [mean for mean, count in blocks for _ in range(count)]
    return [mean + offset for mean, offset in zip(flat, offsets, strict=True)]


def _drawn(
    rows: Sequence[Sequence[str]],
    across: Mapping[str, float],
    sized: Mapping[str, Box],
    chains: Mapping[Edge, Sequence[str]],
    drop: float,
    margin: float,
) -> Placed:
    left = min(across[name] - sized[name].width / 2 for name in across) - margin
    right = max(across[name] + sized[name].width / 2 for name in across) + margin
    drawn, top = Placed({}, {}, width=right - left), margin
    head: dict[str, tuple[float, float]] = {}
    foot: dict[str, tuple[float, float]] = {}
    for row in rows:
        tall = max(sized[name].height for name in row)
        head |= {name: (across[name] - left, top) for name in row}
        drawn.centres |= {name: (across[name] - left, top + tall / 2) for name in row}
        foot |= {name: (across[name] - left, top + tall) for name in row}
        top += tall + drop
    drawn.height = top - drop + margin
    drawn.ways = {
        edge: [end for a, b in pairwise(chain) for end in (foot[a], head[b])]
        for edge, chain in chains.items()
    }
    return drawn
