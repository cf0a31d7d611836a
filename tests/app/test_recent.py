"""The list of recent files."""

from pathlib import Path

import pytest
from PySide6.QtCore import QSettings

from gdexplorer.app.recent import KEY, MOST, Recent


@pytest.fixture
def settings(tmp_path: Path) -> QSettings:
    return QSettings(str(tmp_path / "window.ini"), QSettings.Format.IniFormat)


def kept(settings: QSettings) -> list[str]:
    """The list as another start would read it."""
    settings.sync()
    return Recent(QSettings(settings.fileName(), QSettings.Format.IniFormat)).paths()


def test_ten_are_kept_the_newest_first_and_none_twice(settings: QSettings, tmp_path: Path) -> None:
    recent = Recent(settings)
    paths = [str(tmp_path / f"{number}, ü;.gdx") for number in range(MOST + 3)]
    for count, path in enumerate(paths, 1):
        recent.add(path)
        assert kept(settings) == paths[:count][::-1][:MOST]
    recent.add(paths[5])
    assert kept(settings) == [paths[5], *[path for path in paths[::-1] if path != paths[5]][: MOST - 1]]
    recent.drop(paths[5])
    assert paths[5] not in kept(settings)
    recent.clear()
    assert kept(settings) == []


def test_names_are_those_of_one_file(settings: QSettings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    recent = Recent(settings)
    recent.add("run.gdx")
    recent.add(tmp_path / "run.gdx")
    assert kept(settings) == [str(tmp_path / "run.gdx")]


@pytest.mark.parametrize("value", [7, "", {"a": 1}, [1, None, ""], None])
def test_settings_that_make_no_sense_are_an_empty_list(settings: QSettings, value: object) -> None:
    settings.setValue(KEY, value)
    assert Recent(settings).paths() == []
    assert kept(settings) == [] or isinstance(value, int | list)
