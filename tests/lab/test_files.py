import os
from pathlib import Path

import pytest

from gdexplorer.lab.complaints import Complaint
from gdexplorer.lab.files import write


@pytest.mark.parametrize("call", ["fsync", "replace"])
def test_a_failure_leaves_the_old_file_and_no_other(call: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object) -> None:
        raise OSError(28, "No space left on device")

    path = tmp_path / "s.gdx"
    write(path, b"old")
    with monkeypatch.context() as patch:
        patch.setattr(os, call, refuse)
        with pytest.raises(Complaint, match="could not be saved: No space left on device; save somewhere else"):
            write(path, b"new")
    assert path.read_bytes() == b"old"
    assert os.listdir(tmp_path) == ["s.gdx"]
    write(path, b"new")
    assert path.read_bytes() == b"new"
    assert os.listdir(tmp_path) == ["s.gdx"]


def test_writing_through_a_link_keeps_the_link(tmp_path: Path) -> None:
    (tmp_path / "there").mkdir()
    target, link = tmp_path / "there" / "s.gdx", tmp_path / "link.gdx"
    link.symlink_to(target)
    write(link, b"x")
    assert link.is_symlink()
    assert target.read_bytes() == b"x"


def test_a_missing_folder_is_named(tmp_path: Path) -> None:
    with pytest.raises(Complaint, match=r"no.such.s\.gdx' could not be saved: No such file or directory"):
        write(tmp_path / "no" / "such" / "s.gdx", b"x")


@pytest.mark.skipif(os.name != "posix", reason="rights are POSIX's")
def test_others_may_read_it_as_any_file_unless_it_is_secret(tmp_path: Path) -> None:
    usual, path, secret = tmp_path / "usual", tmp_path / "s.gdx", tmp_path / "t.gdx"
    usual.write_bytes(b"")
    write(path, b"x")
    write(secret, b"x", secret=True)
    assert path.stat().st_mode == usual.stat().st_mode
    assert secret.stat().st_mode & 0o777 == 0o600
    path.chmod(0o640)
    write(path, b"y")
    assert path.stat().st_mode & 0o777 == 0o640
