"""Files that are not to be believed: each is refused in one sentence."""

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from safetensors import safe_open
from safetensors.numpy import load_file, save_file

from gdexplorer.lab import archive, strict
from gdexplorer.lab.archive import digest, load, packed, save
from gdexplorer.lab.commands import MoveTo, Nudge
from gdexplorer.lab.complaints import Complaint
from tests.builders import CATALOGUE
from tests.lab.sessions import session_of


@pytest.fixture
def sound(tmp_path: Path) -> Path:
    session = session_of(optimizer="adam")
    session.advance(9)
    session.send(MoveTo(np.zeros(session.run.state.theta.size)))
    session.advance(9)
    save(session, tmp_path / "sound.gdx")
    return tmp_path / "sound.gdx"


def tampered(path: Path, record: dict[str, Any] | None = None, text: str | None = None, **tensors: Any) -> Path:
    """Write the file anew with other metadata, of its session, run, lane or keyframe, or tensors (None: without it)."""
    with safe_open(path, "np") as file:
        metadata = file.metadata()
    values = json.loads(metadata[archive.KEY])
    for key, value in (record or {}).items():
        run = values["runs"][0]
        group, _, name = key.rpartition(".")
        groups = {"": values, "run": run, "lane": run["lanes"][0], "frame": values["keyframes"][-1]}
        assert name in groups[group] or name == "surprise"
        groups[group][name] = value
    arrays = load_file(path)
    for name, array in tensors.items():
        arrays.pop(f"run.1.0.{name}")
        if array is not None:
            arrays[f"run.1.0.{name}"] = array
    save_file(arrays, path, {archive.KEY: json.dumps(values) if text is None else text})
    return path


def refused(path: Path) -> str:
    with pytest.raises(Complaint) as caught:
        load(path, CATALOGUE)
    sentence = str(caught.value)
    assert sentence.endswith(".")
    assert "\n" not in sentence
    return sentence


def test_a_rewritten_file_is_sound(sound: Path) -> None:
    assert load(tampered(sound), CATALOGUE).updates == 18


def test_a_newer_version_is_refused_politely(sound: Path) -> None:
    assert "newer gdexplorer (format 2); update the program" in refused(tampered(sound, {"version": 2}))


def record_of(path: Path) -> dict[str, Any]:
    with safe_open(path, "np") as file:
        values: dict[str, Any] = json.loads(file.metadata()[archive.KEY])
    return values


