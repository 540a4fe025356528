"""Who wrote a post, without saying who: the same author gives the same hash, and no hash gives the author."""

import hmac


def pseudonym(source: str, author: str | None, *, salt: str) -> str | None:
    """128 bits of HMAC-SHA256 over source and name as hex, whatever the case; none for nobody known."""
    if author is None:
        return None
    return hmac.digest(salt.encode(), f"{source}:{author.casefold()}".encode("utf-8", "replace"), "sha256")[
        :16
    ].hex()
