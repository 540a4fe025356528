"""What a reader copies from the catalogue stands by itself: the handler hears, the inbox is one we give."""

import json
import re
from typing import Any

import pytest
from samtranslator.yaml_helper import yaml_parse

from contracts.events.catalogue import EVENTS
from tools.contracts.shelf import OURS
from tools.tape.subscribe import scaffolding


def _copied(language: str, detail_type: str) -> str:
    page = (OURS.root / "catalogue" / f"{detail_type}.md").read_text("utf-8")
    return str(re.findall(rf"```{language}\n(.*?)```", page, re.DOTALL)[0])


@pytest.mark.parametrize("detail_type", EVENTS)
def test_the_handler_needs_nothing_but_what_stands_in_it_and_hears_the_sample(
    detail_type: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("BUS_NAME", "tickertape")
    monkeypatch.setenv("AWS_DEFAULT_REGION", "us-east-1")
    names: dict[str, Any] = {}
    exec(_copied("python", detail_type), names)  # noqa: S102 (the page's own code)
    sample = OURS.sample(detail_type)
    body = json.dumps({"source": sample["source"], "detail-type": detail_type, "detail": sample})
    answer = names["handler"]({"Records": [{"messageId": "1", "body": body}]}, None)
    assert answer == {"batchItemFailures": []}
    assert f"{sample['id']} {sample['subject']}" in capsys.readouterr().out


@pytest.mark.parametrize("detail_type", EVENTS)
def test_the_inbox_names_a_file_that_subscribe_makes_and_only_parameters_it_has(detail_type: str) -> None:
    (inbox,) = yaml_parse(_copied("yaml", detail_type)).values()
    made = {path.as_posix(): text for path, text in scaffolding.contents("mine", [detail_type]).items()}
    has = yaml_parse(made[inbox["Properties"]["TemplateURL"]])["Parameters"]
    given = inbox["Properties"]["Parameters"]
    assert {name for name, told in has.items() if "Default" not in told} <= set(given) <= set(has)
    assert given["DetailTypes"] == detail_type
