"""In which locales figures can be written."""

HOUSE = "en-US"
"""What figures are written in where nothing else is asked for."""
LANGUAGES = frozenset({
    "cs", "da", "de", "en", "es", "fi", "fr", "hu", "it", "ja", "ko", "nb", "nl", "no", "pl", "pt", "ro",
    "sv", "tr", "uk", "zh",
})  # fmt: skip
"""Languages whose CLDR data travels in our package; `no` is what `nb` leans on."""


def language(locale: str) -> str:
    """The language of a BCP 47 tag, in lower case."""
    return locale.replace("_", "-").partition("-")[0].lower()


def is_known(locale: str) -> bool:
    """Whether figures can be written so; else they are as at home."""
    return language(locale) in LANGUAGES
