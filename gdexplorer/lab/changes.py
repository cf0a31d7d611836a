"""What a `Change` does to an experiment: the new settings, and a label for the marker on the time axis."""

from collections.abc import Mapping
from typing import Any

import numpy as np
from pydantic import BaseModel

from gdexplorer.data import OWN, Source, Table
from gdexplorer.fields import describe
from gdexplorer.lab.catalogue import Catalogue
from gdexplorer.lab.complaints import Complaint, unknown
from gdexplorer.lab.experiment import Experiment, validated
from gdexplorer.lab.groups import DataSettings
from gdexplorer.lab.layers import NORMS, bearing, normalization, normalized
from gdexplorer.lab.problems import AUTOENCODER, NETWORK, Problem
from gdexplorer.lab.sources import source_of
from gdexplorer.optim import DESCENTS

_TABLES = {
    "problem": "problems",
    "optimizer": "optimizers",
    "loss": "losses",
    "initializer": "initializers",
    "output": "activations",
    "schedule": "schedules",
}
_DATA = ("data.kind", "data.table")
FAR = 10.0  # inputs of one's own beyond it are scaled
_FITTING_LOSS = {"regression": "half_mse", "binary": "binary_cross_entropy", "classes": "softmax_cross_entropy"}


def changed(experiment: Experiment, path: str, value: Any, catalogue: Catalogue) -> tuple[Experiment, str]:
    """Return the experiment with one setting changed, and what to call the change.

    Changing a kind (optimizer, loss, initializer) brings that kind's default knobs; a data set, or a table of one's
    own, brings its size and noise, and a loss that can learn it. The label names every such consequence.

    Raises
    ------
    Complaint
        If there is no such setting or the value is out of its bounds.
    """
    values = experiment.model_dump()
    parts = path.split(".")
    if parts[:2] == ["network", "activation"]:
        id, before, after = _change_activations(values["network"]["layers"], parts[2:], value)
        parts = ["activation", "activation"] if len(parts) == 2 else ["network", "layers", id, *parts[1:]]
    elif path == "network.normalization":
        if value not in (*NORMS, "none"):
            raise Complaint(unknown("normalization", value, (*NORMS, "none")))
        before, after = normalization(experiment.network.layers), value
        values["network"]["layers"] = list(normalized(values["network"]["layers"], value))
    else:
        group, leaf = _descend(values, parts)
        before = group[leaf]
        if leaf == "kind" and parts[-2] in _TABLES:
            parent, name = _descend(values, parts[:-1])
            parent[name] = {"kind": value}
        else:
            group[leaf] = _kind(value) if leaf == "activation" else value
        if path == "problem.kind":
            _suit(values, catalogue.record("problems", value))
        if path in _DATA:
            scaled = _bring(values["data"], experiment.data, path, catalogue)
        elif path == "data" and (value.get("table") if isinstance(value, Mapping) else getattr(value, "table", None)):
            raise Complaint("Own data are a setting of their own; change data.table.")
        after = _kind(value) if leaf == "activation" else value
    result = validated(values, catalogue)  # before the label: it looks names up
    if parts[-1] in ("layers", "rivals"):
        after = result.network.layers if parts[-1] == "layers" else result.rivals
    elif parts == ["problem", "discriminator"]:
        after = getattr(result.problem, "discriminator")  # noqa: B009 - this problem has it
    if path in _DATA:
        label = f"data → {source_of(result.data, catalogue).label}" + (", scaling → standardize" if scaled else "")
    else:
        label = _label(experiment, parts, before, after, catalogue)
    return _fitted(result, label, catalogue) if path in (*_DATA, "loss.kind", "problem.kind") else (result, label)


def _bring(data: dict[str, Any], before: DataSettings, path: str, catalogue: Catalogue) -> bool:
    """Give a data set its size, noise, features and the scaling that it needs; return whether that changed.

    A table takes over the settings of one of the same inputs, so that points can be added to it.
    """
    table: Table | None = data["table"] if isinstance(data["table"], Table) else None
    if table is None and (path == "data.table" or data["kind"] == OWN):
        return False  # removed, or refused by validation
    if path == "data.table":
        data["kind"] = OWN
    source: Source = source_of(before.model_copy(update={"kind": data["kind"], "table": table}), catalogue)
    data["amount"] = source.amount
    if before.kind == data["kind"] == OWN and before.table is not None and before.table.inputs == source.inputs:
        return False
    data |= {"noise": source.noise, "features": ("x", "y")}
    if table is None or data["kind"] != OWN or data["scaling"] != "none" or np.abs(table.x).max() <= FAR:
        return False
    data["scaling"] = "standardize"
    return True


