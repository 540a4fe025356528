"""Reads texts: by the warm model, and by the lexicon where the model fails."""

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Protocol

from services.sentiment.classifying import Head
from services.sentiment.encoding import Encoder
from services.sentiment.scoring import Kind, Reading, reading

ReadTexts = Callable[[Sequence[str]], list[Reading]]

MODEL_DIRECTORY = Path(__file__).parent / "model"


class Report(Protocol):
    """Notes a failure of the model, so that it is seen and counted: a logger's bound `warning`."""

    def __call__(self, *, extra: dict[str, object]) -> None: ...


class Model:
    """Encoder and head, loaded once, for texts of one kind or, with None, of any."""

    def __init__(self, directory: Path, kind: Kind | None = None) -> None:
        self._encoder = Encoder.load(directory)
        self._head = Head.load(directory)
        self._kind = kind

    def __call__(self, texts: Sequence[str]) -> list[Reading]:
        rows = self._head.probabilities(self._encoder.embed(texts), self._kind)
        return [
            reading(row.tolist(), method="model", model=self._head.model, version=self._head.version)
            for row in rows
        ]


class Reader:
    """Reads every text there is: what the model cannot read, *fallback* reads and says so in `method`."""

    def __init__(self, model: ReadTexts, *, fallback: Callable[[str], Reading], report: Report) -> None:
        self._model, self._fallback, self._report = model, fallback, report

    def __call__(self, texts: Sequence[str]) -> list[Reading]:
        """One call of the model for all texts, each read once; a text it chokes on fails no other."""
        once = list(dict.fromkeys(texts))
        try:
            found = dict(zip(once, self._model(once), strict=True))
        except Exception:  # whatever the model does, a post is read
            found = {text: self._alone(text) for text in once}
        return [found[text] for text in texts]

    def _alone(self, text: str) -> Reading:
        try:
            (found,) = self._model([text])
        except Exception as error:  # as above
            self._report(extra={"reason": f"{type(error).__name__}: {error}"[:500]})
            return self._fallback(text)
        return found
