"""The models posts can be read with, by the names an operator gives them."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cache
from importlib.metadata import version

from services.sentiment import lexicon
from services.sentiment.classifying import Head
from services.sentiment.readers import MODEL_DIRECTORY, Model, ReadTexts
from services.sentiment.scoring import Identity


@dataclass(frozen=True)
class Named:
    """Tells what it is without loading it, and is loaded once.

    What is loaded raises where it cannot read: nothing stands in.
    """

    identity: Callable[[], Identity]
    load: Callable[[], ReadTexts]


def _encoder() -> Identity:
    head = Head.load(MODEL_DIRECTORY)
    return Identity(head.model, head.version)


def _lexicon() -> Identity:
    return Identity(lexicon.MODEL, version("vaderSentiment"))


@cache
def _load_encoder() -> ReadTexts:
    return Model(MODEL_DIRECTORY, "social")


@cache
def _load_lexicon() -> ReadTexts:
    return lexicon.Lexicon().read_all


MODELS: Mapping[str, Named] = {
    "encoder": Named(_encoder, _load_encoder),
    "lexicon": Named(_lexicon, _load_lexicon),
}