HUGE = {"network": {"layers": [{"id": "h1", "units": 1e9, "activation": "tanh"}]}}
LATE = [900, 0]


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"run.updates": -1}, "runs.0.updates in sound.gdx must be at least 0, not -1."),
        ({"run.updates": "many"}, "must be a whole number"),
        ({"lane.sha256": "0" * 64}, "not those that were saved"),
        ({"lane.sha256": "zero"}, "lanes.0.sha256 in sound.gdx"),
        ({"lane.health": "ill"}, "lanes.0.health in sound.gdx"),
        ({"run.log": [[9, {"kind": "Explode"}]]}, "command 'Explode' is not known"),
        ({"run.log": [[9, {"kind": "Restart"}]]}, "command 'Restart' is not known"),
        ({"run.log": [[9, {"kind": "Nudge", "sigma": "wide", "seed": 1}]]}, "values that do not fit"),
        ({"run.log": [[9, {"kind": "Nudge", "sigma": 10**400, "seed": 1}]]}, "values that do not fit"),
        ({"run.log": [[9, {"kind": "Nudge", "sigma": 1.0, "seed": True}]]}, "values that do not fit"),
        ({"run.log": [[9, {"kind": "Nudge", "sigma": 1.0, "seed": 10**400}]]}, "values that do not fit"),
        ({"run.log": [[9, {"kind": "Nudge", "sigma": 1.0}]]}, "needs"),
        ({"run.log": [[9, {"kind": "Change", "path": "seed", "value": 1}]]}, "values that do not fit"),
        ({"run.log": [[900, {"kind": "Solve"}]]}, "out of order"),
        ({"run.log": [[9, {"kind": "MoveTo", "theta": {"tensor": "other"}}]]}, "is missing"),
        ({"run.log": [[9, {"kind": "MoveTo", "theta": {"tensor": ["other"]}}]]}, "is missing"),
        ({"run.log": [[9, {"kind": "Change", "path": "data.table", "value": {"table": {}}}]]}, "is missing"),
        ({"run.start": 5}, "An experiment is missing"),
        ({"run.keyframes": [1]}, "A keyframe is missing"),
        ({"run.keyframes": [0, 0]}, "out of order"),
        ({"run.keyframes": []}, "runs.0.keyframes in sound.gdx"),
        ({"run.name": ""}, "runs.0.name in sound.gdx"),
        ({"run.color": 9}, "runs.0.color in sound.gdx must be at most 8, not 9."),
        ({"active": 2}, "none goes on"),
        ({"runs": []}, "runs in sound.gdx"),
        ({"lane.cursor": 10_000}, "permutation"),
        ({"lane.generators": {}}, "generators must be"),
        ({"lane.numbers": [{}]}, "optimizer state"),
        ({"lane.path_steps": [1, 2, 3]}, "history.path"),
        ({"lane.path_steps": [10**400]}, "path_steps.0 in sound.gdx"),
        ({"lane.batch": 3}, "not the length that was saved"),
        ({"lane.batch": 300}, "not the length that was saved"),
        ({"lane.marked": 0}, "more markers than there were"),
        ({"frame.moment": LATE}, "out of order"),
        ({"frame.moment": [0, 1]}, "out of order"),
        ({"frame.step": 3}, "The update of a keyframe is not that of its lanes"),
        ({"frame.lanes": []}, "keyframes.0.lanes in sound.gdx"),
        ({"experiments": [HUGE]}, "at most 4096"),
        ({"experiments": [{"network": {}, "surprise": 1}]}, "is not a setting"),
        ({"lane.surprise": 1}, "is not a setting"),
    ],
)
def test_damaged_metadata_is_refused_in_a_sentence(sound: Path, change: dict[str, Any], words: str) -> None:
    assert words in refused(tampered(sound, change))


def test_a_keyframe_beyond_the_history_is_refused(sound: Path) -> None:
    lanes = record_of(sound)["keyframes"][0]["lanes"]
    for mark in ([0, 900, 1, 0], [0, 0, 900, 0], [0, 0, 0, 0], [0, 0, 1, 900]):
        lanes[0]["mark"] = mark
        assert "do not fit the history" in refused(tampered(sound, {"frame.lanes": lanes}))


def test_what_only_a_newer_version_understands_is_kept(sound: Path) -> None:
    surprise = {"deep": [1, None, {"ü": 1.5}]}
    session = load(tampered(sound, {"surprise": surprise, "run.surprise": "x"}), CATALOGUE)
    session.advance(3)
    save(session, sound)
    assert record_of(sound)["surprise"] == surprise
    assert record_of(sound)["runs"][0]["surprise"] == "x"
    assert packed(load(sound, CATALOGUE)) == packed(session)


def test_what_is_wrong_in_very_many_places_is_said_in_one_sentence(sound: Path) -> None:
    experiments = record_of(sound)["experiments"]
    experiments[0]["data"]["features"] = [1] * 200_000  # and the field once more, for it holds none that is sound
    assert refused(tampered(sound, {"experiments": experiments})) == (
        "sound.gdx has 200,001 values that do not fit; it is damaged.")  # fmt: skip
    experiments[0]["data"]["features"] = []
    experiments[0]["network"]["layers"] = [[]] * 100_000
    assert refused(tampered(sound, {"experiments": experiments})) == (
        "An experiment has too many parts; the file is damaged.")  # fmt: skip
    assert refused(tampered(sound, {"keyframes": [[]] * 90_000})) == (
        "keyframes.0 in sound.gdx must be a group of settings, not [].")  # fmt: skip


