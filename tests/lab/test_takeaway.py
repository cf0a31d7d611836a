"""Files for other programs, read back by these programs' own means."""

import io
import json

import numpy as np
from safetensors.numpy import load

from gdexplorer.lab import takeaway
from gdexplorer.lab.named import named
from gdexplorer.lab.session import Session
from gdexplorer.probes.landscape import Landscape
from tests.builders import CATALOGUE, experiment

RIVALS = [{"id": "r1", "optimizer": {"kind": "adam"}}]


def test_weights_come_back_from_safetensors() -> None:
    session = Session(experiment(), CATALOGUE)
    session.advance(5)
    state = session.run.state
    found = load(takeaway.weights(session.run))
    expected = named(session.run.objective, state.theta, state.buffers)
    assert found.keys() == expected.keys()
    assert all(np.array_equal(found[name], expected[name]) for name in found)


def test_a_surface_has_its_plane_and_its_paths() -> None:
    session = Session(experiment({"rivals": RIVALS}), CATALOGUE)
    session.advance(30)
    request = Landscape("random")
    report = session.frame(frozenset({request})).lane.views[request]
    histories = [run.recorder.view() for run in session.runs]
    content = takeaway.surface(report, histories, session.run.state.experiment)
    with np.load(io.BytesIO(content), allow_pickle=False) as file:
        found = dict(file)
    facts = json.loads(str(found["facts"]))
    assert facts["update"] == 30
    assert facts["plane"] == report.surface.plane.kind
    assert facts["experiment"]["seed"] == 7
    assert len(facts["lanes"]) == 2
    origin, directions = found["origin"], found["directions"]
    for k in range(2):
        points = np.vstack([found[f"path_{k}"].astype(float), session.runs[k].state.theta])
        offsets = points - origin
        projected, *_ = np.linalg.lstsq(directions.T, offsets.T, rcond=None)  # an independent projection
        off = np.linalg.norm(offsets - projected.T @ directions, axis=1)
        assert np.allclose(found[f"projected_{k}"], projected.T, atol=1e-9)
        assert np.allclose(found[f"off_plane_{k}"], off, atol=1e-9)
        assert found[f"steps_{k}"].tolist() == [*found[f"path_steps_{k}"], 30]
    objective, (i, j) = session.run.objective, (3, 8)
    theta = origin + found["x"][j] * directions[0] + found["y"][i] * directions[1]
    loss = objective.program(objective.full()).score(theta, np.zeros(0), objective.full()).loss
    assert np.isclose(found["losses"][i, j], loss, rtol=1e-5)  # surfaces are in float32
