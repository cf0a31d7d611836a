import json

import pytest
from safetensors import safe_open
from safetensors.numpy import load_file, save_file

from gdexplorer.lab import archive
from gdexplorer.lab.archive import load, packed, save
from gdexplorer.lab.commands import Change, Nudge, Reinitialize
from gdexplorer.lab.complaints import Complaint
from gdexplorer.lab.replay import replay
from gdexplorer.probes.gradients import Gradients
from gdexplorer.probes.landscape import Landscape
from tests.builders import CATALOGUE
from tests.lab.races import FIELDS, OWN, RULES, SEARCHES, begun, consistent, digests, fields

TEN = [
    (4, Change("rivals.b.batch_size", 9)), (10, Change("network.activation", "relu")),
    (5, Change("rivals.a.optimizer.kind", "rmsprop")),
    (9, Change("rivals.a.optimizer.learning_rate", 0.003)), (3, Change("training.batch_size", 11)),
    (7, Change("penalty.l2", 1e-3)), (8, Change("data.noise", 0.21)), (3, Reinitialize("output", 99)),
    (8, Change("network.layers", [{"id": "h1", "units": 9, "activation": "tanh"}])), (11, Nudge(0.05, 4)),
]  # fmt: skip


def raced():
    session = begun({"rivals": [*RULES, *OWN]})
    for updates, command in TEN:
        session.advance(updates)
        reply = session.send(command)
        assert reply.accepted, reply.text
        assert consistent(session)
    session.advance(20)
    return session


def test_a_race_with_ten_changes_replays_bit_for_bit_in_every_lane_whoever_looked(tmp_path):
    session = raced()
    save(session, tmp_path / "s.gdx")
    again = replay(load(tmp_path / "s.gdx", CATALOGUE), CATALOGUE)
    assert digests(again) == digests(session)
    del session.log[6]
    other = replay(session, CATALOGUE)
    assert not any(one == two for one, two in zip(digests(other), digests(session), strict=True))


def test_looking_at_a_search_changes_nothing_also_after_another_batch_size():
    changes = FIELDS["full batches"] | {"show.pause_at": 130}
    looked, plain = begun(changes), begun(changes)
    for session in (looked, plain):
        for size in (24, 50, 30):
            session.advance(4)
            assert session.send(Change("training.batch_size", size)).accepted
            for run in session.runs if session is looked else ():
                run.look()
                run.total_loss()
            if session is looked:
                session.frame(frozenset([Gradients(), Landscape(arrows=True, model=True, profile=True)]))
        session.advance(4)
    assert digests(looked) == digests(plain)


@fields
@pytest.mark.parametrize("updates", [0, 13])
def test_every_lane_goes_on_from_a_file_bit_for_bit(changes, updates, tmp_path):
    session = begun(changes)
    if updates:
        session.advance(updates)
    save(session, tmp_path / "s.gdx")
    again = load(tmp_path / "s.gdx", CATALOGUE)
    assert packed(again) == packed(session)
    assert [run.rule.name for run in again.runs] == [run.rule.name for run in session.runs]
    for one in (session, again):
        one.advance(15)
    assert digests(again) == digests(session)
    assert packed(again) == packed(session)


def _edited(path, edit):
    """Write a file anew with other metadata."""
    with safe_open(path, "np") as file:
        values = json.loads(file.metadata()[archive.KEY])
    edit(values["runs"][0] | {"rivals": values["experiments"][0]["rivals"]})
    save_file(load_file(path), path, {archive.KEY: json.dumps(values)})
    return path


EDITS = {
    "one lane less": (lambda v: v["lanes"].pop(), "3 lanes for 4 optimizers"),
    "one lane more": (lambda v: v["lanes"].append(v["lanes"][0]), "5 lanes for 4 optimizers"),
    "no lane": (lambda v: v["lanes"].clear(), "lanes"),
    "nine lanes": (lambda v: v["lanes"].extend([v["lanes"][0]] * 5), "lanes"),
    "one rival less": (lambda v: v["rivals"].pop(), "4 lanes for 3 optimizers"),
    "lanes in another order": (lambda v: v["lanes"].reverse(), "damaged"),
    "a lane's numbers": (lambda v: v["lanes"][1].update(numbers=[{}]), "damaged"),
    "a lane's extra": (lambda v: v["lanes"][3].update(extra="x"), "lanes.3.extra"),
    "a ring that has no such row": (lambda v: v["lanes"][2]["numbers"][0].update(next=99), "damaged"),
}


@pytest.mark.parametrize("edit", EDITS, ids=list(EDITS))
def test_lanes_that_do_not_fit_are_refused_in_a_sentence(edit, tmp_path):
    change, words = EDITS[edit]
    session = begun({"rivals": [RULES[0], OWN[2], SEARCHES[3]]})
    session.advance(5)
    save(session, tmp_path / "s.gdx")
    assert len(load(_edited(tmp_path / "s.gdx", lambda values: None), CATALOGUE).runs) == 4
    with pytest.raises(Complaint) as found:
        load(_edited(tmp_path / "s.gdx", change), CATALOGUE)
    assert words in str(found.value)
    assert str(found.value).endswith(".")
    assert "\n" not in str(found.value)
