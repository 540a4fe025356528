"""Builds one zip a service from the lock: its code, what it needs, and bytecode that is valid as shipped.

    python -m tools.package [SERVICE …] [--platform host|x86_64|arm64] [--json]

`host` is for the embedded target: this interpreter, this machine. The others are for AWS Lambda
(`manylinux_2_28`, Python 3.13); bytecode needs a `python3.13` on the PATH, and its absence is said aloud.
The same input gives the same bytes; what has not changed is not built again.
"""

import argparse
import hashlib
import json
import os
import shutil
import subprocess
import sys
import tempfile
import zipfile
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from samtranslator.yaml_helper import yaml_parse

from services.notifications.locales import LANGUAGES

ROOT = Path(__file__).parents[1]
OUT = ROOT / ".tape" / "packages"
SERVICES = ("ingestion", "sentiment", "market_data", "prediction", "notifications", "summaries", "journal")
AWS_PYTHON = "3.13"
UNZIPPED_LIMIT = 250 * 1024 * 1024
"""Lambda's own limit for a zip function, in bytes."""

_PRUNED_FOLDERS = {"tests", "__pycache__", "include"}
_PRUNED_SUFFIXES = (".pyi", ".pxd", ".pyx", ".c", ".h", ".hpp", ".cpp", ".a", ".exe", ".md", ".rst")
_BOTOCORE_DATA = {
    "bedrock-runtime", "dynamodb", "events", "s3", "secretsmanager", "sesv2", "sqs", "ssm",
    "stepfunctions", "sts",
}  # fmt: skip
_CODE_LEFT_OUT = {
    "Dockerfile",
    "template.yaml",
    "routes.yaml",
    "README.md",
    "FEATURES.md",
    "members.SOURCE.md",
    "symbols.SOURCE.md",
    "listings.SOURCE.md",
}
_CONTRACTS = (ROOT / "contracts" / "events", ROOT / "contracts" / "bus")
_CONTRACTS_PACKAGE = ROOT / "tools" / "locks" / "contracts-package.txt"
"""Names the package whose code is taken from this checkout instead."""
_SOURCE_ALONE = ("http-ece",)
"""Packages that are published without a wheel, and hold nothing but Python."""
_RECIPE = "1"  # counts changes of this file that change what it builds


class PackagingFailed(Exception):
    """A package could not be built; the text says what to do."""


@dataclass(frozen=True)
class Package:
    """A built zip. Sizes in bytes."""

    service: str
    platform: str
    path: Path
    digest: str
    zipped: int
    unzipped: int
    built: bool


def build(service: str, platform: str = "host", out: Path = OUT) -> Package:
    """Builds the zip of *service* below *out*, or finds it built there. Raises PackagingFailed."""
    wheels = _dependencies(service, platform, out)
    folders = (*_CONTRACTS, ROOT / "services" / service)
    return _packed(service, platform, wheels, dict(_files(ROOT, *folders)), out / platform / service)


def build_outside(name: str, code: Path, platform: str = "host", out: Path = OUT) -> Package:
    """Builds the zip of a consumer outside the tree: what is in *code*, its requirements.txt installed.

    The contracts and what they need are this checkout's. Raises PackagingFailed.
    """
    requirements, ours = code / "requirements.txt", ROOT / "tools" / "locks" / "journal.txt"
    asked = ["-r", str(ours), "-r", str(requirements), "--excludes", str(_CONTRACTS_PACKAGE)]
    inputs = [file.read_text(encoding="utf-8") for file in (ours, requirements)]
    wheels = _wheels(name, platform, out / "wheels" / "outside", asked, inputs)
    files = dict(_files(ROOT, *_CONTRACTS)) | dict(_files(code, code))
    return _packed(name, platform, wheels, files, out / platform / "outside" / name)


