"""The encoder: texts in, embeddings out, by onnxruntime on one thread."""

from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np
import onnxruntime
from numpy.typing import NDArray
from tokenizers import Tokenizer

from services.sentiment.scoring import readable

WIDTH = 384
WINDOW = 512

Matrix = NDArray[np.float32]


class Encoder:
    """A sentence encoder kept in a directory as encoder.onnx, its weights, and tokenizer.json."""

    def __init__(self, session: onnxruntime.InferenceSession, tokenizer: Tokenizer) -> None:
        self._session = session
        self._tokenizer = tokenizer
        self._first, self._last = tokenizer.encode("").ids

    @classmethod
    def load(cls, directory: Path) -> "Encoder":
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = 1
        options.inter_op_num_threads = 1
        session = onnxruntime.InferenceSession(
            directory / "encoder.onnx", options, providers=["CPUExecutionProvider"]
        )
        return cls(session, Tokenizer.from_file(str(directory / "tokenizer.json")))

    def embed(self, texts: Sequence[str]) -> Matrix:
        """float32[n, 384], a unit vector a text, in the order given.

        A text longer than a window is cut into windows of at most 512 tokens, and their means are pooled
        by token count. A text's vector does not depend on its neighbours: each window is run by itself,
        since dynamic int8 takes its activation scale from everything in the run (a batch of 32 moved
        vectors to a cosine of 0.985, for a tenth more speed).
        """
        rows = np.empty((len(texts), WIDTH), dtype=np.float32)
        for row, text in zip(rows, texts, strict=True):
            row[:] = self._embed(self._tokenizer.encode(readable(text), add_special_tokens=False).ids)
        return rows

    def _embed(self, tokens: list[int]) -> Matrix:
        cut = [[self._first, *tokens_inside, self._last] for tokens_inside in windows(tokens)]
        means = np.stack([self._mean(window) for window in cut])
        pooled = np.average(means, axis=0, weights=[len(window) for window in cut])
        return np.asarray(pooled / np.linalg.norm(pooled), dtype=np.float32)

    def _mean(self, ids: list[int]) -> Matrix:
        (means,) = self._session.run(["mean"], {"input_ids": np.asarray([ids], dtype=np.int64)})
        return np.asarray(means[0], dtype=np.float32)


def windows(tokens: list[int], room: int = WINDOW - 2) -> Iterator[list[int]]:
    """Cut into the fewest windows of at most `room`, nearly equal, so that none is a lone scrap.

    No tokens make one empty window.
    """
    count = max(1, -(-len(tokens) // room))
    for i in range(count):
        yield tokens[i * len(tokens) // count : (i + 1) * len(tokens) // count]