def test_a_counter_that_would_divide_by_zero_is_refused(sound: Path) -> None:
    numbers = record_of(sound)["runs"][0]["lanes"][0]["numbers"][0]
    assert "damaged" in refused(tampered(sound, {"lane.numbers": [numbers | {"product2": 1 / 0.999}]}))


@pytest.mark.parametrize(
    "text",
    ["", "[]", "{}", "[" * 5000, '{"version": NaN}', '{"version": 1e999}', '{"version": 1, "version": 1}',
     '{"version": "\\ud800"}', '{"a": "' + "x" * 70_000 + '"}', "[" * 40 + "]" * 40, "[" + "[]," * 200_000 + "[]]",
     "[" + "1," * 300_001 + "1]"],
)  # fmt: skip
def test_hostile_json_is_refused(sound: Path, text: str) -> None:
    refused(tampered(sound, text=text))


@pytest.mark.parametrize(
    "tensors",
    [
        {"theta": None},
        {"theta": np.zeros(3)},
        {"theta": np.zeros(25, "f4")},
        {"slots.0.M": np.zeros((5, 5))},
        {"permutation": np.zeros(36, np.int64)},
        {"history.curves": np.zeros((4, 5))},
    ],
)
def test_tensors_that_do_not_fit_are_refused(sound: Path, tensors: dict[str, Any]) -> None:
    refused(tampered(sound, **tensors))


def test_weights_that_are_not_finite_are_refused(sound: Path) -> None:
    theta = np.full(25, np.nan)
    assert "weights" in refused(tampered(sound, {"lane.sha256": digest(theta)}, theta=theta))


@pytest.mark.parametrize("content", [b"", b"\x00" * 7, b"\xff" * 64, b"PK\x03\x04" + b"\x00" * 90])
def test_other_files_are_refused(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "other.gdx"
    path.write_bytes(content)
    assert "other.gdx" in refused(path)


def test_a_safetensors_file_of_another_program_is_refused(tmp_path: Path) -> None:
    save_file({"w": np.zeros(3)}, tmp_path / "w.gdx")
    assert "is no session of gdexplorer" in refused(tmp_path / "w.gdx")


def test_every_truncation_is_refused(sound: Path) -> None:
    content = sound.read_bytes()
    for length in np.linspace(0, len(content) - 1, 40).astype(int):
        sound.write_bytes(content[:length])
        refused(sound)


def test_flipped_bytes_never_raise_anything_else(sound: Path, rng: np.random.Generator) -> None:
    content = sound.read_bytes()
    header = int.from_bytes(content[:8], "little")
    complaints = 0
    for place in rng.integers(0, header + 8, 150):
        broken = bytearray(content)
        broken[place] ^= 1 << int(rng.integers(0, 8))
        sound.write_bytes(broken)
        try:
            load(sound, CATALOGUE)
        except Complaint:
            complaints += 1
    assert complaints > 50


def test_a_missing_file_and_a_folder_are_named(tmp_path: Path) -> None:
    assert "There is no file" in refused(tmp_path / "none.gdx")
    assert "cannot be read" in refused(tmp_path)


def test_more_than_a_file_may_hold_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    session = session_of()
    with monkeypatch.context() as patch:
        patch.setattr(archive, "FILE_BYTES", 4000)
        with pytest.raises(Complaint, match="The session is larger than a file may be, 0 MiB; remove runs that were"):
            packed(session)
    session.send(Nudge(0.1, 1))
    with monkeypatch.context() as patch:
        patch.setattr(strict, "VALUES", 50)
        with pytest.raises(Complaint, match=r"has too many changes \(1\) for one file; restart the run"):
            packed(session)
    monkeypatch.setattr(archive, "HEADER_BYTES", 4000)
    with pytest.raises(Complaint, match=r"has too many changes \(1\) for one file; restart the run"):
        packed(session)


def test_a_file_that_needs_too_much_memory_is_refused(sound: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object) -> None:
        raise MemoryError

    monkeypatch.setattr("gdexplorer.lab.stored_lanes.Run.fresh_slots", refuse)
    assert "'sound.gdx' needs more memory than there is" in refused(sound)
