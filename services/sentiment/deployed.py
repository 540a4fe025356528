"""The model the service is deployed with: the packaged one, an imported one, or one in its own image."""

import time
from collections.abc import Callable, Sequence
from pathlib import Path

from services.sentiment.imported import Classifier
from services.sentiment.readers import MODEL_DIRECTORY, Model, ReadTexts
from services.sentiment.scoring import Kind, Reading

PACKAGED = "packaged"
AGAIN_AFTER = 60.0
"""Seconds until a model that could not be loaded is tried again."""


def deployed(name: str, fetch: Callable[[str], Path], *, kind: Kind | None = None) -> ReadTexts:
    """The model that *name* says, loaded: `packaged`, `models/<name>/<mark>`, or a folder of the image.

    One that cannot be loaded fails at every call, with the reason, and is tried again after a minute.
    """
    return _Loaded(lambda: _load(name, fetch, kind))


class _Loaded:
    def __init__(self, load: Callable[[], ReadTexts], clock: Callable[[], float] = time.monotonic) -> None:
        self._load, self._clock = load, clock
        self._model = self._tried()

    def __call__(self, texts: Sequence[str]) -> list[Reading]:
        if isinstance(self._model, Exception) and self._clock() >= self._again_at:
            self._model = self._tried()
        if isinstance(self._model, Exception):
            raise self._model
        return self._model(texts)

    def _tried(self) -> ReadTexts | Exception:
        self._again_at = self._clock() + AGAIN_AFTER
        try:
            return self._load()
        except Exception as error:  # a model that is gone must not stop the scores: the lexicon stands in
            return error


def _load(name: str, fetch: Callable[[str], Path], kind: Kind | None) -> ReadTexts:
    if name == PACKAGED:
        return Model(MODEL_DIRECTORY, kind)
    if name.startswith("/"):
        return Classifier.load(Path(name))
    return Classifier.load(fetch(name), mark=name.rpartition("/")[2])
