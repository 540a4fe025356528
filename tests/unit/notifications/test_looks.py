"""What stands under docs/messages is what is sent."""

from pathlib import Path

import pytest

from tools.messages import OUT, looks

KINDS = dict(looks())


@pytest.mark.parametrize("kind", KINDS)
def test_the_page_of_a_kind_shows_what_is_sent(kind: str) -> None:
    for look in KINDS[kind]:
        kept = OUT / kind / f"{look.channel}.{look.suffix}"
        assert kept.read_text("utf-8") == look.text, f"{kept} is old: run `make messages` and look at it"


def test_nothing_is_shown_that_is_not_sent_and_each_kind_has_its_picture() -> None:
    sent = {f"{kind}/{look.channel}.{look.suffix}" for kind in KINDS for look in KINDS[kind]}
    sent |= {f"{kind}/looks.png" for kind in KINDS}
    kept = {path.relative_to(OUT).as_posix() for path in Path(OUT).rglob("*") if path.is_file()}
    assert kept - {"README.md"} == sent
