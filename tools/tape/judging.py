"""What a model of the forecasts is worth: trained here on files, or where the platform runs."""

import time
from collections.abc import Mapping
from datetime import date, datetime, timedelta
from itertools import chain
from pathlib import Path
from typing import Any

from rich.console import Console
from threadpoolctl import threadpool_limits

from contracts.events.envelope import instant_text
from services.prediction.calibrating import calibration_error
from services.prediction.features import Rows, rows
from services.prediction.models import ModelsBucket
from services.prediction.observed import Bar, Mood
from services.prediction.releasing import in_force, went_back
from services.prediction.serving import Model, read_model
from services.prediction.training import trained
from services.prediction.validating import Validation
from tools.tape.errors import TapeError
from tools.tape.histories import RECORDED, bars_of
from tools.tape.platform import Platform
from tools.tape.progress import shown
from tools.tape.reliability import draw

_WAIT = 300
"""Seconds: the function's time, twice, and a cold start."""
_BEFORE_TALK = timedelta(days=100)
"""The 63 sessions behind the first row."""


def judged(
    bars: Path | None, posts: Path | None, since: int | None, plot: Path | None, home: Path, *, quiet: bool
) -> dict[str, Any]:
    """Trains in this process and draws the calibration. The same files give the same figures and drawing."""
    path = bars or RECORDED
    found, left_out = bars_of(path)
    known = {ticker: _since(own, since) for ticker, own in found.items()}
    moods = _moods(posts, home, quiet=quiet) if posts else {}
    histories = _histories(known, moods) if posts else {ticker: rows(own) for ticker, own in known.items()}
    days = [day for history in histories.values() for day in history.days]
    with threadpool_limits(1):  # the same sums in the same order, on however many cores
        text = trained(histories, max(days)) if days else None
    if text is None:
        raise TapeError(f"{path} holds too little history for a model; name more, or an earlier --since")
    model = read_model(text)
    into = plot or home / "reports" / f"calibration-{path.stem}-{model.sha256[:12]}.png"
    draw(model, f"{len(histories)} tickers, {min(days)} … {max(days)}", into)
    about = {
        "bars": str(path),
        "left_out": left_out,
        "posts": str(posts) if posts else None,
        "tickers": len(histories),
    }
    span = {"sessions": len(days), "first": str(min(days)), "last": str(max(days))}
    shifts = sum(map(len, moods.values()))
    return {**about, **span, "shifts": shifts, **_of(model), "calibration": str(into)}


def trained_there(platform: Platform, at: datetime, *, quiet: bool) -> dict[str, Any]:
    """Has the platform train on what it knows at *at*, and waits for what comes of it. Raises TapeError."""
    bucket = _bucket(platform)
    platform.tick("prediction-weeks", at)
    with shown(quiet=quiet) as progress:
        progress.add_task("training", total=None)
        outcome = _awaited(bucket, at)
    if outcome["key"] is None:
        raise TapeError(f"no model was made: {outcome['reason']}; `tape rows Features` shows what was heard")
    return {"in_force": outcome["in_force"], **_of(read_model(bucket.text(outcome["key"])))}


def rolled_back(platform: Platform, at: datetime) -> dict[str, Any]:
    """Puts the model before the one in force back in force from *at* on. Raises TapeError."""
    bucket = _bucket(platform)
    releases, seen = bucket.releases()
    back = went_back(releases, at)
    if back is None:
        raise TapeError("there is no earlier model to go back to; `tape train` makes one")
    now = in_force(back, at)
    assert now is not None, "what was gone back to is due by then"
    model = read_model(bucket.text(now.key))
    bucket.put_in_force(back, seen)
    return {"in_force": True, **_of(model)}