def _packed(name: str, platform: str, wheels: Path, code: Mapping[str, Path], place: Path) -> Package:
    digest = _digest([wheels.name, platform, _RECIPE, *_contents(code)])
    target, sizes = place / f"{digest}.zip", place / f"{digest}.json"
    if not (target.exists() and sizes.exists()):
        _assemble(platform, wheels, code, target)
        return Package(name, platform, target, digest, *_sizes(target, sizes), built=True)
    known = json.loads(sizes.read_text(encoding="utf-8"))
    return Package(name, platform, target, digest, known["zipped"], known["unzipped"], built=False)


def _assemble(platform: str, wheels: Path, code: Mapping[str, Path], target: Path) -> None:
    with tempfile.TemporaryDirectory(dir=_made(target.parent)) as scratch:
        tree = Path(scratch) / "tree"
        for name, source in code.items():
            destination = tree / name
            destination.parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(source, destination)
        _compile(tree, platform)
        finished = Path(scratch) / "package.zip"
        # Stored, not deflated, where it never travels: the embedded target unpacks it for every worker.
        method = zipfile.ZIP_STORED if platform == "host" else zipfile.ZIP_DEFLATED
        _zip([wheels, tree], finished, method)
        for old in target.parent.glob("*.*"):
            old.unlink()
        finished.replace(target)


def _sizes(target: Path, record: Path) -> tuple[int, int]:
    with zipfile.ZipFile(target) as archive:
        unzipped = sum(entry.file_size for entry in archive.infolist())
    if unzipped > UNZIPPED_LIMIT:
        target.unlink()
        raise PackagingFailed(
            f"{target.parent.name}: {unzipped / 2**20:.0f} MB unzipped, over Lambda's 250; drop a dependency"
        )
    zipped = target.stat().st_size
    record.write_text(json.dumps({"zipped": zipped, "unzipped": unzipped}), encoding="utf-8")
    return zipped, unzipped


def _dependencies(service: str, platform: str, out: Path) -> Path:
    """A folder with the locked packages of *service*, pruned and compiled; made once for a lock."""
    lock = ROOT / "tools" / "locks" / f"{service}.txt"
    asked = ["--require-hashes", "--no-deps", "-r", str(lock)]
    inputs = [lock.read_text(encoding="utf-8")]
    return _wheels(service, platform, out / "wheels", asked, inputs, models=_BOTOCORE_DATA)


def _wheels(
    name: str,
    platform: str,
    shelf: Path,
    asked: Sequence[str],
    inputs: Sequence[str],
    *,
    models: Collection[str] | None = None,
) -> Path:
    """A folder with what uv installs when *asked*; made again when the *inputs* change.

    Of AWS's services, boto3 knows those in *models*, or all.
    """
    bytecode = platform == "host" or _aws_python() is not None
    key = _digest([*inputs, *sorted(LANGUAGES), platform, _python(platform), str(bytecode), _RECIPE])
    place = shelf / f"{name}-{platform}-{key}"
    if place.exists():
        return place
    with tempfile.TemporaryDirectory(dir=_made(place.parent)) as scratch:
        tree = Path(scratch) / "tree"
        _install(name, asked, tree, platform)
        _prune(tree)
        _prune_locales(tree)
        if models is not None:
            _prune_models(tree, models)
        _compile(tree, platform)
        for old in place.parent.glob(f"{name}-{platform}-*"):
            shutil.rmtree(old)
        tree.replace(place)
    return place


def _install(name: str, asked: Sequence[str], tree: Path, platform: str) -> None:
    command = [_uv(), "pip", "install", "--quiet", "--target", str(tree), *asked]
    command += ["--no-compile-bytecode", "--link-mode", "copy", "--only-binary", ":all:"]
    command += [word for name in _SOURCE_ALONE for word in ("--no-binary", name)]
    if platform == "host":
        command += ["--python", sys.executable]
    else:
        machine = {"arm64": "aarch64", "x86_64": "x86_64"}[platform]
        command += ["--python-platform", f"{machine}-manylinux_2_28", "--python-version", AWS_PYTHON]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode:
        raise PackagingFailed(f"installing what {name} needs for {platform} failed:\n{done.stderr.strip()}")


