"""What one takes away of a run as files for other programs: weights, a surface with its paths."""

import io
import json
from collections.abc import Sequence

import numpy as np
from safetensors.numpy import save as serialized

from gdexplorer.arrays import Array
from gdexplorer.lab.experiment import Experiment
from gdexplorer.lab.history import History
from gdexplorer.lab.named import named
from gdexplorer.lab.run import Run
from gdexplorer.probes.landscape import LandscapeReport


def weights(run: Run) -> bytes:
    """Return the weights and running statistics of now as a safetensors file, as PyTorch names and shapes them."""
    state = run.state
    facts = {"format": "pt", "title": state.experiment.title, "update": str(state.step),
             "seed": str(state.experiment.seed)}  # fmt: skip
    return serialized(named(run.objective, state.theta, state.buffers), facts)


def surface(report: LandscapeReport, histories: Sequence[History], experiment: Experiment) -> bytes:
    """Return a surface as an .npz file that needs no pickle.

    It has ``origin`` (P,) and ``directions`` (2, P) of the plane, ``x`` (n,), ``y`` (m,) and ``losses`` (m, n) with
    penalty; for each lane k ``path_k`` (T, P), the points passed, ``path_steps_k``, ``projected_k`` (T + 1, 2), their
    coordinates in the plane and those of now, ``steps_k`` and ``off_plane_k`` (T + 1,), their distances from it; and
    ``facts``, JSON text.
    """
    relief, plane = report.surface, report.surface.plane
    arrays: dict[str, Array | np.ndarray] = {
        "origin": plane.origin, "directions": plane.directions, "x": relief.xs, "y": relief.ys,
        "losses": relief.losses, "theta": report.theta,
    }  # fmt: skip
    for k, (track, history) in enumerate(zip(report.tracks, histories, strict=True)):
        arrays |= {
            f"path_{k}": np.stack(history.path), f"path_steps_{k}": np.array(history.path_steps),
            f"projected_{k}": track.path, f"steps_{k}": track.steps, f"off_plane_{k}": track.off_plane,
        }  # fmt: skip
    facts = {
        "title": experiment.title, "seed": experiment.seed, "plane": plane.kind, "axes": plane.axes,
        "explained": plane.explained, "random_walk": plane.baseline, "parameters": report.parameters,
        "update": report.step, "surface_update": report.surface_step, "loss": report.point_loss,
        "plane_loss": report.plane_loss, "lanes": [track.name for track in report.tracks],
        "experiment": experiment.model_dump(mode="json"),
    }  # fmt: skip
    arrays["facts"] = np.array(json.dumps(_finite(facts), ensure_ascii=False, allow_nan=False))
    file = io.BytesIO()
    np.savez_compressed(file, allow_pickle=False, **arrays)
    return file.getvalue()


def _finite(facts: dict[str, object]) -> dict[str, object]:
    """Return facts with None for what JSON has no number for."""
    missing = {name for name, value in facts.items() if isinstance(value, float) and not np.isfinite(value)}
    return {name: None if name in missing else value for name, value in facts.items()}
