"""What hypothesis sends to an experiment: every kind of command, every path of the schema, sound values and odd."""

from collections.abc import Iterator
from typing import Any, Literal, get_args, get_origin

import numpy as np
from hypothesis import strategies as st

from gdexplorer.data import FEATURES, Table
from gdexplorer.fields import Settings
from gdexplorer.lab.commands import (
    NETWORK,
    Begin,
    Change,
    Command,
    KeepBest,
    MoveTo,
    Nudge,
    Reinitialize,
    Restart,
    SetParameter,
    Solve,
    UpdateOn,
)
from gdexplorer.lab.experiment import Experiment
from gdexplorer.lab.session import Session
from tests.builders import CATALOGUE

Drawn = st.SearchStrategy[Any]

# Within a setting's bounds, but slow beyond these.
MOST = {
    "amount": 60, "units": 9, "filters": 3, "batch_size": 80, "accumulate": 4, "factor": 3, "channels": 3, "height": 8,
    "width": 8, "generator_steps": 4, "discriminator_steps": 4, "memory": 20,
}  # fmt: skip
TABLES = {
    "problem": "problems", "data": "sources", "optimizer": "optimizers", "loss": "losses", "output": "activations",
    "initializer": "initializers", "schedule": "schedules", "activation": "activations",
}  # fmt: skip
LARGE = {"fashion", "scenes"}  # data sets of images that take a second to make

ODD = st.sampled_from([
    None, True, False, 0, -1, 1, 3, 2**70, -(2**70), 0.5, 1e-320, 1e308, -1e308, float("nan"), float("inf"), "", "sgd",
    "nonsense", "12", "\ud800", "a\nb", [], [1], {}, {"kind": "adam"}, {"kind": 3}, {"id": "h1"}, [{}], [None],
    np.float64(0.25), np.int64(5), ["x", "y"],
])  # fmt: skip
FORMULAS = ("x*y", "(x^2+y-11)^2 + (x+y^2-7)^2", "sin(x)+abs(y)", "log(x)", "1/x", "x", "x +", "import os", "9**9**9")


def table(rows: int = 12, inputs: int = 2, task: str = "binary", title: str = "own") -> Table:
    """Examples of one's own."""
    rng = np.random.default_rng(rows)
    labels = {"regression": (), "binary": ("a", "b"), "classes": ("a", "b", "c")}[task]
    y = rng.normal(size=rows) if not labels else np.arange(rows) % len(labels)
    names = [f"v{k}" for k in range(inputs)]
    return Table(title, rng.normal(size=(rows, inputs)), y, names, "t", task, labels)  # type: ignore[arg-type]


TABLES_OF_ONES_OWN = st.builds(table, st.integers(6, 20), st.integers(1, 3),
                               st.sampled_from(["regression", "binary", "classes"]))  # fmt: skip


def paths(group: Settings, prefix: str = "") -> Iterator[tuple[str, str, Any, Any]]:
    """Yield (path, name of the group, field, value) of every setting and group; layers and rivals go by their id."""
    for name, field in type(group).model_fields.items():
        value, path = getattr(group, name), prefix + name
        yield path, prefix.rstrip(".").rpartition(".")[2], field, value
        if isinstance(value, Settings):
            yield from paths(value, path + ".")
        elif isinstance(value, tuple):
            for part in value:
                if isinstance(part, Settings) and hasattr(part, "id"):
                    yield from paths(part, f"{path}.{part.id}.")


def knobs(model: type[Settings]) -> Drawn:
    """Values for some of a group's settings, each within its bounds."""
    fields = {name: sound(name, "", field) for name, field in model.model_fields.items() if name not in ("kind", "id")}
    return st.fixed_dictionaries({}, optional=fields)


def a_kind(name: str) -> Drawn:
    """A record of a table, with some of its knobs."""
    records: dict[str, Any] = getattr(CATALOGUE, TABLES[name])
    return st.sampled_from(sorted(set(records) - LARGE)).flatmap(
        lambda kind: knobs(records[kind].Knobs).map(lambda values: {"kind": kind, **values})
    )


def a_layer() -> Drawn:
    """A hidden layer of any kind."""
    return st.sampled_from(sorted(CATALOGUE.layers)).flatmap(
        lambda kind: st.builds(
            lambda id, values, activation: {"kind": kind, "id": id, **activation, **values},
            st.sampled_from(["h1", "h2", "h3", "c1", "g1", "output"]),
            knobs(CATALOGUE.layers[kind].Knobs),
            st.fixed_dictionaries({"activation": a_kind("activation")} if kind == "dense" else {}),
        )
    )


RIVAL = st.fixed_dictionaries(
    {"id": st.sampled_from(["a", "b", "c"]), "optimizer": a_kind("optimizer")},
    optional={"initializer": a_kind("initializer"), "batch_size": st.integers(1, 40)},
)
START = st.fixed_dictionaries({
    "id": st.sampled_from(["h1", "output", "none"]),
    "rows": st.lists(st.lists(st.floats(-2, 2), min_size=3, max_size=3), min_size=1, max_size=5),
})  # fmt: skip


