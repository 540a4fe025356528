"""The embedded target: one ministack process on a loopback port, with its state in a folder of ours."""

import json
import os
import shutil
import signal
import socket
import subprocess
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from fcntl import LOCK_EX, LOCK_NB, flock
from pathlib import Path
from typing import Any

from tools.tape import environments
from tools.tape.errors import TapeError

ROOT = Path(__file__).parents[2]
LOCK = ROOT / "tools" / "locks" / "emulator.txt"
_children: dict[int, "subprocess.Popen[bytes]"] = {}
"""Those this process started: one that ended is a zombie until its parent asks."""
_BOOT_SECONDS = 60
_STOP_SECONDS = 60


@dataclass(frozen=True)
class Emulator:
    """A running emulator."""

    pid: int
    port: int
    home: Path

    @property
    def endpoint(self) -> str:
        return f"http://127.0.0.1:{self.port}"


def home_folder() -> Path:
    """Where the embedded target keeps its state: `.tape`, or what TAPE_HOME names. Raises TapeError."""
    home = Path(os.environ.get("TAPE_HOME") or ROOT / ".tape")
    try:
        home.mkdir(parents=True, exist_ok=True)
        probe = home / ".writable"
        probe.touch()
        probe.unlink()
    except OSError as error:
        raise TapeError(
            f"cannot write to {home}: {error.strerror}; set TAPE_HOME to a folder you may write to"
        ) from error
    return home


def running(home: Path) -> Emulator | None:
    """The emulator that lives in *home*, if its process is alive and answers."""
    emulator = _noted(home)
    return emulator if emulator and _is_ours(emulator.pid) and _healthy(emulator.endpoint) else None


def _noted(home: Path) -> Emulator | None:
    try:
        noted: dict[str, Any] = json.loads((home / "emulator.json").read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return None
    return Emulator(noted["pid"], noted["port"], home)


@contextmanager
def only_one(folder: Path, otherwise: str | None = None) -> Iterator[None]:
    """Keeps other processes out of *folder* meanwhile: they wait, or are told *otherwise* as a TapeError."""
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / "lock").open("w") as lock:
        try:
            flock(lock, LOCK_EX | (LOCK_NB if otherwise else 0))
        except BlockingIOError as error:
            raise TapeError(otherwise or "") from error
        yield


def start(home: Path, port: int | None = None) -> Emulator:
    """Starts it on *port*, or on a free one, and waits until it answers. Raises TapeError."""
    with only_one(home, "another `tape` is starting here; wait for it"):
        return _start(home, port)


