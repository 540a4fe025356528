"""Node and its TypeScript compiler; tests that need them are skipped where they are not."""

import shutil
import subprocess
from pathlib import Path

import pytest

from tools.contracts.shelf import ROOT


def node_with(package: str) -> str:
    """Node, on a machine where it finds *package*."""
    node = shutil.which("node")
    asked = [str(node), "-e", f'require.resolve("{package}")']
    if node is None or subprocess.run(asked, capture_output=True, cwd=ROOT, check=False).returncode:
        pytest.skip(f"node with {package} is not here (`make node` installs it; NODE_PATH says where)")
    return node


def compiled(*files: Path) -> "subprocess.CompletedProcess[str]":
    """What the TypeScript compiler says of these files, at its strictest; it writes nothing."""
    node = node_with("typescript")
    asked = [node, "-p", 'require.resolve("typescript/package.json")']
    package = subprocess.run(asked, capture_output=True, text=True, cwd=ROOT, check=True).stdout.strip()
    options = ["--noEmit", "--strict", "--target", "es2022", "--module", "nodenext"]
    command = [node, str(Path(package).parent / "bin" / "tsc"), *options, *map(str, files)]
    return subprocess.run(command, capture_output=True, text=True, cwd=ROOT, check=False)