def _prune(tree: Path) -> None:
    """Takes out what never runs: tests, headers, documentation."""
    for found in sorted(tree.rglob("*"), reverse=True):
        if found.is_dir():
            if found.name in _PRUNED_FOLDERS:
                shutil.rmtree(found)
        elif found.suffix in _PRUNED_SUFFIXES or found.name in {"RECORD", "INSTALLER", ".lock"}:
            found.unlink()
    for name in ("bin", "share"):
        shutil.rmtree(tree / name, ignore_errors=True)
    shutil.rmtree(tree / "boto3" / "examples", ignore_errors=True)


def _prune_models(tree: Path, kept: Collection[str]) -> None:
    """Takes out the models of the AWS services that no Lambda of ours calls."""
    models = tree / "botocore" / "data"
    for folder in models.iterdir() if models.exists() else ():
        if folder.is_dir() and folder.name not in kept:
            shutil.rmtree(folder)


def _prune_locales(tree: Path) -> None:
    """Takes out how languages write figures in which nobody is written to."""
    for found in (tree / "babel" / "locale-data").glob("*.dat"):
        if found.stem.partition("_")[0] not in {"root", *LANGUAGES}:
            found.unlink()


def _compile(tree: Path, platform: str) -> None:
    """Writes bytecode that Python takes without looking at dates, which a reproducible zip has not."""
    interpreter = sys.executable if platform == "host" else _aws_python()
    if interpreter is None:
        print(f"warning: no python{AWS_PYTHON} on the PATH: cold starts pay for compiling", file=sys.stderr)
        return
    command = [interpreter, "-m", "compileall", "-q", "-j", "2", "-s", str(tree), "-p", "/var/task"]
    command += ["--invalidation-mode", "unchecked-hash", str(tree)]
    subprocess.run(command, check=False, capture_output=True)  # a file for another Python may not compile


def _aws_python() -> str | None:
    """An interpreter of Lambda's version that really starts; some names on a PATH are empty promises."""
    found = shutil.which(f"python{AWS_PYTHON}")
    if found and subprocess.run([found, "-c", ""], capture_output=True, check=False).returncode == 0:
        return found
    return None


def _zip(trees: Iterable[Path], target: Path, method: int) -> None:
    files = sorted((path.relative_to(tree).as_posix(), path) for tree in trees for path in tree.rglob("*"))
    with zipfile.ZipFile(target, "w", method, compresslevel=6) as archive:
        for name, path in files:
            if path.is_file():
                entry = zipfile.ZipInfo(name, date_time=(1980, 1, 1, 0, 0, 0))
                entry.external_attr = (0o755 if name.endswith(".so") or ".so." in name else 0o644) << 16
                entry.compress_type = method
                archive.writestr(entry, path.read_bytes())


def _files(root: Path, *folders: Path) -> Iterable[tuple[str, Path]]:
    """Every file of code in *folders*, by its name in the zip: where it lies below *root*."""
    for path in sorted(path for folder in folders for path in folder.rglob("*")):
        if path.is_file() and "__pycache__" not in path.parts and path.name not in _CODE_LEFT_OUT:
            yield path.relative_to(root).as_posix(), path


def _contents(code: Mapping[str, Path]) -> Iterable[str]:
    for name, path in code.items():
        yield name
        yield hashlib.sha256(path.read_bytes()).hexdigest()


def _digest(parts: Iterable[str]) -> str:
    return hashlib.sha256("\n".join(parts).encode()).hexdigest()[:20]


def _python(platform: str) -> str:
    return f"{sys.version_info.major}.{sys.version_info.minor}" if platform == "host" else AWS_PYTHON


