"""What is locked is what pyproject.toml asks for, and the lock says nothing of where it was made."""

import re
import tomllib
from pathlib import Path

ROOT = Path(__file__).parents[2]


def locked() -> dict[str, str]:
    """Return name -> version, canonical names."""
    text = (ROOT / "packaging" / "requirements.lock").read_text()
    return {name: version for name, version in re.findall(r"(?m)^([a-z0-9-]+)==(\S+)", text)}


def canonical(requirement: str) -> str:
    name = re.match(r"[A-Za-z0-9_.-]+", requirement)
    assert name is not None
    return re.sub(r"[-_.]+", "-", name[0]).lower()


def test_the_lock_says_nothing_but_names_versions_and_hashes() -> None:
    line = re.compile(r"([a-z0-9-]+==[0-9][\w.]* \\|    --hash=sha256:[0-9a-f]{64}( \\)?)")
    for number, text in enumerate((ROOT / "packaging" / "requirements.lock").read_text().splitlines(), 1):
        assert line.fullmatch(text), f"line {number}: {text}"


def test_pyproject_requirements_in_and_the_lock_agree() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())
    asked = [*project["project"]["dependencies"], *project["project"]["optional-dependencies"]["test"]]
    lines = (ROOT / "packaging" / "requirements.in").read_text().splitlines()
    written = [line for line in lines if line and not line.startswith("#")]
    assert sorted(written) == sorted([*asked, *project["build-system"]["requires"], "editables"])
    assert {canonical(line) for line in written} <= locked().keys()


def test_the_locked_qt_is_one_that_works() -> None:
    qt = tuple(map(int, locked()["pyside6-essentials"].split(".")))
    assert (6, 10, 3) <= qt < (6, 12)