def _start(home: Path, port: int | None) -> Emulator:
    if (found := _noted(home)) and _is_ours(found.pid):
        raise TapeError(f"already up at {found.endpoint} (pid {found.pid}); `tape down` stops it")
    port = _checked(port) if port else _usual_port(home)
    _move_state(home, port)
    python = _environment()
    log = home / "emulator.log"
    with log.open("w", encoding="utf-8") as output:
        process = subprocess.Popen(
            [str(python), "-P", str(Path(__file__).with_name("launch_emulator.py"))],
            env=_settings(home, port),
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
    _children[process.pid] = process
    emulator = Emulator(process.pid, port, home)
    (home / "emulator.json").write_text(json.dumps({"pid": process.pid, "port": port}), encoding="utf-8")
    try:
        _await_health(emulator, process, log)
    except BaseException:
        stop(emulator)
        raise
    return emulator


def stop(emulator: Emulator) -> None:
    """Ends it by SIGTERM, so that it saves its state, and waits; what it left behind goes too."""
    _signal(emulator.pid, signal.SIGTERM)
    for _ in range(_STOP_SECONDS * 10):
        if not _is_ours(emulator.pid):
            break
        time.sleep(0.1)
    else:
        _signal(emulator.pid, signal.SIGKILL)
    (emulator.home / "emulator.json").unlink(missing_ok=True)
    shutil.rmtree(emulator.home / "tmp", ignore_errors=True)  # what functions ran from


def wait(emulator: Emulator) -> None:
    """Returns when it has ended."""
    while _is_ours(emulator.pid):
        time.sleep(0.5)


def _environment() -> Path:
    with only_one(ROOT / ".tape" / "installing"):
        return _installed()


def _installed() -> Path:
    """The emulator's own interpreter; beside it the bare one for functions. Installed once from the lock."""
    return environments.installed(ROOT / ".tape" / "python", LOCK, "emulator", bare=("runtime",))


def _settings(home: Path, port: int) -> dict[str, str]:
    """A clean environment: nothing of the caller's, least of all credentials, reaches a function."""
    for folder in ("state", "s3", "tmp"):
        (home / folder).mkdir(exist_ok=True)
    kept = {name: os.environ[name] for name in ("PATH", "HOME", "LANG") if name in os.environ}
    kept |= {name: value for name, value in os.environ.items() if name.startswith("OPENBLAS_")}
    return kept | {
        "GATEWAY_PORT": str(port),
        "BIND_HOST": "127.0.0.1",
        "IOT_MTLS_ENABLED": "0",
        "SFTP_ENABLED": "0",
        "LOG_LEVEL": "WARNING",
        "PERSIST_STATE": "1",
        "STATE_DIR": str(home / "state"),
        "S3_PERSIST": "1",
        "S3_DATA_DIR": str(home / "s3"),
        "TMPDIR": str(home / "tmp"),
        "LAMBDA_WARM_TTL_SECONDS": "60",
        "LAMBDA_ACCOUNT_CONCURRENCY": "48",
        "AWS_DISABLE_HOST_PREFIX_INJECTION": "true",  # `sync-` before a loopback address is nobody's name
        "PYTHONDONTWRITEBYTECODE": "1",
        "OMP_NUM_THREADS": "1",
        "TICKERTAPE_RUNTIME_PYTHON": str(ROOT / ".tape" / "python" / "runtime" / "bin" / "python"),
    }


def _await_health(emulator: Emulator, process: "subprocess.Popen[bytes]", log: Path) -> None:
    for _ in range(_BOOT_SECONDS * 10):
        if _healthy(emulator.endpoint):
            return
        if process.poll() is not None:
            last = log.read_text(encoding="utf-8", errors="replace").strip().splitlines()[-1:]
            raise TapeError(f"the emulator ended at once: {''.join(last) or 'no output'}; see {log}")
        time.sleep(0.1)
    raise TapeError(f"the emulator did not answer within {_BOOT_SECONDS} s; see {log}")


def _healthy(endpoint: str) -> bool:
    try:
        with urllib.request.urlopen(f"{endpoint}/_ministack/health", timeout=2) as answer:  # noqa: S310 (loopback)
            return bool(answer.status == 200)
    except (urllib.error.URLError, OSError):
        return False


def _is_ours(pid: int) -> bool:
    """Whether *pid* is alive and is the launcher, not a stranger that got the number later."""
    if child := _children.get(pid):
        return child.poll() is None
    try:
        os.kill(pid, 0)
    except OSError:
        return False
    command = Path(f"/proc/{pid}/cmdline")
    return not command.parent.parent.joinpath("self").exists() or b"launch_emulator" in _bytes(command)


def _bytes(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError:
        return b""


def _signal(pid: int, number: int) -> None:
    try:
        os.kill(pid, number)
    except ProcessLookupError:
        return


def _checked(port: int) -> int:
    with socket.socket() as probe:
        if probe.connect_ex(("127.0.0.1", port)) == 0:
            raise TapeError(f"port {port} is in use; choose another with --port, or end what listens there")
    return port


def _usual_port(home: Path) -> int:
    """The port this state was last served on, if nobody else has it now."""
    last = _last_port(home)
    with socket.socket() as probe:
        taken = last is None or probe.connect_ex(("127.0.0.1", last)) == 0
    return _free_port() if last is None or taken else last


def _last_port(home: Path) -> int | None:
    try:
        return int((home / "port").read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return None


def _move_state(home: Path, port: int) -> None:
    """Queues are kept under addresses with the port in them; a state served on another port has to follow."""
    last = _last_port(home)
    if last not in (None, port):
        for file in (home / "state").glob("*.json"):
            text = file.read_text(encoding="utf-8")
            file.write_text(text.replace(f"127.0.0.1:{last}/", f"127.0.0.1:{port}/"), encoding="utf-8")
    (home / "port").write_text(str(port), encoding="utf-8")


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
