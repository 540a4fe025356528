"""What stands around a word in a post: whether it stands alone, is shouted, or is about money."""

import re
from collections.abc import Callable

# Where nobody is speaking of a company: code, links and their targets, users, communities, addresses.
# A pattern is tried only in posts with its sign, since most posts have none.
_NOT_PROSE = (
    ("`", re.compile(r"```.*?```|`[^`\n]*`", re.DOTALL)),
    ("www.", re.compile(r"www\.[^\s)\]]+")),
    ("](", re.compile(r"\]\([^)\s]{0,2048}\)")),
    ("@", re.compile(r"[\w.+\-]{1,64}@[\w\-]+\.[\w.\-]+|(?<!\w)@\w+")),
    ("://", re.compile(r"https?://[^\s)\]]+")),
    ("r/", re.compile(r"r/(?<!\wr/)[\w\-/]+")),
    ("u/", re.compile(r"u/(?<!\wu/)[\w\-/]+")),
)
# Foreign listings share letters with other companies' symbols at home (AC.TO is not AC); web domains too.
ELSEWHERE = re.compile(
    r"\.(?:TO|V|CN|NE|L|AX|DE|F|PA|MI|AS|SW|HK|NS|BO|KS|T|SS|SZ|com|net|org|io|co|gov|edu|tv)\b"
)

_MONTH = r"(?:Jan|Feb|Mar|Apr|May|June?|July?|Aug|Sept?|Oct|Nov|Dec)[a-z]*\.?"
_DATE = rf"(?:\d{{1,2}}[/-]\d{{1,2}}(?:[/-]\d{{2,4}})?|{_MONTH} \d{{1,2}}(?:st|nd|rd|th)?(?:,? \d{{4}})?)"
OPTION = re.compile(
    rf"\s+(?:(?P<before>{_DATE}),?\s+)?\$?\d+(?:\.\d+)?\s?(?:[cCpP]|calls?|puts?|CALLS?|PUTS?)\b"
    rf"(?:\s+(?:for\s+|exp\.?\s+)?(?P<after>{_DATE}))?"
)
# What may introduce a symbol, and how.
EXCHANGES = ("NYSE", "NYSEARCA", "NASDAQ", "Nasdaq", "AMEX", "OTC", "OTCMKTS")
TICKER = ("ticker", "Ticker", "TICKER")
LISTING = re.compile(
    r"(?:[A-Z]\w+(?: American| Arca)?\s?:\s?|[Tt](?:icker|ICKER)(?: [Ss]ymbol)?(?: is)?:?\s[(\"'“]?)"
    r"([A-Z]{1,5})(?:[.\-/]([A-Z])(?![A-Za-z0-9]))?"
)
_HELD = re.compile(
    r"\b(?:[Ss]hares|[Cc]alls|[Pp]uts|LEAPS|[Ll]eaps|[Ss]tock|[Oo]ptions|[Cc]ontracts) (?:of|on|in|for) $"
)
_PREPOSITIONS = frozenset(("of ", "on ", "in ", "or "))
_TRADED = re.compile(
    r"(?:['’]s)? (?:[Ss]tock|[Ss]hares?|[Cc]alls?|[Pp]uts?|LEAPS|[Ll]eaps|[Oo]ptions?|[Ee]arnings|"
    r"[Ss]hareholders?|[Dd]ividend|[Ss]hort (?:interest|squeeze))\b"
)
_ENDS = re.compile(
    r"(?:['’]s)?(?:\s*(?:$|[.,;:!?)\n])| (?:at|@|for|and|calls|puts|shares|stock|today|since)\b)"
)
_TRADERS_SAY = """
    analyst analysts bag bagholder bags bear bearish beat beats bought bull bullish buy buyback buybacks
    buying call calls contract contracts crashed deliveries delivery dip dividend dividends doubled doubling
    downgrade downgraded drop dropped drops earnings eps etf etfs fall falling falls fell gain gained gains
    guidance halt halted halved hold holding holdings invest invested investing investment investor
    investors ipo itm jump jumped jumps leaps long longs margin miss missed misses moon mooned mooning
    option options otm overbought oversold overvalued plunge plunged plunges portfolio position positions
    premarket premium price printing pump put puts quarter quarterly rallied rallies rally rebound rebounds
    revenue revenues ripping rocket rose sell selling share shareholder shareholders shares short shorted
    shorting shorts soar soared soars sold spiked squeeze stock stocks strike strikes surge surged surges
    tank tanked tanking tanks tendies ticker tickers trade traded trades trading tripled undervalued upgrade
    upgraded valuation yolo
"""
_FINANCE = frozenset(_TRADERS_SAY.split())
_TERM = re.compile(r"[a-z]+")
_CASH = re.compile(r"\d ?%|\$[A-Za-z]|🚀")
# Of a line without end, so that a long text of nothing but tickers is still read in one go.
_SEEN = 300
_CAPITALS = re.compile(r"[A-Z]{2,}")
_LOWER = re.compile(r"[a-z]{2,}")
_ACRONYMS = frozenset(
    ("IPO", "ETF", "EPS", "IV", "LEAPS", "CEO", "CFO", "OTM", "ITM", "DD", "PT", "ATH", "ER")
)
_WORD_BEFORE = re.compile(r"([A-Z]{2,})[ ,]+$")
_WORD_AFTER = re.compile(r"[ ,]+([A-Z]{2,})\b")
_NEXT_WORD = re.compile(r"(?:['’]s)?\s+([\w\-']+)")
_PREVIOUS_WORD = re.compile(r"([\w\-']+)\s+$")
_EDGES = frozenset(' \n\t,;:!?()*"')
_APOSTROPHES = "'’"