def show(found: Mapping[str, Any], out: Console) -> None:
    if "tickers" in found:
        talk = f", {found['shifts']:,} shifts of mood" if found["posts"] else ""
        told = f"{found['tickers']} tickers, {found['sessions']:,} sessions"
        _say(out, f"{found['bars']}: {told} {found['first']} … {found['last']}{talk}")
        for left_out in found["left_out"]:
            _say(out, f"left out: {left_out}")
    _say(out, "horizon  forecasts  accuracy  95 % interval    majority  always up  Brier   of rate  verdict")
    for days, worth in found["horizons"].items():
        _say(out, f"{days:>7}  {worth['n']:>9,}  {_line(worth)}")
    if "in_force" in found:
        state = "in force" if found["in_force"] else "not in force: it is worse than the one that is"
        _say(out, f"model {found['version']} is {state}")
    else:
        _say(out, f"model sha256 {found['sha256']}: the same files give the same")
        _say(out, f"calibration drawn in {found['calibration']}")


def _say(out: Console, text: str) -> None:
    out.print(text, markup=False, highlight=False, soft_wrap=True)


def _line(worth: Mapping[str, Any]) -> str:
    baselines = f"{worth['majority']:.4f}    {worth['always_up']:.4f}    "
    if worth["accuracy"] is None:
        return f"–         –                {baselines} –       –        {worth['verdict']}"
    interval = f"{worth['low']:.4f} … {worth['high']:.4f}"
    scores = f"{worth['brier']:.4f}  {worth['brier_of_rate']:.4f}   {worth['verdict']}"
    return f"{worth['accuracy']:.4f}    {interval}  {baselines} {scores}"


def _of(model: Model) -> dict[str, Any]:
    told = {str(days): _worth(fitted.validation) for days, fitted in sorted(model.horizons.items())}
    return {"version": model.version, "sha256": model.sha256, "horizons": told}


def _worth(worth: Validation) -> dict[str, Any]:
    names = ("n", "independent", "accuracy", "low", "high", "majority", "always_up", "brier", "brier_of_rate")
    verdict = "too few forecasts" if worth.accuracy is None else "edge" if worth.edge else "no edge"
    error = calibration_error(worth.reliability)
    return {name: getattr(worth, name) for name in names} | {"calibration_error": error, "verdict": verdict}


def _since(bars: list[Bar], year: int | None) -> list[Bar]:
    return bars if year is None else [bar for bar in bars if bar.day.year >= year]


def _moods(posts: Path, home: Path, *, quiet: bool) -> dict[str, list[Mood]]:
    # Not above: bars alone need no reader.
    from services.sentiment.readers import MODEL_DIRECTORY
    from services.sentiment.readers import Model as Reader
    from tools.tape.talk import moods_of

    with shown(quiet=quiet) as progress:
        task = progress.add_task("reading posts")

        def tell(ticker: str, done: int, of: int) -> None:
            progress.update(task, description=f"reading posts: {ticker}", completed=done, total=of)

        return moods_of(posts, Reader(MODEL_DIRECTORY, "social"), home / "readings", tell)


def _histories(bars: Mapping[str, list[Bar]], moods: Mapping[str, list[Mood]]) -> dict[str, Rows]:
    """Of the tickers in both, over the time that was talked about."""
    at = [mood.at.date() for mood in chain.from_iterable(moods.values())]
    if not at:
        raise TapeError("the posts hold not one shift of mood; leave --posts out, or name more")
    first, last = min(at) - _BEFORE_TALK, max(at)
    return {t: rows(_between(own, first, last), moods[t]) for t, own in bars.items() if t in moods}


def _between(bars: list[Bar], first: date, last: date) -> list[Bar]:
    return [bar for bar in bars if first <= bar.day <= last]


def _bucket(platform: Platform) -> ModelsBucket:
    return ModelsBucket(platform.target.client("s3"), platform.bucket("prediction"))


def _awaited(bucket: ModelsBucket, at: datetime) -> dict[str, Any]:
    until = time.monotonic() + _WAIT
    while (outcome := bucket.training(at)) is None:
        if time.monotonic() > until:
            raise TapeError(f"nothing was heard of the training due {instant_text(at)}; see `tape dlq`")
        time.sleep(0.5)
    return outcome
