"""The models posts can be read with again, by the names an operator gives them."""

from importlib.metadata import version

from services.sentiment import lexicon
from services.sentiment.classifying import Head
from services.sentiment.deployed import PACKAGED, deployed
from services.sentiment.imports import Imports
from services.sentiment.overriding import ITEMS_A_SHARD, LLM, Terms
from services.sentiment.planning import ModelUnusable
from services.sentiment.readers import MODEL_DIRECTORY, ReadTexts
from services.sentiment.scoring import Identity

LEXICON = "lexicon"
ITEMS_OF_AN_IMPORT = 2_000
"""At the few texts a second of a BERT-base in fp32, a shard must fit into its function's ten minutes."""


class Models:
    def __init__(self, imports: Imports, terms: Terms) -> None:
        self._imports, self._terms = imports, terms
        self._loaded: dict[str, ReadTexts] = {}

    def identity(self, name: str) -> Identity:
        """What a model is, without loading it. Raises ModelUnusable."""
        if name == PACKAGED:
            head = Head.load(MODEL_DIRECTORY)
            return Identity(head.model, head.version)
        if name == LEXICON:
            return Identity(lexicon.MODEL, version("vaderSentiment"))
        if name == LLM:
            return self._language_model()
        if card := self._imports.card(name):
            return Identity(card["model"], card["version"])
        raise ModelUnusable(
            f"no model {name[:64]!r}; there are {PACKAGED}, {LEXICON}, and those `tape model list` tells"
        )

    def most_items(self, name: str) -> int | None:
        """How many scores a shard may hold at most; none where any number can be read."""
        if name == LLM:
            return ITEMS_A_SHARD
        return None if name in (PACKAGED, LEXICON) else ITEMS_OF_AN_IMPORT

    def load(self, name: str) -> ReadTexts:
        """The model, for posts; loaded once. It raises where it cannot read: nothing stands in."""
        if name not in self._loaded:
            self._loaded[name] = (
                lexicon.Lexicon().read_all
                if name == LEXICON
                else deployed(name, self._imports.fetch, kind="social")
            )
        return self._loaded[name]

    def _language_model(self) -> Identity:
        if missing := self._terms.missing:
            raise ModelUnusable(missing)
        return self._terms.identity