def _change_activations(layers: list[dict[str, Any]], knob: list[str], value: Any) -> tuple[str, Any, Any]:
    """Change the activation of all hidden layers, or one knob of it; return the first's id, what was and what is."""
    layers = bearing(layers)
    if not layers:
        raise Complaint("There is no hidden layer whose activation could change; add one first.")
    before = layers[0]["activation"]
    if not knob:
        for layer in layers:
            layer["activation"] = _kind(value)
        return layers[0]["id"], before, _kind(value)
    having = [layer for layer in layers if knob[0] in layer["activation"]]
    if len(knob) > 1 or not having:
        raise Complaint(unknown("knob", ".".join(knob), [name for name in before if name != "kind"] or ["kind"]))
    before = having[0]["activation"][knob[0]]
    for layer in having:
        layer["activation"][knob[0]] = value
    return having[0]["id"], before, value


def _suit(values: dict[str, Any], problem: Problem) -> None:
    """Give plain descent the learning rate that suits a function; a network's would leave its picture at once."""
    for owner in (values, *values["rivals"]):
        if problem.learning_rate is not None and owner["optimizer"]["kind"] in DESCENTS:
            owner["optimizer"]["learning_rate"] = problem.learning_rate


def _kind(value: Any) -> Any:
    return {"kind": value} if isinstance(value, str) else dict(value) if isinstance(value, BaseModel) else value


def _descend(values: dict[str, Any], parts: list[str]) -> tuple[dict[str, Any], str]:
    """Return the group that holds the last part of a path; hidden layers are found by their id."""
    group: Any = values
    for part in parts[:-1]:
        if isinstance(group, tuple | list):
            group = {part["id"]: part for part in group if isinstance(part, Mapping) and "id" in part}
        if not isinstance(group, Mapping) or part not in group:
            raise Complaint(unknown("setting", ".".join(parts), _paths(values)))
        group = group[part]
    if not isinstance(group, dict) or parts[-1] not in group:
        raise Complaint(unknown("setting", ".".join(parts), _paths(values)))
    return group, parts[-1]


def _paths(values: Mapping[str, Any], prefix: str = "") -> list[str]:
    found = []
    for name, value in values.items():
        found += _paths(value, f"{prefix}{name}.") if isinstance(value, Mapping) else [prefix + name]
    return found


def _label(experiment: Experiment, parts: list[str], before: Any, after: Any, catalogue: Catalogue) -> str:
    if parts[-1] == "normalization":
        return f"normalization → {'none' if after == 'none' else catalogue.record('layers', after).label}"
    if parts[-1] == "kind":
        return f"{parts[-2]} → {catalogue.record(_TABLES.get(parts[-2], 'layers'), after).label}"
    if parts[-1] == "activation":
        return " ".join([*parts[-2:-1], "→", catalogue.record("activations", after["kind"]).label])
    if parts == ["problem", "discriminator"]:
        return "discriminator " + ("-".join(layer.short for layer in after) or "without hidden layer")
    if parts[-1] == "layers":
        return "layers " + "-".join(layer.short for layer in after) if after else "no hidden layer"
    if parts == ["rivals"]:
        return f"race of {len(after) + 1}" if after else "no race"
    group: Any = experiment
    for part in parts[:-1]:
        group = next(x for x in group if x.id == part) if isinstance(group, tuple) else getattr(group, part)
    name = _names(type(group)).get(parts[-1], parts[-1])
    if isinstance(after, bool):
        return f"{name} {'on' if after else 'off'}"
    if isinstance(after, int | float) and isinstance(before, int | float):
        return f"{name} {before:.3g} → {after:.3g}"
    if isinstance(after, tuple | list) and all(isinstance(part, str) for part in after):
        after = ", ".join(after)
    return f"{name} changed" if isinstance(after, Mapping | BaseModel | tuple | list) else f"{name} → {after}"


def _names(model: type[BaseModel]) -> dict[str, str]:
    return {d.name: d.symbol or d.label for d in describe(model)}


def _fitted(experiment: Experiment, label: str, catalogue: Catalogue) -> tuple[Experiment, str]:
    """Make the loss and the output activation fit the data's task, and say so in the label."""
    source, values = source_of(experiment.data, catalogue), experiment.model_dump()
    problem = values["problem"]["kind"]
    if problem not in (NETWORK, AUTOENCODER):
        return experiment, label
    task = "regression" if problem == AUTOENCODER else source.task
    loss = catalogue.record("losses", values["loss"]["kind"])
    if task not in loss.tasks or (task != source.task and loss.logits):
        loss = catalogue.record("losses", _FITTING_LOSS[task])
        values["loss"] = {"kind": loss.name}
        label += f", loss → {loss.label}"
    output = values["network"]["output"]["kind"]
    if output != "linear" and (loss.logits or (task == "regression" and problem == NETWORK)):
        values["network"]["output"] = {"kind": "linear"}
        label += ", output → linear"
    return validated(values, catalogue), label


def as_value(text: str) -> Any:
    """Read the value of ``--set path=value``: a TOML value, or else the text itself."""
    import tomllib

    try:
        return tomllib.loads(f"value = {text}")["value"]
    except tomllib.TOMLDecodeError:
        return text
