import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from safetensors import safe_open
from safetensors.numpy import load_file, save_file

from gdexplorer.lab import archive
from gdexplorer.lab.archive import digest, load, packed, save
from gdexplorer.lab.catalogue import standard
from gdexplorer.lab.commands import Change, Command, MoveTo, Nudge, Reinitialize
from gdexplorer.lab.complaints import Complaint
from gdexplorer.lab.experiment import validated
from gdexplorer.lab.replay import replay
from gdexplorer.lab.session import Session
from tests.builders import knob_of, suited

CATALOGUE = standard()


def session_of(**values: Any) -> Session:
    """A 2-6-1 network on 60 moons, batches of 7: epochs end with a short batch."""
    given = {
        "data": {"kind": "moons", "amount": 60},
        "network": {"layers": [{"id": "h1", "units": 6, "activation": "tanh"}]},
        "training": {"batch_size": 7},
        **values,
    }
    return Session(validated(given, CATALOGUE), CATALOGUE)


def again(session: Session, folder: Path) -> Session:
    save(session, folder / "s.gdx")
    return load(folder / "s.gdx", CATALOGUE)


def same_future(one: Session, other: Session, updates: int = 40) -> bool:
    one.advance(updates)
    other.advance(updates)
    return digest(one.run.state.theta) == digest(other.run.state.theta)


@pytest.mark.parametrize("optimizer", sorted(CATALOGUE.optimizers))
@pytest.mark.parametrize("precision", ["float32", "float64"])
def test_a_loaded_session_goes_on_bit_for_bit(optimizer: str, precision: str, tmp_path: Path) -> None:
    network = {"layers": [{"id": "h1", "units": 6, "activation": "tanh"}], "precision": precision}
    settings = suited(optimizer)
    batch = settings.get("training.batch_size", 7)
    session = session_of(optimizer=settings["optimizer"], network=network, training={"batch_size": batch})
    assert session.advance(23) == 23  # within an epoch
    assert session.send(knob_of(optimizer)).accepted
    assert session.advance(9) == 9
    loaded = again(session, tmp_path)
    assert packed(loaded) == packed(session)
    assert same_future(session, loaded)
    assert packed(loaded) == packed(session)  # the history too, on the same grid


def test_everything_of_a_session_is_restored(tmp_path: Path) -> None:
    session = session_of(title="Fünf Monde")
    session.advance(700)
    session.send(Reinitialize("h1", 3))
    session.advance(11)
    loaded = again(session, tmp_path)
    assert loaded.start == session.start
    assert (loaded.updates, loaded.log) == (711, [(700, Reinitialize("h1", 3))])
    assert loaded.run.state.step == 711
    assert loaded.run.state.streams.epoch == session.run.state.streams.epoch
    ours, theirs = session.frame().lane, loaded.frame().lane
    assert theirs.state == ours.state
    assert theirs.history.markers == ours.history.markers
    assert theirs.history.path_steps == ours.history.path_steps
    np.testing.assert_array_equal(theirs.history.path, ours.history.path)
    np.testing.assert_array_equal(theirs.history.curves[0], ours.history.curves[0])


TEN: list[tuple[int, Command]] = [
    (10, Change("network.activation", "relu")),
    (13, Change("network.layers.h1.activation", "gelu")),
    (5, Change("optimizer.kind", "adam")),
    (40, Change("optimizer.learning_rate", 0.0037)),
    (1, Change("training.batch_size", 11)),
    (17, Change("penalty.l2", 1e-3)),
    (23, Change("data.noise", 0.21)),
    (3, Reinitialize("output", 99)),
    (8, Change("network.layers", [{"id": "h1", "units": 9, "activation": "tanh"},
                                  {"id": "h2", "units": 3, "activation": "silu"}])),
    (31, Nudge(0.05, 4)),
]  # fmt: skip


def changed_ten_times() -> Session:
    session = session_of()
    for updates, command in TEN:
        session.advance(updates)
        reply = session.send(command)
        assert reply.accepted, reply.text
    session.advance(50)
    return session


def test_ten_changes_replay_bit_for_bit_from_a_file(tmp_path: Path) -> None:
    session = changed_ten_times()
    loaded = again(session, tmp_path)
    assert len(loaded.log) == 10
    assert digest(replay(loaded, CATALOGUE).run.state.theta) == digest(session.run.state.theta)


@pytest.mark.parametrize("scaling", ["standardize", "minmax"])
def test_a_change_of_scaling_is_saved_and_replays(scaling: str, tmp_path: Path) -> None:
    session = session_of()
    session.advance(10)
    assert session.send(Change("data.scaling", scaling)).accepted
    session.advance(11)
    loaded = again(session, tmp_path)
    assert packed(loaded) == packed(session)
    assert same_future(session, loaded)
    assert digest(replay(session, CATALOGUE).run.state.theta) == digest(session.run.state.theta)
    del session.log[0]
    assert digest(replay(session, CATALOGUE).run.state.theta) != digest(session.run.state.theta)


