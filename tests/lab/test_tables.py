import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from safetensors import safe_open
from safetensors.numpy import load_file, save_file

from gdexplorer.data import OWN, Table
from gdexplorer.lab import archive, experiments, tables
from gdexplorer.lab.archive import digest, load, packed, save
from gdexplorer.lab.catalogue import standard
from gdexplorer.lab.changes import changed
from gdexplorer.lab.commands import Change, decode, encode
from gdexplorer.lab.complaints import Complaint
from gdexplorer.lab.experiment import validated
from gdexplorer.lab.replay import replay
from gdexplorer.lab.session import Session
from gdexplorer.lab.sources import source_of
from tests.builders import experiment

CATALOGUE = standard()
RNG = np.random.default_rng(3)


def table(task: str = "binary", n: int = 40, d: int = 2, scale: float = 1.0, title: str = "own.csv") -> Table:
    x = scale * RNG.normal(size=(n, d))
    labels = {"regression": (), "binary": ("ja", "nein"), "classes": ("a", "b", "ü")}[task]
    y = RNG.normal(size=n) if task == "regression" else np.arange(n) % len(labels)
    return Table(title, x, y, [f"input {k}" for k in range(d)], "what", task, labels)  # type: ignore[arg-type]


EVERY = [table(task, d=d) for task in ("regression", "binary", "classes") for d in (1, 2, 5)]
every_table = pytest.mark.parametrize("own", EVERY, ids=lambda t: f"{t.task}-{len(t.inputs)}")
FITTING = {"regression": "half_mse", "binary": "binary_cross_entropy", "classes": "softmax_cross_entropy"}


# ---- as a setting ------------------------------------------------------------------------------------------------


@every_table
def test_a_table_brings_its_size_and_a_loss_that_can_learn_it(own: Table) -> None:
    after, said = changed(experiment(), "data.table", own, CATALOGUE)
    assert (after.data.kind, after.data.table, after.data.amount, after.data.noise) == (OWN, own, 40, 0)
    assert after.loss.kind == FITTING[own.task]  # type: ignore[attr-defined]
    assert said.startswith("data → own.csv")
    assert ("loss → " in said) == (own.task != "binary")
    assert validated(after.model_dump(), CATALOGUE) == after
    session = Session(after, CATALOGUE)
    assert session.advance(20) == 20
    assert session.run.objective.full().size + session.run.objective.full("test").size == 40


def test_inputs_far_from_zero_are_scaled_and_that_is_said() -> None:
    own = table(scale=100)
    after, said = changed(experiment(), "data.table", own, CATALOGUE)
    assert (after.data.scaling, said) == ("standardize", "data → own.csv, scaling → standardize")
    near, said = changed(experiment(), "data.table", table(), CATALOGUE)
    assert (near.data.scaling, said) == ("none", "data → own.csv")
    chosen, _ = changed(experiment({"data.scaling": "minmax"}), "data.table", own, CATALOGUE)
    assert chosen.data.scaling == "minmax"


def test_a_point_more_keeps_what_was_set() -> None:
    points = Table.of_points(RNG.uniform(-1, 1, (9, 2)), np.arange(9) % 2)
    of, _ = changed(experiment(), "data.table", points, CATALOGUE)
    for path, value in (("data.features", ("x2", "y2")), ("data.train_share", 0.5), ("data.scaling", "minmax")):
        of, _ = changed(of, path, value, CATALOGUE)
    more, _ = changed(of, "data.table", points.with_point((0.5, 0.5), 1), CATALOGUE)
    assert more.data.amount == 10
    assert (more.data.features, more.data.train_share, more.data.scaling) == (("x2", "y2"), 0.5, "minmax")


def test_another_data_set_keeps_the_table_for_later() -> None:
    own, _ = changed(experiment(), "data.table", EVERY[1], CATALOGUE)
    moons, _ = changed(own, "data.kind", "moons", CATALOGUE)
    assert (moons.data.kind, moons.data.table) == ("moons", EVERY[1])
    assert source_of(moons.data, CATALOGUE) is CATALOGUE.sources["moons"]
    back, said = changed(moons, "data.kind", OWN, CATALOGUE)
    assert (back.data.kind, back.data.amount, said) == (OWN, 40, "data → own.csv")
    removed, _ = changed(moons, "data.table", None, CATALOGUE)
    assert removed.data == moons.data.model_copy(update={"table": None})


