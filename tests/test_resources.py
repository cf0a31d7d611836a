import sys
from pathlib import Path

import pytest

from gdexplorer import resources


@pytest.fixture
def installation(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An installed package with nothing beside it."""
    package = tmp_path / "gdexplorer"
    package.mkdir()
    monkeypatch.setattr(resources, "_PACKAGE", package)
    return tmp_path


def ship(folder: Path) -> Path:
    file = folder / "experiments" / "first.toml"
    file.parent.mkdir(parents=True)
    file.write_text("")
    return file


def test_checkout(installation: Path) -> None:
    file = ship(installation / "resources")
    assert resources.path("experiments", "first.toml") == file


def test_wheel_comes_before_a_folder_that_happens_to_lie_beside_it(installation: Path) -> None:
    (installation / "resources").mkdir()
    file = ship(installation / "gdexplorer" / "_resources")
    assert resources.path("experiments", "first.toml") == file


def test_frozen(installation: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file = ship(installation / "bundle" / "resources")
    monkeypatch.setattr(sys, "frozen", True, raising=False)
    monkeypatch.setattr(sys, "_MEIPASS", str(installation / "bundle"), raising=False)
    assert resources.path("experiments", "first.toml") == file


def test_a_folder_is_a_resource_too(installation: Path) -> None:
    file = ship(installation / "resources")
    assert list(resources.path("experiments").iterdir()) == [file]


def test_nothing_installed(installation: Path) -> None:
    with pytest.raises(FileNotFoundError, match=r"resources are missing from .*: install gdexplorer again\.$"):
        resources.root()


def test_unknown_name(installation: Path) -> None:
    ship(installation / "resources")
    with pytest.raises(FileNotFoundError, match=r"no resource 'experiments/last\.toml' in .*: check the name"):
        resources.path("experiments", "last.toml")


@pytest.mark.parametrize("parts", [("..", "secret"), ("experiments", "../../secret"), ("/etc", "hostname")])
def test_no_way_out(installation: Path, parts: tuple[str, ...]) -> None:
    ship(installation / "resources")
    (installation / "secret").write_text("")
    with pytest.raises(FileNotFoundError, match="no resource"):
        resources.path(*parts)


def test_this_installation_has_them() -> None:
    assert resources.root().is_dir()
