"""Strangers' text made harmless: nothing in it acts, turns around or hides, and nothing of it is empty."""

import re
import unicodedata

NOTHING = "(no text)"
"""Stands where nothing that can be seen was left."""

_KEPT = {"\n", "\ufe0f"}
"""Line breaks, and the sign that makes an emoji coloured."""
_HIDDEN = {"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"}
"""Unicode categories of what steers, hides or is nobody's: controls, bidi and zero-width signs, tags."""
_BLANKS = {"\u115f", "\u1160", "\u2800", "\u3164", "\uffa0"}
"""Letters that look like nothing."""
_MARKS = 3
"""Accents upon one letter; more of them climb over the lines above."""

_JOINER = "\u2060"
"""Nothing to see; it parts a word for machines that make links of words."""
_LINKED = (
    (re.compile(r"(?<=[A-Za-z]):(?=//|[^\s\d])"), f":{_JOINER}"),
    (re.compile(r"(?<=\w)\.(?=[^\W\d_]{2})"), f".{_JOINER}"),
    (re.compile(r"([@#](?=\w)|\$(?=[A-Za-z])|(?<!\w)/(?=[A-Za-z]))"), rf"\1{_JOINER}"),
)
"""What clients turn into links by themselves: schemes, domains, @names, #tags, $tags and /commands."""


def plain(text: str) -> str:
    """*text* as it can be seen: one paragraph break at most between two lines, never empty."""
    shown = unicodedata.normalize("NFC", text.replace("\r\n", "\n").replace("\r", "\n").replace("\t", " "))
    shown = "".join(_seen(shown))
    lines = [" ".join(line.split()) for line in shown.split("\n")]
    return re.sub(r"\n{3,}", "\n\n", "\n".join(lines)).strip() or NOTHING


def one_line(text: str) -> str:
    """For titles and subjects, where a second line would be a second header."""
    return " ".join(plain(text).split())


def inert(text: str) -> str:
    """*text*, made plain, with no word left that a client would turn into a link of its own."""
    found = plain(text)
    for pattern, instead in _LINKED:
        found = pattern.sub(instead, found)
    return found


def cut(text: str, limit: int) -> str:
    """At most *limit* characters, the last an ellipsis where something is missing."""
    return text if len(text) <= limit else text[: limit - 1].rstrip() + "…"


def utf16(text: str) -> int:
    """Length in UTF-16 code units, as Telegram counts."""
    return len(text.encode("utf-16-le")) // 2


def cut_utf16(text: str, limit: int) -> str:
    """At most *limit* UTF-16 code units, never half a character."""
    if utf16(text) <= limit:
        return text
    kept = text.encode("utf-16-le")[: (limit - 1) * 2].decode("utf-16-le", errors="ignore")
    return kept.rstrip() + "…"


def _seen(text: str) -> list[str]:
    kept: list[str] = []
    marks = 0
    for sign in text:
        category = unicodedata.category(sign)
        marks = marks + 1 if category in ("Mn", "Me") else 0
        hidden = category in _HIDDEN or sign in _BLANKS or marks > _MARKS
        if sign in _KEPT or not hidden:
            kept.append(sign)
    return kept
