"""The model the service was deployed with: the packaged one, an imported one, or one in its own image."""

from collections.abc import Callable
from pathlib import Path

from services.sentiment.imported import Classifier
from services.sentiment.readers import MODEL_DIRECTORY, Model, ReadTexts, Unloaded
from services.sentiment.scoring import Kind

PACKAGED = "packaged"


def deployed(name: str, fetch: Callable[[str], Path], *, kind: Kind | None = None) -> ReadTexts:
    """The model that *name* says, loaded: `packaged`, `models/<name>/<mark>`, or a folder of the image.

    One that cannot be loaded fails at every call, with the reason.
    """
    try:
        return _load(name, fetch, kind)
    except Exception as error:  # a model that is gone must not stop the scores: the lexicon stands in
        return Unloaded(error)


def _load(name: str, fetch: Callable[[str], Path], kind: Kind | None) -> ReadTexts:
    if name == PACKAGED:
        return Model(MODEL_DIRECTORY, kind)
    if name.startswith("/"):
        return Classifier.load(Path(name))
    return Classifier.load(fetch(name), mark=name.rpartition("/")[2])
