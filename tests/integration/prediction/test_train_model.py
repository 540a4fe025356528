"""TrainModel on its own table and bucket."""

import json
from collections.abc import Iterator
from datetime import date, datetime
from typing import Any

import pytest
from botocore.exceptions import ClientError

from contracts.events.arrivals import Due
from services.prediction.releasing import Release
from services.prediction.serving import read_model
from services.prediction.validating import Validation
from tests.bench import Bench
from tests.builders import NOON
from tests.integration.prediction.history import TRAINING, know_history, models_of
from tests.unit.prediction.models import a_text


@pytest.fixture
def bench() -> Iterator[Bench]:
    with Bench("prediction", "train_model") as bench:
        know_history(bench, sessions=160)
        yield bench


def files(bench: Bench) -> dict[str, str]:
    return {each.key: each.get()["Body"].read().decode() for each in bench.bucket().objects.all()}


def in_force(bench: Bench) -> list[Any]:
    listed = json.loads(files(bench)["models/current.json"])["releases"]
    assert isinstance(listed, list)
    return listed


def test_the_week_has_its_model(bench: Bench) -> None:
    assert bench.deliver(TRAINING) == []

    (release,) = in_force(bench)
    model = read_model(files(bench)[release["key"]])
    assert release["due"] == "2021-01-30T11:00:00Z"
    assert release["key"].startswith("models/2021-01-30-")
    assert model.due == date(2021, 1, 30)
    assert model.horizons[1].validation.edge
    assert bench.announced() == []


def test_a_repeat_changes_nothing(bench: Bench) -> None:
    bench.deliver(TRAINING)
    before = files(bench)

    assert bench.deliver(TRAINING, TRAINING) == []
    assert files(bench) == before


def test_ticks_in_any_order_leave_the_same_files() -> None:
    week_before = Due(schedule="weeks", due_at="2021-01-23T11:00:00Z")
    left = []
    for ticks in ([week_before, TRAINING], [TRAINING, week_before]):
        with Bench("prediction", "train_model") as bench:
            know_history(bench, sessions=160)
            for tick in ticks:
                bench.deliver(tick)
            left.append(files(bench))
            assert [release["due"][:10] for release in in_force(bench)] == ["2021-01-23", "2021-01-30"]

    assert left[0] == left[1]


def test_a_broken_tick_fails_alone(bench: Bench) -> None:
    assert bench.deliver('{"due_at": "soon"}', TRAINING, "{}") == [0, 2]
    assert len(in_force(bench)) == 1


def test_a_crash_before_the_release_is_made_good_on_retry(bench: Bench) -> None:
    """The model was written, then the process died: the retry writes the same file and lists it."""
    bench.deliver(TRAINING)
    whole = files(bench)
    bench.bucket().Object("models/current.json").delete()

    assert bench.deliver(TRAINING) == []
    assert files(bench) == whole


def test_two_trainings_at_once_do_not_overwrite_each_others_release(bench: Bench) -> None:
    models = models_of(bench)
    _, seen = models.releases()
    bench.deliver(TRAINING)

    with pytest.raises(ClientError, match="PreconditionFailed"):
        models.put_in_force([], seen)
    releases, seen = models.releases()
    models.put_in_force([], seen)
    with pytest.raises(ClientError, match="PreconditionFailed"):
        models.put_in_force(releases, seen)


def test_a_clearly_worse_model_is_kept_but_not_in_force(bench: Bench) -> None:
    models, due = models_of(bench), date(2021, 1, 2)
    marvel = Validation(majority=0.1, always_up=0.1, n=900, accuracy=0.99, low=0.98, high=1.0, edge=True)
    champion = models.keep("champion", a_text(due, h21=marvel))
    models.put_in_force([Release(datetime.combine(due, NOON.timetz()), champion)], None)
    bench.deliver(TRAINING)

    assert [release["key"] for release in in_force(bench)] == [champion]
    assert sum(name.startswith("models/2021-01-30-") for name in files(bench)) == 1
    outcome = models.training(TRAINING.due_at)
    assert outcome is not None
    assert outcome["in_force"] is False
    assert models.training(datetime.combine(due, NOON.timetz())) is None