def prose_of(post: str) -> str:
    """The post with everything that is not prose blanked, character for character."""
    for sign, pattern in _NOT_PROSE:
        if sign in post:
            post = pattern.sub(_blank, post)
    return post


def _blank(found: re.Match[str]) -> str:
    return " " * len(found[0])


def stands_alone(text: str, start: int, end: int) -> bool:
    """Whether text[start:end] is a word of its own; a possessive is, a contraction or part of S&P is not."""
    before = text[start - 1] if start else " "
    after = text[end] if end < len(text) else " "
    if before in _EDGES and after in _EDGES:
        return True
    if before.isalnum() or before in "$@" or after.isalnum() or "\u0300" <= after <= "\u036f":
        return False
    if before == "_" or after == "_":
        return _emphasised(text, start, end)
    if before in _APOSTROPHES and start > 1 and text[start - 2].isalnum():
        return False
    if "&" in (before, after) and end - start <= 2:
        return False
    if after in _APOSTROPHES and text[end + 1 : end + 2].isalpha():
        return text[end + 1] in "sS" and not text[end + 2 : end + 3].isalnum()
    return not (after == "." and ELSEWHERE.match(text, end))


def _emphasised(text: str, start: int, end: int) -> bool:
    """Markdown's _GME_, unlike the underscores of MY_GME_BAG."""
    inner = text[max(start - 2, 0) : start].replace("_", ""), text[end : end + 2].replace("_", "")
    return text[start - 1 : start] == "_" == text[end : end + 1] and not any(part.isalnum() for part in inner)


def shouted(text: str, start: int, end: int, tickerlike: Callable[[str], bool]) -> bool:
    """Whether the line around, as far as it can be seen from here, is mostly in capitals, tickers aside."""
    before, after = text[max(start - _SEEN, 0) : start], text[start : end + _SEEN]
    line = before[before.rfind("\n") + 1 :] + after.partition("\n")[0]
    capitals = [word for word in _CAPITALS.findall(line) if not tickerlike(word)]
    return len(capitals) > len(_LOWER.findall(line))


def capital_neighbours(text: str, start: int, end: int) -> tuple[str, ...]:
    """The words in capitals directly before and after, but for acronyms that are always written so."""
    around = _WORD_BEFORE.search(text[max(start - 16, 0) : start]), _WORD_AFTER.match(text, end)
    return tuple(found[1] for found in around if found and found[1] not in _ACRONYMS)


def traded(text: str, start: int, end: int) -> bool:
    """Whether it is named as something traded: "ALLY calls", "Slack (WORK)"."""
    bracketed = text[max(start - 1, 0) : start] == "(" and text[end : end + 1] == ")"
    return bracketed or bool(_TRADED.match(text, end))


def held(text: str, start: int, end: int) -> bool:
    """Whether it is named as something held, and nothing else follows: "shares of KEYS", "calls on IT"."""
    if text[max(start - 3, 0) : start] not in _PREPOSITIONS:
        return False
    return bool(_HELD.search(text[max(start - 16, 0) : start]) and _ENDS.match(text, end))


def about_money(text: str, start: int, end: int) -> bool:
    """Whether the 80 characters before or after speak of trading."""
    around = f"{text[max(start - 80, 0) : start]} {text[end : end + 80]}"
    return not _FINANCE.isdisjoint(_TERM.findall(around.lower())) or bool(_CASH.search(around))


def next_word(text: str, end: int) -> str:
    """In lower case; "" where none stands directly after."""
    found = _NEXT_WORD.match(text, end)
    return found[1].lower() if found else ""


def previous_word(text: str, start: int) -> str:
    """In lower case; "" where none stands directly before."""
    found = _PREVIOUS_WORD.search(text[max(start - 20, 0) : start])
    return found[1].lower() if found else ""
