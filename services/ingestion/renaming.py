"""Under which symbol a company is known on a day, though symbols are given up, changed and used again."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date


@dataclass(frozen=True, slots=True)
class Change:
    """From `since` a company trades as `new` instead of `old`; without `old` it was first listed then.

    From `again`, where given, the letters of `old` are another company's.
    """

    old: str
    new: str
    since: date
    again: date | None = None


class Renames:
    """One ticker is one company: the symbol it had on a day, or its next one where another has that now.

    `symbols` are all whose meaning depends on the day.
    """

    def __init__(self, changes: Iterable[Change]) -> None:
        self._begun: dict[str, list[Change]] = {}
        self._left: dict[str, Change] = {}
        self._listed: dict[str, date] = {}
        for change in changes:
            if change.old:
                self._begun.setdefault(change.new, []).append(change)
                self._left[change.old] = change
            else:
                self._listed[change.new] = change.since
        self.symbols = frozenset(self._begun) | frozenset(self._left) | frozenset(self._listed)

    def said(self, letters: str, day: date) -> str | None:
        """The ticker of whoever these letters meant on a day; None if nobody.

        Letters given up keep meaning who had them, as people go on using them.
        """
        left = self._left.get(letters)
        if left and not (left.again and day >= left.again):
            taken = self._begins(letters, before=left.since)
            found = self._then(letters, day)
        else:
            taken, found = self._begins(letters), letters
        return self._on(found, day) if all(change.since <= day for change in taken) else None

    def named(self, symbol: str, day: date) -> str | None:
        """The ticker, on a day, of the company whose symbol is `symbol` now; None before it was listed."""
        left = self._left.get(symbol)
        if left and left.again is None:
            return self._on(self._then(symbol, day), day)
        since = left.again if left and left.again else date.min
        found = self._earlier(symbol, day, after=since)
        return None if found == symbol and day < since else self._on(found, day)

    def _then(self, symbol: str, day: date, after: date = date.min) -> str:
        """The company's symbol on a day, or its next one where another has that now."""
        left = self._left.get(symbol)
        if left and left.since >= after and (left.again or left.since <= day):
            return self._then(left.new, day, left.since)
        return symbol

    def _earlier(self, symbol: str, day: date, before: date = date.max, after: date = date.min) -> str:
        """The symbol on a day of the company that took up `symbol`; of merged ones, the first told of."""
        for change in self._begins(symbol, before, after):
            if change.since > day:
                earlier = self._earlier(change.old, day, before=change.since)
                return symbol if change.again and earlier == change.old else earlier
        return symbol

    def _begins(self, symbol: str, before: date = date.max, after: date = date.min) -> list[Change]:
        return [change for change in self._begun.get(symbol, ()) if after <= change.since <= before]

    def _on(self, symbol: str, day: date) -> str | None:
        return symbol if day >= self._listed.get(symbol, date.min) else None
