"""Spoiled session files, loaded where memory and time are limited: they are refused in a sentence, or sound."""

import json
import os
import subprocess
import sys
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

import gdexplorer
from gdexplorer.lab.archive import packed
from tests.lab import fuzz_sessions
from tests.lab.sessions import BEGUN, lived

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="limits of a process are POSIX")
ROOT = Path(gdexplorer.__file__).parent.parent


def bases(folder: Path) -> Path:
    for name, make in BEGUN.items():
        (folder / f"sound {name}.gdx").write_bytes(packed(lived(make())))
    return folder


def fuzzed(folder: Path, first: int, last: int) -> Counter[str]:
    """Load the files of these seeds in a process of its own; say which one is too much for it."""
    command = [sys.executable, "-W", "error", "-X", "faulthandler", fuzz_sessions.__file__, folder, first, last]
    found = subprocess.run([str(word) for word in command], capture_output=True, text=True, cwd=ROOT, timeout=600,
                           env=os.environ | {"PYTHONPATH": str(ROOT)})  # fmt: skip
    seed = folder / f"{first}.seed"
    assert found.returncode == 0, f"seed {seed.read_text() if seed.exists() else '-'}: {found.stderr[-3000:]}"
    return Counter(json.loads(found.stdout))


def test_five_hundred_spoiled_files_are_refused_or_sound(tmp_path: Path) -> None:
    counts = fuzzed(bases(tmp_path), 0, 500)
    assert counts["refused"] + counts["loaded"] == 500
    assert counts["refused"] > 250
    assert counts["loaded"] > 25


@pytest.mark.long
@pytest.mark.timeout(0)
def test_a_hundred_thousand_spoiled_files_are_refused_or_sound(tmp_path: Path) -> None:
    bases(tmp_path)
    with ThreadPoolExecutor(2) as pool:
        parts = pool.map(lambda first: fuzzed(tmp_path, first, first + 2500), range(1000, 101_000, 2500))
        counts = sum(parts, Counter[str]())
    print(f"{counts['refused']:,} refused in a sentence, {counts['loaded']:,} loaded soundly")
    assert counts["refused"] + counts["loaded"] == 100_000