def test_a_replay_notices_a_missing_change() -> None:
    session = changed_ten_times()
    del session.log[6]
    assert digest(replay(session, CATALOGUE).run.state.theta) != digest(session.run.state.theta)


def test_arrays_replay(tmp_path: Path) -> None:
    session = session_of(optimizer="momentum")
    session.advance(12)
    session.send(MoveTo(np.linspace(-1, 1, session.run.state.theta.size)))
    session.advance(12)
    loaded = again(session, tmp_path)
    moved = loaded.log[0][1]
    assert isinstance(moved, MoveTo)
    np.testing.assert_array_equal(moved.theta, np.linspace(-1, 1, session.run.state.theta.size))
    assert digest(replay(loaded, CATALOGUE).run.state.theta) == digest(session.run.state.theta)


@pytest.mark.parametrize(
    ("optimizer", "far", "reason"),
    [
        ("sgd", 1e30, "the update overflows"),  # the optimizer's slots have moved
        ("momentum", 1e30, "the update overflows"),
        ("momentum", 1e38, "the gradient overflows"),
        ("adam", 1e38, "the gradient overflows"),  # its update is zero, so that it is found after it
    ],
)
def test_a_session_that_diverged_and_went_on_replays(optimizer: str, far: float, reason: str, tmp_path: Path) -> None:
    # 36 training examples in batches of 6: the update that fails is the first of an epoch, with a fresh permutation
    layers = [{"id": name, "units": 4, "activation": "relu"} for name in ("h1", "h2")]
    session = session_of(optimizer=optimizer, network={"layers": layers}, loss="half_mse", training={"batch_size": 6})
    session.advance(6)
    size = session.run.state.theta.size
    session.send(Change("optimizer.learning_rate", 1e6))
    session.send(MoveTo(np.full(size, far)))
    assert session.advance(100) == (optimizer == "adam")
    assert session.run.state.status.reason.startswith(reason)
    assert session.advance(10) == 0
    assert packed(again(session, tmp_path)) == packed(session)
    session.send(Change("data.amount", 50))  # draws another permutation
    session.send(Change("optimizer.learning_rate", 0.01))
    session.send(Reinitialize("network", 5))
    assert session.advance(20) == 20
    replayed = replay(again(session, tmp_path), CATALOGUE)
    assert digest(replayed.run.state.theta) == digest(session.run.state.theta)
    assert replayed.run.state.step == session.run.state.step == 26 + (optimizer == "adam")


def test_what_is_looked_at_does_not_matter() -> None:
    session, looked_at = session_of(), session_of()
    for _ in range(5):
        looked_at.run.look()
        looked_at.frame()
        looked_at.advance(3)
    session.advance(15)
    assert digest(session.run.state.theta) == digest(looked_at.run.state.theta)


def test_more_than_a_file_may_hold_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    session = session_of()
    with monkeypatch.context() as patch:
        patch.setattr(archive, "FILE_BYTES", 4000)
        with pytest.raises(Complaint, match="The session is larger than a file may be, 0 MiB; remove runs that were"):
            packed(session)
    session.send(Nudge(0.1, 1))
    monkeypatch.setattr(archive, "HEADER_BYTES", 4000)
    with pytest.raises(Complaint, match=r"has too many changes \(1\) for one file; restart the run"):
        packed(session)


def test_a_file_that_needs_too_much_memory_is_refused(sound: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object) -> None:
        raise MemoryError

    monkeypatch.setattr("gdexplorer.lab.stored_lanes.Run.fresh_slots", refuse)
    assert "'sound.gdx' needs more memory than there is" in refused(sound)


# ---- files that are not to be believed ---------------------------------------------------------------------------


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


def test_a_counter_that_would_divide_by_zero_is_refused(sound: Path) -> None:
    numbers = record_of(sound)["runs"][0]["lanes"][0]["numbers"][0]
    assert "damaged" in refused(tampered(sound, {"lane.numbers": [numbers | {"product2": 1 / 0.999}]}))


@pytest.mark.parametrize(
    "text",
    ["", "[]", "{}", "[" * 5000, '{"version": NaN}', '{"version": 1e999}', '{"version": 1, "version": 1}',
     '{"version": "\\ud800"}', '{"a": "' + "x" * 70_000 + '"}', "[" * 40 + "]" * 40, "[" + "[]," * 400_000 + "[]]",
     "[" + "1," * 1_000_001 + "1]"],
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
