"""From settings to an objective, and from one network's θ to another's."""

from functools import lru_cache
from typing import Any

import numpy as np

from gdexplorer.arrays import Array, zeros
from gdexplorer.data import Data, Source, load
from gdexplorer.lab.catalogue import Catalogue
from gdexplorer.lab.complaints import Complaint
from gdexplorer.lab.experiment import Experiment
from gdexplorer.lab.problems import PointKnobs, Problem
from gdexplorer.nn.network import Dense, Network
from gdexplorer.nn.penalties import Penalty
from gdexplorer.objectives.objective import Objective
from gdexplorer.objectives.supervised import SupervisedObjective
from gdexplorer.optim import Search

MOST_PARAMETERS = 5_000_000
OUTPUT = "output"


@lru_cache(maxsize=8)
def _load(source: Source, amount: int, noise: float, train_share: float, seed: int) -> Data:
    return load(source, amount, noise, train_share, seed)


def objective(experiment: Experiment, catalogue: Catalogue) -> Objective:
    """Build the loss that an experiment describes, for an optimizer that can descend it.

    Raises
    ------
    Complaint
        If loss, output activation and data do not fit each other, the network is too large, or the optimizer cannot
        descend it.
    """
    problem: Problem = catalogue.record("problems", kind(experiment.problem))
    built = _supervised(experiment, catalogue) if problem.make is None else problem.make(experiment.problem)
    rule = catalogue.record("optimizers", kind(experiment.optimizer))
    if isinstance(rule, Search):
        _require(rule, built)
    return built


def _require(search: Search[Any], built: Objective) -> None:
    """Refuse what a search cannot descend."""
    if search.deterministic and not built.deterministic:
        remedy = ("set the batch size to all training examples" if "examples" in built.can else
                  "set the gradient noise to 0")  # fmt: skip
        raise Complaint(f"{search.label} searches along lines, which needs the same loss at every update, not a "
                        f"mini-batch's or a noisy one; {remedy}, or choose another optimizer.")  # fmt: skip
    if search.most_parameters is not None and built.layout.size > search.most_parameters:
        raise Complaint(f"{search.label} needs the whole Hessian, which is for at most {search.most_parameters:,} "
                        f"parameters, not {built.layout.size:,}; choose another optimizer.")  # fmt: skip


def _supervised(experiment: Experiment, catalogue: Catalogue) -> SupervisedObjective:
    source: Source = catalogue.record("sources", experiment.data.kind)
    loss = catalogue.record("losses", kind(experiment.loss))
    if source.task not in loss.tasks:
        raise Complaint(f"The loss '{loss.name}' cannot learn the data set '{source.name}', a {source.task} task; "
                        "choose another loss.")  # fmt: skip
    if loss.logits and kind(experiment.network.output) != "linear":
        raise Complaint(f"The loss '{loss.name}' takes logits, so the output activation must be linear; set "
                        "network.output to \"linear\".")  # fmt: skip
    features = experiment.data.features if len(source.inputs) == 2 else ()
    network = Network(
        len(features or source.inputs),
        (
            *(
                Dense(layer.id, layer.units, catalogue.record("activations", kind(layer.activation)), layer.activation)
                for layer in experiment.network.layers
            ),
            Dense(OUTPUT, loss.outputs(source.task, source.classes),
                  catalogue.record("activations", kind(experiment.network.output)), experiment.network.output),
        ),
    )  # fmt: skip
    if network.layout.size > MOST_PARAMETERS:
        raise Complaint(f"The network would have {network.layout.size:,} parameters, more than {MOST_PARAMETERS:,}; "
                        "make its layers smaller.")  # fmt: skip
    data = experiment.data
    try:
        examples = _load(source, data.amount, data.noise, data.train_share, experiment.seed)
    except ValueError as error:
        raise Complaint(str(error)) from error
    return SupervisedObjective(
        network,
        examples,
        features,
        loss,
        experiment.loss,
        Penalty(experiment.penalty.l1, experiment.penalty.l2),
        experiment.penalty.biases,
        experiment.training.batch_size,
        np.dtype(experiment.network.precision),
        data.scaling,
    )


def kind(settings: object) -> str:
    """Return the name of the record that a group of settings belongs to."""
    return str(getattr(settings, "kind"))  # noqa: B009 - every Knobs declares its kind, the base does not


def fill(theta: Array, target: Objective, experiment: Experiment, catalogue: Catalogue,
         layers: frozenset[str], seed: int) -> None:  # fmt: skip
    """Draw the weights of these layers into θ, each from a generator of its own seed and id; a point has its start."""
    if not isinstance(target, SupervisedObjective):
        point = experiment.problem
        assert isinstance(point, PointKnobs)
        theta[:] = point.x, point.y
        return
    initializer = catalogue.record("initializers", kind(experiment.network.initializer))
    for layer in target.network.layers:
        if layer.id in layers:
            rng = np.random.Generator(np.random.PCG64(np.random.SeedSequence([seed, *layer.id.encode()])))
            block = target.layout.block(theta, layer.id)
            gain = layer.activation.gain(layer.knobs)
            weights, biases = initializer.draw(
                rng, block.shape[0], block.shape[1] - 1, gain, experiment.network.initializer
            )
            block[:, :-1], block[:, -1] = weights, biases


def initial(target: Objective, experiment: Experiment, catalogue: Catalogue) -> Array:
    """Return the θ that an experiment starts from: (P,)."""
    theta = zeros(target.layout.size, target.dtype)
    fill(theta, target, experiment, catalogue, frozenset(target.layout.by_id), experiment.seed)
    return theta


def same_parameters(old: Objective, new: Objective) -> bool:
    """Whether θ of one objective means the same in the other."""
    if isinstance(old, SupervisedObjective) != isinstance(new, SupervisedObjective):
        return False
    shapes = [(x.layout, x.dtype, getattr(x, "features", ())) for x in (old, new)]
    return shapes[0] == shapes[1]


def same_measure(old: Objective, new: Objective) -> bool:
    """Whether curves of the data loss may go on from one objective to the other, be its network as it may."""
    if isinstance(old, SupervisedObjective) and isinstance(new, SupervisedObjective):
        same_data = new.data is old.data and new.scaling == old.scaling
        return same_data and new.loss == old.loss and new.loss_knobs == old.loss_knobs
    return new.same_loss(old)


def transplant(old: Objective, theta: Array, new: Objective, fresh: Array) -> Array:
    """Return the new network's θ: every block that still fits kept, by layer id, the overlap of resized ones too.

    Columns of the first layer are matched by the name of the input they weigh.
    """
    result = fresh.copy()
    if not isinstance(old, SupervisedObjective) or not isinstance(new, SupervisedObjective):
        return result
    for index, layer in enumerate(new.network.layers):
        if layer.id not in old.layout.by_id:
            continue
        source, target = old.layout.block(theta, layer.id), new.layout.block(result, layer.id)
        rows = min(source.shape[0], target.shape[0])
        if index == 0 and old.network.layers[0].id == layer.id:
            pairs = [(old_names.index(name), k) for old_names in [_inputs(old)] for k, name in enumerate(_inputs(new))
                     if name in old_names]  # fmt: skip
        else:
            pairs = [(k, k) for k in range(min(source.shape[1], target.shape[1]) - 1)]
        with np.errstate(over="ignore"):  # of float64 weights that float32 cannot hold
            for there, here in pairs:
                target[:rows, here] = source[:rows, there]
            target[:rows, -1] = source[:rows, -1]
    return result


def _inputs(target: SupervisedObjective) -> tuple[str, ...]:
    return target.features or target.data.inputs