def _uv() -> str:
    beside = Path(sys.executable).with_name("uv")
    found = str(beside) if beside.exists() else shutil.which("uv")
    if not found:
        raise PackagingFailed("uv is missing; run `make .venv/ready` to install it from the lock")
    return found


def _made(folder: Path) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    return folder


def import_seconds(package: Package) -> dict[str, float]:
    """CPU seconds each handler of a host package takes to import, in a bare interpreter and from it alone."""
    template = yaml_parse((ROOT / "services" / package.service / "template.yaml").read_text(encoding="utf-8"))
    asked: dict[str, Any] = template["Globals"]["Function"]["Environment"]["Variables"]
    settings = {name: _default(value, template["Parameters"]) for name, value in asked.items()}
    names = sorted(path.stem for path in (ROOT / "services" / package.service / "handlers").glob("*.py"))
    with tempfile.TemporaryDirectory(dir=package.path.parent) as folder:
        with zipfile.ZipFile(package.path) as archive:
            archive.extractall(folder)
        modules = {name: f"services.{package.service}.handlers.{name}" for name in names}
        return {name: _import_seconds(folder, module, settings) for name, module in modules.items()}


def _default(value: Any, parameters: dict[str, Any]) -> str:
    """What a setting is unless an operator says otherwise; any word for what only exists once deployed."""
    name = value.get("Ref") if isinstance(value, dict) else None
    return str(parameters.get(name, {}).get("Default", "1")) if name else str(value)


def _import_seconds(folder: str, module: str, settings: dict[str, str]) -> float:
    """The less of two runs. Raises PackagingFailed when the module lacks something."""
    code = f"import time; began = time.process_time(); import {module}; print(time.process_time() - began)"
    environment = settings | {"AWS_DEFAULT_REGION": "us-east-1", "PYTHONDONTWRITEBYTECODE": "1"}
    command = [sys.executable, "-S", "-c", code]
    times = []
    for _ in range(2):
        done = subprocess.run(
            command, cwd=folder, env=environment, capture_output=True, text=True, check=False
        )
        if done.returncode:
            why = done.stderr.strip().splitlines()[-1]
            raise PackagingFailed(f"{module} does not import from its package: {why}")
        times.append(float(done.stdout.splitlines()[-1]))
    return min(times)


def main(argv: Sequence[str] | None = None) -> int:
    """The command line; exit code 2 with one line when a package cannot be built."""
    parser = argparse.ArgumentParser(
        prog="python -m tools.package", description=(__doc__ or "").split("\n")[0]
    )
    parser.add_argument(
        "services", nargs="*", metavar="SERVICE", help=f"of {', '.join(SERVICES)}; all by default"
    )
    parser.add_argument("--platform", choices=("host", "x86_64", "arm64"), default="host")
    parser.add_argument("--json", action="store_true", help="print one JSON document")
    options = parser.parse_args(argv)
    if unknown := set(options.services) - set(SERVICES):
        parser.error(f"no such service: {', '.join(sorted(unknown))}; there are {', '.join(SERVICES)}")
    try:
        packages = [build(service, options.platform) for service in options.services or SERVICES]
    except PackagingFailed as failure:
        print(f"tools.package: {failure}", file=sys.stderr)
        return 2
    if options.json:
        print(json.dumps([asdict(package) for package in packages], default=os.fspath, indent=2))
        return 0
    try:
        for package in packages:
            _print(package)
    except PackagingFailed as failure:
        print(f"tools.package: {failure}", file=sys.stderr)
        return 2
    return 0


def _print(package: Package) -> None:
    state = "built" if package.built else "kept"
    print(
        f"{package.service:14} {state:6} zip {package.zipped / 2**20:6.1f} MB"
        f"  unzipped {package.unzipped / 2**20:6.1f} MB  {package.digest}"
    )
    for name, seconds in import_seconds(package).items() if package.platform == "host" else ():
        print(f"  {name:26} {seconds:5.2f} s of CPU to import")


if __name__ == "__main__":
    sys.exit(main())
