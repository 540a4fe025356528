"""A model of one's own: from its folder through the import and the bucket to a score.

The import runs where torch is, an environment that the first run installs.
"""

import json
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import boto3
import pytest
from moto import mock_aws
from samtranslator.yaml_helper import yaml_parse
from typer.testing import CliRunner

from contracts.events.sentiment import SentimentScoredV1
from services.sentiment.deployed import deployed
from services.sentiment.imports import FILES, Imports
from tests.bench import Bench
from tests.builders import a_post, enveloped
from tools import package
from tools.tape import importing
from tools.tape.deploying import Target
from tools.tape.emulator import ROOT
from tools.tape.platform import Platform

FOLDER = ROOT / "tests" / "unit" / "sentiment" / "imported"
CARD: dict[str, Any] = json.loads((FOLDER / "model.json").read_text(encoding="utf-8"))
KEY = f"models/tiny/{CARD['mark']}"
SIZES = {"hidden_size": 32, "num_hidden_layers": 2, "num_attention_heads": 2, "intermediate_size": 64}


@pytest.fixture
def platform(monkeypatch: pytest.MonkeyPatch) -> Iterator[Platform]:
    with mock_aws():
        for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
            monkeypatch.setenv(name, "test")
        found = Platform(Target("embedded"))
        boto3.client("s3", region_name="us-east-1").create_bucket(Bucket=found.bucket("sentiment"))
        yield found


def test_posts_are_scored_by_the_model_the_template_names() -> None:
    with Bench("sentiment", "score_posts", SENTIMENT_MODEL=str(FOLDER)) as bench:
        assert bench.deliver(enveloped(a_post())) == []

        score = SentimentScoredV1.read(bench.announced()[0].data)
        assert (score.method, score.model, score.model_version) == ("model", "tiny", CARD["version"])


def test_where_the_named_model_is_gone_posts_are_scored_by_the_lexicon() -> None:
    with Bench("sentiment", "score_posts", SENTIMENT_MODEL=KEY) as bench:
        assert bench.deliver(enveloped(a_post())) == []

        assert SentimentScoredV1.read(bench.announced()[0].data).method == "fallback"


def test_a_stored_model_is_fetched_once_and_scores(platform: Platform, tmp_path: Path) -> None:
    assert importing._stored(platform, FOLDER, CARD) == KEY
    assert importing._kept(platform) == [KEY]
    bucket = boto3.resource("s3", region_name="us-east-1").Bucket(platform.bucket("sentiment"))

    assert deployed(KEY, Imports(bucket, tmp_path).fetch)(["ok"])[0].model == "tiny"

    bucket.objects.all().delete()
    assert deployed(KEY, Imports(bucket, tmp_path).fetch)(["ok"])[0].model == "tiny"


def test_a_download_cut_short_leaves_nothing_behind(platform: Platform, tmp_path: Path) -> None:
    importing._stored(platform, FOLDER, CARD)
    bucket = boto3.resource("s3", region_name="us-east-1").Bucket(platform.bucket("sentiment"))
    bucket.Object(f"{KEY}/model.json").delete()

    with pytest.raises(bucket.meta.client.exceptions.ClientError):
        Imports(bucket, tmp_path).fetch(KEY)

    assert not list((tmp_path / "models" / "tiny").iterdir())


@pytest.mark.parametrize(
    ("asked", "why"),
    [
        (["/nonexistent"], "is no folder"),
        ([str(FOLDER), "--name", "../up"], "--name"),
        ([str(FOLDER), "--precision", "int4"], "there are int8 and fp32"),
    ],
)
def test_a_wish_that_cannot_be_met_is_refused_with_a_remedy(
    asked: list[str], why: str, tmp_path: Path
) -> None:
    refused = CliRunner().invoke(importing.app, ["import", *asked, "--into", str(tmp_path)])

    assert why in str(refused.exception)


@pytest.fixture(scope="module")
def original(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("original") / "Tiny"
    run = [str(importing.export_python()), "-m", "tools.sentiment.untrained", str(folder)]
    run += ["--labels", "Neutral,Positive,Negative", "--sizes", json.dumps(SIZES)]
    subprocess.run(run, cwd=ROOT, check=True, capture_output=True)
    return folder


@pytest.mark.parametrize("precision", ["int8", "fp32"])
def test_a_huggingface_folder_becomes_a_model_that_agrees(
    original: Path, precision: str, tmp_path: Path
) -> None:
    done = CliRunner().invoke(
        importing.app, ["import", str(original), "--precision", precision, "--into", str(tmp_path)]
    )

    assert done.exit_code == 0, done.exception
    card = json.loads((tmp_path / "model.json").read_text(encoding="utf-8"))
    assert (card["model"], card["labels"]) == ("tiny", ["neutral", "positive", "negative"])
    assert (card["licence"], card["precision"]) == ("apache-2.0", precision)
    assert card["agreement"] >= 0.99
    assert f"{card['agreement']:.2%} of {card['compared']} labels" in (tmp_path / "CARD.md").read_text(
        "utf-8"
    )
    assert deployed(str(tmp_path), Path)(["ok"])[0].version == card["version"]


def test_other_classes_are_refused(original: Path, tmp_path: Path) -> None:
    config = original / "config.json"
    told = json.loads(config.read_text(encoding="utf-8"))
    other = tmp_path / "other"
    other.mkdir()
    for file in original.iterdir():
        (other / file.name).write_bytes(file.read_bytes())
    told["id2label"] = {"0": "LABEL_0", "1": "LABEL_1", "2": "LABEL_2"}
    (other / "config.json").write_text(json.dumps(told), encoding="utf-8")

    refused = CliRunner().invoke(importing.app, ["import", str(other), "--into", str(tmp_path / "made")])

    assert "name them in config.json's id2label" in str(refused.exception)


def test_the_image_runs_the_same_handler_from_the_same_package_with_a_model_inside() -> None:
    said = (ROOT / "services" / "sentiment" / "Dockerfile").read_text(encoding="utf-8")
    lines = dict(line.split(maxsplit=1) for line in said.splitlines() if line and not line.startswith("#"))
    (handler,) = json.loads(lines["CMD"])
    template = yaml_parse((ROOT / "services" / "sentiment" / "template.yaml").read_text(encoding="utf-8"))

    assert handler == template["Resources"]["ScorePosts"]["Properties"]["Handler"]
    assert (ROOT / f"{handler.rpartition('.')[0].replace('.', '/')}.py").exists()
    assert f"{package.OUT.relative_to(ROOT)}/arm64/sentiment/*.zip" in said
    assert f"python:{package.AWS_PYTHON}" in said
    assert {f"${{MODEL}}/{name}" for name in FILES} <= set(said.split())
