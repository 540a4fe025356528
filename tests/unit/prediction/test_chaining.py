"""Whether what is kept is what was written."""

import json
from dataclasses import replace
from datetime import date

from hypothesis import given
from hypothesis import strategies as st

from services.prediction.chaining import FIRST, Broken, Chain, Written, chained, check_chain
from services.prediction.serving import canonical
from tests.builders import a_forecast, a_resolution

DAYS = [date(2021, 1, day) for day in (25, 26, 27, 28)]


def a_chain(*days: date) -> Chain:
    """Records of *days*, written in this order."""
    records, head = [], FIRST
    for day in days:
        record = chained(a_forecast(date=day), head)
        records.append(Written(str(day), canonical(record.model_dump(mode="json"))))
        head = record.record_hash
    return Chain("TICKER#GME#HORIZON#1", head, sorted(records, key=lambda written: written.day))


WHOLE = a_chain(*DAYS)


def with_record(position: int, text: str) -> Chain:
    records = list(WHOLE.records)
    records[position] = replace(records[position], text=text)
    return replace(WHOLE, records=records)


def test_a_chain_as_it_was_written_is_intact() -> None:
    assert check_chain(WHOLE) is None
    assert check_chain(Chain("none", None, [])) is None


def test_a_record_that_was_made_late_breaks_nothing() -> None:
    assert check_chain(a_chain(DAYS[1], DAYS[0], DAYS[3], DAYS[2])) is None


@given(st.integers(0, 3), st.data())
def test_one_flipped_bit_anywhere_names_its_record(position: int, drawn: st.DataObject) -> None:
    text = bytearray(WHOLE.records[position].text.encode())
    text[drawn.draw(st.integers(0, len(text) - 1))] ^= 1 << drawn.draw(st.integers(0, 6))
    broken = check_chain(with_record(position, text.decode(errors="replace")))

    assert broken is not None
    assert broken.day == str(DAYS[position])


def test_a_record_written_anew_with_its_own_hash_is_found_by_the_next() -> None:
    forged = chained(
        a_forecast(date=DAYS[1], probability_up="0.99"), json.loads(WHOLE.records[0].text)["record_hash"]
    )
    broken = check_chain(with_record(1, canonical(forged.model_dump(mode="json"))))

    assert broken == Broken(str(DAYS[2]), "no record leads to it: one before it is missing or was put in")


def test_a_missing_record_is_noticed_wherever_it_stood() -> None:
    without = [replace(WHOLE, records=[r for r in WHOLE.records if r.day != str(day)]) for day in DAYS]
    named = [broken.day if (broken := check_chain(chain)) else None for chain in without]
    assert named == ["2021-01-26", "2021-01-27", "2021-01-28", "2021-01-27"]


def test_a_record_filed_under_another_day_is_noticed() -> None:
    moved = replace(WHOLE.records[3], day="2021-01-29")
    assert check_chain(replace(WHOLE, records=[*WHOLE.records[:3], moved])) == Broken(
        "2021-01-29", "it is of 2021-01-28"
    )


def test_a_head_that_names_another_record_is_noticed() -> None:
    assert check_chain(replace(WHOLE, head=FIRST)) is not None
    assert check_chain(replace(WHOLE, head=None)) is not None
    assert check_chain(Chain("emptied", WHOLE.head, [])) is not None


def test_what_a_forecast_was_worth_is_part_of_the_check() -> None:
    own = json.loads(WHOLE.records[1].text)["record_hash"]
    sound = replace(WHOLE.records[1], worth=a_resolution(record_hash=own), resolved_by="a tick")

    def check(written: Written) -> Broken | None:
        return check_chain(replace(WHOLE, records=[WHOLE.records[0], written, *WHOLE.records[2:]]))

    assert check(sound) is None
    changed = check(replace(sound, worth=None))
    assert changed == Broken(str(DAYS[1]), "what it was worth is not as it was written")
    swapped = check(replace(sound, worth=a_resolution()))
    assert swapped == Broken(str(DAYS[1]), "what it was worth is of another record")
