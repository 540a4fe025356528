"""A model of one's own: from its folder through the import and the bucket to a score.

The import runs where torch is, an environment that the first run installs.
"""

import json
import shutil
import string
import subprocess
import sys
import tempfile
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
from services.sentiment.imports import Imports
from tests.bench import Bench
from tests.builders import a_post, enveloped
from tests.integration.sentiment.test_rescore import plan, shards, use
from tools import package
from tools.tape import importing
from tools.tape.deploying import Target
from tools.tape.emulator import ROOT
from tools.tape.platform import Platform

FOLDER = ROOT / "tests" / "unit" / "sentiment" / "imported"
CARD: dict[str, Any] = json.loads((FOLDER / "model.json").read_text(encoding="utf-8"))
KEY = f"models/tiny/{CARD['mark']}"
SIZES = {"hidden_size": 32, "num_hidden_layers": 2, "num_attention_heads": 2, "intermediate_size": 64}


def stored(bench: Bench) -> None:
    """Puts the model where `tape model import` does."""
    for name in ("CARD.md", "model.json", *CARD["sha256"]):
        bench.bucket().upload_file(str(FOLDER / name), f"{KEY}/{name}")


@pytest.fixture(autouse=True)
def nothing_fetched_before(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))


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


def test_texts_sent_over_http_are_read_by_the_model_the_template_names() -> None:
    with Bench("sentiment", "answer_sentiment", SENTIMENT_MODEL=KEY, JOBS_QUEUE="asked") as bench:
        request = {"resource": "/sentiment", "httpMethod": "POST", "body": '{"text": "GME is up"}'}
        assert json.loads(bench.call(request)["body"])["method"] == "fallback"
        stored(bench)
        use(bench, "answer_sentiment")
        found = json.loads(bench.call(request)["body"])

        assert (found["method"], found["model"], found["model_version"]) == ("model", "tiny", CARD["version"])


def test_posts_are_scored_again_by_an_imported_model_beside_the_one_in_use() -> None:
    with Bench("sentiment", "plan_rescore") as bench:
        use(bench, "score_posts")
        assert bench.deliver(enveloped(a_post())) == []
        stored(bench)
        planned = plan(bench, model=KEY)
        use(bench, "rescore_shard")
        assert [bench.deliver(shard) for shard in shards(bench, planned)] == [[]]

        assert planned["run"].endswith(f"-tiny@{CARD['version']}")
        rows = [row for row in bench.table("Scores").scan()["Items"] if row["pk"].startswith("TICKER#")]
        assert sorted(row["model"] for row in rows) == ["minilm-l6-int8-money", "tiny"]


def test_a_shard_waits_while_its_model_cannot_be_fetched_and_nothing_stands_in() -> None:
    with Bench("sentiment", "plan_rescore") as bench:
        use(bench, "score_posts")
        assert bench.deliver(enveloped(a_post())) == []
        stored(bench)
        planned = plan(bench, model=KEY)
        bench.bucket().Object(f"{KEY}/model.onnx").delete()
        before = bench.dump()
        use(bench, "rescore_shard")

        assert [bench.deliver(shard) for shard in shards(bench, planned)] == [[0]]
        assert bench.dump() == before


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


IMAGE = (ROOT / "services" / "sentiment" / "Dockerfile").read_text(encoding="utf-8")
STEPS = [line.split(maxsplit=1) for line in IMAGE.splitlines() if line and not line.startswith("#")]
FOUND = """
import importlib, json, sys
sys.path.insert(0, sys.argv[1])
module, _, name = sys.argv[2].rpartition(".")
found = importlib.import_module(module)
assert callable(getattr(found, name))
(reading,) = found.read(["GME is up"])
print(json.dumps([found.__file__, reading.method, reading.model]))
"""


def built(context: Path, root: Path, model: str) -> dict[str, str]:
    """Does below *root* what the Dockerfile says, but for its base images; gives its environment."""
    environment = {"MODEL": model, "LAMBDA_TASK_ROOT": "/var/task"}

    def below(path: str, top: Path) -> Path:
        filled = string.Template(path).substitute(environment)
        return top / filled.lstrip("/")

    for step, said in STEPS:
        if step == "COPY":
            *sources, target = said.split()
            top = root if sources[0].startswith("--from") else context
            for source in [name for name in sources if not name.startswith("--")]:
                files = sorted(top.glob(str(below(source, Path()))))
                assert files, source
                for file in files:
                    place = below(target, root)
                    place.mkdir(parents=True, exist_ok=True)
                    if file.is_dir():
                        shutil.copytree(file, place, dirs_exist_ok=True)
                    else:
                        shutil.copy(file, place)
        elif step == "RUN":
            command = said.replace("python ", f"{sys.executable} ").replace(" /", f" {root}/")
            subprocess.run(command, shell=True, check=True)  # noqa: S602 - a line of our own file
        elif step == "ENV":
            name, _, value = said.partition("=")
            environment[name] = value.replace("/opt", f"{root}/opt")
    return environment


def test_the_image_runs_the_scoring_function_from_its_own_package_with_a_model_inside(tmp_path: Path) -> None:
    zipped = package.build("sentiment").path
    place = tmp_path / "context" / package.OUT.relative_to(ROOT) / "arm64" / zipped.parent.name
    place.mkdir(parents=True)
    (place / zipped.name).symlink_to(zipped)
    shutil.copytree(FOLDER, tmp_path / "context" / ".tape" / "models" / "finbert")
    environment = built(tmp_path / "context", tmp_path / "root", ".tape/models/finbert")

    (handler,) = json.loads(dict(STEPS)["CMD"])
    template = yaml_parse((ROOT / "services" / "sentiment" / "template.yaml").read_text(encoding="utf-8"))
    variables = template["Globals"]["Function"]["Environment"]["Variables"]
    told = dict.fromkeys(variables, "1") | environment | {"AWS_DEFAULT_REGION": "us-east-1"}
    task = tmp_path / "root" / "var" / "task"
    command = [sys.executable, "-I", "-S", "-c", FOUND, str(task), handler]
    done = subprocess.run(command, env=told, cwd=task, capture_output=True, text=True, check=False)

    assert done.returncode == 0, done.stderr
    file, method, model = json.loads(done.stdout.splitlines()[-1])
    assert (Path(file).is_relative_to(task), method, model) == (True, "model", "tiny")
    assert handler == template["Resources"]["ScorePosts"]["Properties"]["Handler"]
    assert f"python:{package.AWS_PYTHON}" in IMAGE