@pytest.mark.parametrize(
    ("path", "value", "sentence"),
    [
        ("data.kind", OWN, "data: there are no own data yet; read a file (--data FILE) or draw points first."),
        ("data.table", "abc", "data.table: own data cannot be named, only read from their file; use --data FILE, or"
         " open a session."),
        ("data.table", {"x": 1}, "data.table: own data cannot be named"),
        ("data.table", Table.of_points(np.zeros((3, 2)), np.zeros(3)),
         "'drawn points' has 3 examples; training and test need at least 4 together: add some."),
        ("data", {"kind": OWN, "table": EVERY[0]}, "Own data are a setting of their own; change data.table."),
    ],
)  # fmt: skip
def test_what_cannot_be_is_refused_in_one_sentence(path: str, value: Any, sentence: str) -> None:
    with pytest.raises(Complaint) as caught:
        changed(experiment(), path, value, CATALOGUE)
    assert str(caught.value).startswith(sentence)


def test_limits_of_own_data_are_said() -> None:
    own, _ = changed(experiment(), "data.table", EVERY[1], CATALOGUE)
    session = Session(own, CATALOGUE)
    for path, value, words in (
        ("data.amount", 41, "has 40 examples, not 41"),
        ("data.noise", 0.1, "noise"),
        ("data.table", None, "no own data"),
    ):
        reply = session.send(Change(path, value))
        assert not reply.accepted
        assert words in reply.text
    assert session.send(Change("data.amount", 20)).accepted


def test_an_experiment_file_holds_no_table(tmp_path: Path) -> None:
    own, _ = changed(experiment(), "data.table", EVERY[0], CATALOGUE)
    with pytest.raises(Complaint, match="does not fit into a TOML file; save the session instead"):
        experiments.dump(own)
    assert "table" not in experiments.dump(experiment())
    (tmp_path / "own.toml").write_text(f'[data]\nkind = "own"\ntable = "{EVERY[0].digest}"\n')
    with pytest.raises(Complaint, match=r"^data\.table in own\.toml: own data cannot be named"):
        experiments.load(str(tmp_path / "own.toml"), CATALOGUE)


# ---- in a session's log and file ---------------------------------------------------------------------------------


@every_table
def test_a_table_survives_the_codec_of_commands(own: Table) -> None:
    kept: dict[str, Table] = {}
    values = json.loads(json.dumps(encode(Change("data.table", own), {}, kept)))
    assert values["value"] == {"table": own.digest}
    assert decode(values, {}, kept) == Change("data.table", own)


def drawn() -> Session:
    """A session on a regression table, then on points that are drawn, then on moons."""
    begun, _ = changed(experiment(), "data.table", table("regression", d=3), CATALOGUE)
    session = Session(begun, CATALOGUE)
    points = Table.of_points(RNG.uniform(-1, 1, (12, 2)), np.arange(12) % 2, domain=((-1, 1), (-3, 3.5)))
    for k in range(4):
        session.advance(10)
        assert session.send(Change("data.table", points)).accepted
        points = points.with_point((k / 4, 0.1), k % 2)
    session.advance(10)
    return session


def test_a_session_with_tables_is_restored_and_replays_bit_for_bit(tmp_path: Path) -> None:
    session = drawn()
    save(session, tmp_path / "s.gdx")
    loaded = load(tmp_path / "s.gdx", CATALOGUE)
    assert (loaded.start, loaded.log) == (session.start, session.log)
    assert loaded.run.state.experiment == session.run.state.experiment
    assert packed(loaded) == packed(session)
    assert digest(replay(loaded, CATALOGUE).run.state.theta) == digest(session.run.state.theta)
    session.advance(30)
    loaded.advance(30)
    assert digest(loaded.run.state.theta) == digest(session.run.state.theta)
    assert session.send(Change("data.kind", "moons")).accepted
    save(session, tmp_path / "s.gdx")
    assert load(tmp_path / "s.gdx", CATALOGUE).run.state.experiment.data.table == session.log[-2][1].value  # type: ignore[union-attr]


def test_equal_tables_are_kept_once(tmp_path: Path) -> None:
    session = drawn()
    save(session, tmp_path / "s.gdx")
    names = {name for name in load_file(tmp_path / "s.gdx") if name.startswith("table.")}
    own = {session.start.data.table, *(command.value for _, command in session.log)}  # type: ignore[union-attr]
    assert names == {f"table.{one.digest}.{part}" for one in own if one for part in "xy"}
    assert len(names) == 10


