"""Text hygiene: what a post may contain once it is ours."""

import re

LONGEST = 8000

# Controls but tab and newline; lone surrogates; zero-width and direction marks that hide or reorder text.
_UNWANTED = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\x9f\ud800-\udfff\u200b\u200e\u200f\u202a-\u202e\u2060\u2066-\u2069\ufeff]"
)
_JOINER = "\u200d"
_EXTENDS = re.compile(
    "[\u0300-\u036f\u20d0-\u20ff\ufe00-\ufe0f\u200d\U0001f3fb-\U0001f3ff\U000e0020-\U000e007f]"
)
# Windows-1252's own characters back to their bytes; the five bytes it leaves undefined stay themselves.
_WINDOWS = {
    ord(bytes([byte]).decode("cp1252")): byte
    for byte in range(0x80, 0xA0)
    if byte not in (0x81, 0x8D, 0x8F, 0x90, 0x9D)
}
_TOMBSTONES = {
    "[deleted]": "deleted",
    "[deleted by user]": "deleted",
    "[removed]": "removed",
    "[removed by reddit]": "removed",
    "[ removed by reddit ]": "removed",
    "[removed by moderator]": "removed",
    "[ removed by moderator ]": "removed",
}


def clean(text: str, longest: int = LONGEST) -> str:
    """The text without what no reader sees, newlines as \\n, cut to at most `longest` characters."""
    lines = text.replace("\r\n", "\n").replace("\r", "\n")
    return _cut(_UNWANTED.sub("", _repaired(lines)), longest).strip()


def withheld(text: str) -> str | None:
    """Why Reddit shows a tombstone in the text's place ("deleted", "removed"); None for a real text."""
    if not text.lstrip().startswith("["):
        return None
    return _TOMBSTONES.get(text.strip().lower().split("\n", 1)[0])


def _repaired(text: str) -> str:
    """UTF-8 that someone once read as Windows-1252 (â€™ for ’), read again; other texts unchanged."""
    if "â€" not in text and "ðŸ" not in text:
        return text
    try:
        return text.translate(_WINDOWS).encode("latin-1").decode("utf-8")
    except UnicodeError:
        return text


def _cut(text: str, longest: int) -> str:
    """Never between an emoji or letter and the marks that belong to it."""
    if len(text) <= longest:
        return text
    end = longest
    while end > 0 and (_EXTENDS.match(text, end) or text[end - 1] == _JOINER):
        end -= 1
    return text[:end]