def sound(name: str, group: str, field: Any) -> Drawn:
    """A value of a setting within its bounds, whether or not it fits the others."""
    annotation = field.annotation
    special: dict[str, Drawn] = {
        "layers": st.lists(a_layer(), max_size=3),
        "discriminator": st.lists(a_layer(), max_size=2),
        "rivals": st.lists(RIVAL, max_size=2),
        "start": st.lists(START, max_size=2),
        "features": st.lists(st.sampled_from([feature.name for feature in FEATURES]), min_size=1, max_size=4),
        "offers": st.lists(st.sampled_from(["seed=3", "new weights", "nonsense"]), max_size=2),
        "table": st.none() | TABLES_OF_ONES_OWN,
        "text": st.sampled_from(FORMULAS),
    }
    if name in special:
        return special[name]
    if name in TABLES and name != "data":
        return a_kind(name)
    if name == "kind" and group in TABLES:
        return st.sampled_from(sorted(set(getattr(CATALOGUE, TABLES[group])) - LARGE))
    if get_origin(annotation) is Literal:
        return st.sampled_from(get_args(annotation))
    if annotation is bool:
        return st.booleans()
    low, high = _bounds(field)
    if int in (annotation, *get_args(annotation)):
        return st.integers(int(low), int(min(high, MOST.get(name, high))))
    if annotation is float:
        return st.floats(low, high) | st.floats(max(low, -2.0), min(high, 2.0)).map(lambda x: round(x, 6))
    return st.text(max_size=12)


def _bounds(field: Any) -> tuple[float, float]:
    names = ("gt", "ge", "lt", "le")
    given = {name: getattr(part, name) for part in field.metadata for name in names if hasattr(part, name)}
    low, high = given.get("ge", given.get("gt", -1e6)), given.get("le", given.get("lt", 1e6))
    return low, high


def beyond(field: Any) -> Drawn:
    """The numbers just out of a setting's bounds."""
    low, high = _bounds(field)
    return st.sampled_from([low - 1, high + 1, np.nextafter(low, -np.inf), np.nextafter(high, np.inf)])


@st.composite
def changes(draw: st.DrawFn, experiment: Experiment) -> Change:
    """A change of one setting or group of this experiment, or of what it does not have."""
    listed = list(paths(experiment))
    if draw(st.integers(0, 9)) == 0:
        known = draw(st.sampled_from([path for path, *_ in listed]))
        path = draw(st.sampled_from(["", ".", "nonsense", f"{known}.more", f"more.{known}", known[:-1], known.upper()]))
        return Change(path, draw(ODD))
    if draw(st.integers(0, 9)) == 0:
        return Change(*draw(st.one_of(
            st.tuples(st.just("network.activation"), a_kind("activation") | st.sampled_from(["relu", "nonsense"])),
            st.tuples(st.just("network.activation.slope"), st.floats(0, 1)),
            st.tuples(st.just("network.normalization"), st.sampled_from(["none", "batch_norm", "layer_norm", "x"])),
            st.tuples(st.just("data.table"), TABLES_OF_ONES_OWN),
        )))  # fmt: skip
    path, group, field, value = draw(st.sampled_from(listed))
    choices = [ODD, beyond(field), st.just(value)]
    if not isinstance(value, Settings) or path.rpartition(".")[2] in TABLES:
        choices += [sound(path.rpartition(".")[2], group, field)] * 6
    else:
        choices += [st.just(value.model_dump())]
    return Change(path, draw(draw(st.sampled_from(choices))))


SEEDS = st.integers(0, 2**31) | st.sampled_from([-1, 0, 2**70])
NUMBERS = st.floats(-3, 3) | st.sampled_from([float("nan"), float("inf"), 1e30, -1e200, 1e308])


@st.composite
def points(draw: st.DrawFn, size: int) -> MoveTo:
    """A move of θ near or far, or of another network's."""
    size = draw(st.sampled_from([size, size, size, size + 1, 0, 1]))
    theta = np.random.default_rng(draw(st.integers(0, 99))).normal(size=size)
    theta *= draw(st.sampled_from([0.0, 0.3, 1.0, 30.0, 1e30, float("nan"), float("inf")]))
    return MoveTo(theta.astype(draw(st.sampled_from([np.float64, np.float32]))))


@st.composite
def others(draw: st.DrawFn, session: Session) -> Command:
    """A command to a session that is no change of a setting."""
    layout, size = session.run.objective.layout, session.run.state.theta.size
    scopes = st.sampled_from([*layout.by_id, NETWORK, "nonsense"])
    return draw(st.one_of(  # type: ignore[no-any-return]
        st.builds(Reinitialize, scopes, SEEDS), st.builds(Nudge, NUMBERS, SEEDS), points(size),
        st.builds(SetParameter, st.integers(-1, size), NUMBERS), st.just(Restart()), st.just(Solve()),
        st.just(KeepBest()), st.builds(UpdateOn, st.integers(-1, 40)), st.just(Begin(session.start)),
    ))  # fmt: skip