def test_a_session_without_a_table_has_none(tmp_path: Path) -> None:
    save(Session(experiment(), CATALOGUE), tmp_path / "s.gdx")
    with safe_open(tmp_path / "s.gdx", "np") as file:
        assert json.loads(file.metadata()[archive.KEY])["tables"] == []


def test_more_than_a_file_may_hold_is_refused(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    session = drawn()
    save(session, tmp_path / "s.gdx")
    monkeypatch.setattr(tables, "MOST_TOGETHER", 250)
    with pytest.raises(Complaint, match="more own data than a file may hold, 250 numbers; begin a new session"):
        packed(session)
    with pytest.raises(Complaint, match="The tables have more than 250 numbers; the file is damaged"):
        load(tmp_path / "s.gdx", CATALOGUE)


def tampered(path: Path, which: str, value: Any, json_of: dict[str, Any] | None = None) -> str:
    """Change an array of the start's table, or its description, and say what loading says."""
    with safe_open(path, "np") as file:
        record = json.loads(file.metadata()[archive.KEY])
    arrays = load_file(path)
    start = next(own for own in record["tables"] if own["digest"] == record["experiments"][0]["data"]["table"])
    name = f"table.{start['digest']}.{which}"
    if value is not None:
        arrays[name] = value
    elif json_of is None:
        del arrays[name]
    start |= json_of or {}
    save_file(arrays, path, {archive.KEY: json.dumps(record)})
    with pytest.raises(Complaint) as caught:
        load(path, CATALOGUE)
    assert str(caught.value).isprintable()
    assert str(caught.value).endswith(".")
    return str(caught.value)


@pytest.mark.parametrize(
    ("which", "value", "description", "words"),
    [
        ("x", None, None, "is missing; the file is damaged"),
        ("y", None, None, "is missing; the file is damaged"),
        ("x", np.zeros((40, 3)), None, "is not the one that was saved"),
        ("y", np.zeros(40), None, "is not the one that was saved"),
        ("x", np.zeros((39, 3)), None, "a row of inputs for each target"),
        ("x", np.zeros((40, 2)), None, "a row of inputs for each target"),
        ("y", np.zeros(39), None, "a row of inputs for each target"),
        ("x", np.zeros((40, 3), np.float32), None, "does not fit"),
        ("x", np.zeros((40, 3), np.int64), None, "does not fit"),
        ("x", np.zeros(120), None, "does not fit"),
        ("y", np.zeros((40, 1)), None, "does not fit"),
        ("x", np.zeros((100_001, 3)), None, "does not fit"),
        ("x", np.zeros((40, 256)), None, "does not fit"),
        ("x", np.full((40, 3), np.nan), None, "must be finite"),
        ("y", np.full(40, np.inf), None, "must be finite"),
        ("x", None, {"title": "other"}, "is not the one that was saved"),
        ("x", None, {"title": 5}, "title in a table"),
        ("x", None, {"title": "x" * 101}, "title in a table must have at most 100 characters"),
        ("x", None, {"inputs": ["a", "b", "c"]}, "is not the one that was saved"),
        ("x", None, {"inputs": ["a"] * 3}, "must differ"),
        ("x", None, {"inputs": ["a"] * 300}, "inputs in a table"),
        ("x", None, {"task": "binary"}, "does not fit the task"),
        ("x", None, {"task": "guess"}, "task in a table"),
        ("x", None, {"labels": ["a", "b"]}, "does not fit the task"),
        ("x", None, {"domain": [[0, 1]]}, "domain"),
        ("x", None, {"digest": "0" * 64}, "is missing; the file is damaged"),
        ("x", None, {"digest": "../x"}, "digest in a table"),
        ("x", None, {"surprise": 1}, "is not a setting"),
    ],
)
def test_a_damaged_table_is_refused(
    which: str, value: Any, description: dict[str, Any] | None, words: str, tmp_path: Path
) -> None:
    save(drawn(), tmp_path / "s.gdx")
    assert words in tampered(tmp_path / "s.gdx", which, value, description)


def test_a_damaged_table_of_the_log_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "s.gdx"
    save(session := drawn(), path)
    first = session.log[0][1].value  # type: ignore[union-attr]
    with safe_open(path, "np") as file:
        metadata = file.metadata()
    save_file(load_file(path) | {f"table.{first.digest}.y": np.ones(12)}, path, metadata)
    with pytest.raises(Complaint, match="The table 'drawn points' is not the one that was saved"):
        load(path, CATALOGUE)
