"""A run as a PyTorch script, the losses of which are those of the run to rounding error.

It has the same initial weights, examples, order of batches and learning rates.
"""

import base64
import io
import textwrap
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from gdexplorer.arrays import Array
from gdexplorer.fields import Settings
from gdexplorer.lab.build import kind
from gdexplorer.lab.catalogue import Catalogue
from gdexplorer.lab.complaints import Complaint
from gdexplorer.lab.modules import Modules, modules
from gdexplorer.lab.named import of_layer
from gdexplorer.lab.retrace import Leg
from gdexplorer.lab.sources import source_of
from gdexplorer.nn.layers.layer import Layer
from gdexplorer.nn.layers.rnn import Rnn
from gdexplorer.optim import Search

MOST = 10_000  # updates in a script
EMBEDDED = 300_000  # characters of arrays within a script; more stand in a file beside it
OPTIMIZERS = {
    "sgd": "SGD({p}, lr=0.0)",
    "ascent": "SGD({p}, lr=0.0, maximize=True)",
    "momentum": "SGD({p}, lr=0.0, momentum={momentum}, dampening={dampening})",
    "nesterov": "SGD({p}, lr=0.0, momentum={momentum}, nesterov=True)",
    "adam": "Adam({p}, lr=0.0, betas=({beta1}, {beta2}), eps={epsilon})",
    "adamw": "AdamW({p}, lr=0.0, betas=({beta1}, {beta2}), eps={epsilon}, weight_decay={weight_decay})",
    "nadam": "NAdam({p}, lr=0.0, betas=({beta1}, {beta2}), eps={epsilon}, momentum_decay={momentum_decay})",
    "adagrad": "Adagrad({p}, lr=0.0, eps={epsilon})",
    "adadelta": "Adadelta({p}, lr=0.0, rho={rho}, eps={epsilon})",
    "rmsprop": "RMSprop({p}, lr=0.0, alpha={alpha}, eps={epsilon}, momentum={momentum}, centered={centered})",
}
LOSSES = {
    "binary_cross_entropy": "F.binary_cross_entropy_with_logits(outputs, targets)",
    "softmax_cross_entropy": "F.cross_entropy(outputs, targets)",
    "mse": "F.mse_loss(outputs, targets)",
    "half_mse": "0.5 * F.mse_loss(outputs, targets)",
    "huber": "F.huber_loss(outputs, targets, delta={delta})",
}


@dataclass(frozen=True, slots=True)
class Script:
    """A script, and the arrays that stand beside it under its name with the suffix .npz, if they are many."""

    text: str
    arrays: bytes | None

    def files(self, path: Path) -> dict[Path, bytes]:
        """Return what to write: the script, and the arrays beside it."""
        return {path: self.text.encode()} | ({} if self.arrays is None else {path.with_suffix(".npz"): self.arrays})


def script(leg: Leg, catalogue: Catalogue) -> Script:
    """Write the script of a run.

    Raises
    ------
    Complaint
        If it has made no update, or does something that PyTorch's own parts cannot do.
    """
    _require(leg, catalogue)
    built = modules(leg.objective.network)
    file = io.BytesIO()
    np.savez_compressed(file, allow_pickle=False, **arrays(leg, built))
    content = file.getvalue()
    encoded = base64.b64encode(content).decode()
    inside = len(encoded) <= EMBEDDED
    parts = [_header(leg, catalogue, inside), _imports(leg, inside), *(f"\n{text}" for text in built.classes),
             _network(built), _train(leg, built, inside)]  # fmt: skip
    if inside:
        parts.append('\nARRAYS = """\n' + "\n".join(textwrap.wrap(encoded, 120)) + '\n"""\n')
    parts.append('\nif __name__ == "__main__":\n    train()\n')
    return Script("".join(parts), None if inside else content)


def _require(leg: Leg, catalogue: Catalogue) -> None:
    """Refuse what a script cannot do, in a sentence."""
    experiment, step = leg.state.experiment, leg.state.step
    rule, training, knobs = kind(experiment.optimizer), experiment.training, experiment.optimizer
    where = f" since '{leg.after}' at update {step:,}" if leg.after else ""
    refusal = ""
    if isinstance(catalogue.record("optimizers", rule), Search) or rule not in OPTIMIZERS:
        label = catalogue.record("optimizers", rule).label
        refusal = f"{label} goes its own ways, which no optimizer of PyTorch's does; choose a rule such as SGD or Adam"
    elif experiment.bugs.present:
        refusal = f"the run is wrong on purpose ({', '.join(experiment.bugs.present)}); take that out"
    elif training.accumulate > 1:
        refusal = "an update adds up several mini-batches; set 'accumulate' to 1"
    elif getattr(knobs, "dampening", 0) and not getattr(knobs, "momentum", 0):
        refusal = "PyTorch's SGD ignores dampening where there is no momentum; set the dampening to 0"
    elif not leg.order:
        refusal = f"there is no update{where}; let the run go on for a while"
    elif not leg.fresh:
        refusal = (f"after '{leg.after}' at update {step:,} the optimizer goes on with what it remembers, which a "
                   "script cannot begin with; restart the run, or change only learning rate and "
                   "batch size")  # fmt: skip
    if refusal:
        raise Complaint(f"No PyTorch script: {refusal}.")


def arrays(leg: Leg, built: Modules) -> dict[str, Array]:
    """Return what a script begins with: weights by PyTorch's names, examples, and what each update was given."""
    objective, state = leg.objective, leg.state
    network, batch = objective.network, objective.full()
    found: dict[str, Any] = {}
    for layer, inputs in zip(network.layers, network.shapes, strict=False):
        for name, array in of_layer(layer, inputs, objective, state.theta, state.buffers).items():
            if not (isinstance(layer, Rnn) and name == "bias_hh_l0"):
                found[f"network.{built.index[layer.id]}.{name}"] = np.array(array, order="C")
    used = np.unique(np.concatenate(leg.order))
    targets = batch.y.argmax(axis=0) if objective.loss.name == "softmax_cross_entropy" else batch.y.T
    found |= {
        "inputs": batch.xt[used, :-1].reshape(-1, *network.shape), "targets": np.ascontiguousarray(targets[used]),
        "order": np.searchsorted(used, np.concatenate(leg.order)).astype(np.int32),
        "sizes": np.array([len(rows) for rows in leg.order], np.int32), "rates": np.array(leg.rates),
        "losses": np.array(leg.losses),
    }  # fmt: skip
    if leg.masks:
        found["kept"] = np.packbits(np.concatenate([mask.T.ravel() for mask in leg.masks]))
    return found


def _header(leg: Leg, catalogue: Catalogue, inside: bool) -> str:
    experiment, first, count = leg.state.experiment, leg.state.step, len(leg.order)
    rule = catalogue.record("optimizers", kind(experiment.optimizer)).label
    begins = f", from where '{leg.after}' was done" if leg.after else ", from its initial weights"
    seen = f"Updates {first + 1:,} to {first + count:,} of the run{begins}"
    if leg.made > count:
        seen += f"; it went on to update {first + leg.made:,}"
    source = source_of(experiment.data, catalogue).label
    shown = f"{_plain(experiment.title)}: {rule} on the data set {_plain(source)}, seed {experiment.seed}."
    where = "at the end of this file" if inside else "in the .npz file of the same name beside this one"
    told = (f"{seen}. Weights, examples, the order of the batches and the learning rate of each update stand {where}, "
            f"so each loss that is printed (of the mini-batch, penalty included) is that of gdexplorer to rounding "
            f"error. The inputs are given as the network sees them, after features and scaling.")  # fmt: skip
    return f'"""{shown}\n\n{textwrap.fill(told, 118)}\n\nNeeds PyTorch and NumPy.\n"""\n\n'


def _plain(text: str) -> str:
    """Return text that may stand in a docstring, whatever it is."""
    return " ".join(text.replace("\\", "/").replace('"', "'").split())


def _imports(leg: Leg, inside: bool) -> str:
    names = ("base64", "io") if inside else ("pathlib",)
    standard = "".join(f"import {name}\n" for name in names)
    libraries = "import numpy as np\nimport torch\nfrom torch import nn\nfrom torch.nn import functional as F\n"
    return (f"{standard}\n{libraries}\ntorch.set_default_dtype(torch.{leg.objective.dtype.name})\n")  # fmt: skip


def _network(built: Modules) -> str:
    lines = "".join(f"    {line}\n" for line in built.lines)
    return f"\nnetwork = nn.Sequential(\n{lines})\n"


def _train(leg: Leg, built: Modules, inside: bool) -> str:
    """Return the functions that load the arrays and train."""
    objective, experiment = leg.objective, leg.state.experiment
    source = "io.BytesIO(base64.b64decode(ARRAYS))" if inside else 'pathlib.Path(__file__).with_suffix(".npz")'
    training, penalized = experiment.training, _weights(leg, built, objective.penalize_biases)
    lines = _optimizer(experiment.optimizer, _weights(leg, built, False))
    if objective.penalty.l1 or objective.penalty.l2:
        lines += [f"penalized = {_list(penalized)}"]
    body = ["examples = order[start : start + size]", "start += size"]
    if leg.masks:
        lines += ['kept = np.unpackbits(arrays["kept"])', "used = 0"]
        body += _masks(leg, built)
    body += ["for group in optimizer.param_groups:", '    group["lr"] = rate']
    body += ["optimizer.zero_grad()"] if training.zero_gradient else ["# gradients are never set to 0: they add up"]
    loss = LOSSES[objective.loss.name].format(**dict(objective.loss_knobs))
    body += ["outputs, targets = network(inputs[examples]).flatten(1), all_targets[examples]", f"loss = {loss}"]
    body += [*_penalty(objective.penalty), "loss.backward()"]
    if training.clip != "none":
        kind_, argument = ("norm_", "max_norm") if training.clip == "norm" else ("value_", "clip_value")
        body += [f"nn.utils.clip_grad_{kind_}(network.parameters(), {argument}={training.clip_threshold})"]
    body += ["optimizer.step()"]
    if objective.penalty.proximal and objective.penalty.l1:
        body += ["with torch.no_grad():  # the proximal step of the L1 penalty", "    for w in penalized:",
                 f"        w.copy_(w.sign() * (w.abs() - rate * {objective.penalty.l1}).clamp(min=0))"]  # fmt: skip
    body += ["largest = max(largest, abs(loss.item() - recorded) / max(1, abs(recorded)))",
             'print(f"update {step}: loss {loss.item():.17g}, in gdexplorer {recorded:.17g}")']  # fmt: skip
    return _FUNCTIONS.format(
        source=source, before=textwrap.indent("\n".join(lines), "    "), first=leg.state.step + 1,
        body=textwrap.indent("\n".join(body), "        "),
    )  # fmt: skip


_FUNCTIONS = """

def train():
    with np.load({source}, allow_pickle=False) as file:
        arrays = dict(file)

    # begin with the weights that the run began with
    begin = {{name.removeprefix("network."): a for name, a in arrays.items() if name.startswith("network.")}}
    network.load_state_dict({{name: torch.from_numpy(a) for name, a in begin.items()}})
    inputs, all_targets = torch.from_numpy(arrays["inputs"]), torch.from_numpy(arrays["targets"])

    # the examples of all updates one behind the other; for each update how many, its learning rate, and its loss
    order = torch.from_numpy(arrays["order"]).long()
    sizes, rates, losses = (arrays[name].tolist() for name in ("sizes", "rates", "losses"))
{before}

    start, largest = 0, 0.0
    for step, (size, rate, recorded) in enumerate(zip(sizes, rates, losses, strict=True), {first}):
{body}
    print(f"largest difference {{largest:.3g}}")

"""


def _masks(leg: Leg, built: Modules) -> list[str]:
    """Return the lines that hand each dropout layer its masks."""
    network = leg.objective.network
    total, at, lines = sum(count for count, _ in network.masks), 0, list[str]()
    lines += [f"masks = torch.from_numpy(kept[used : used + size * {total}].reshape(size, {total}))",
              f"used += size * {total}"]  # fmt: skip
    for layer, (count, _) in zip(network.layers, network.masks, strict=True):
        if count:
            lines.append(f"network[{built.index[layer.id]}].kept = masks[:, {at}:{at + count}]")
            at += count
    return lines


def _optimizer(knobs: Settings, weights: list[str]) -> list[str]:
    """Return the lines that make the optimizer; the learning rate is set before each update."""
    name, lines, given = kind(knobs), list[str](), "network.parameters()"
    if name == "adamw":
        lines = [f"decayed = {_list(weights)}  # weights, no biases",
                 "others = [p for p in network.parameters() if not any(p is w for w in decayed)]"]  # fmt: skip
        lines += ['groups = [{"params": decayed}, {"params": others, "weight_decay": 0.0}]']
        given = "groups"
    return [*lines, f"optimizer = torch.optim.{OPTIMIZERS[name].format(p=given, **dict(knobs))}"]


def _list(names: Sequence[str]) -> str:
    return f"[{', '.join(names)}]"


def _weights(leg: Leg, built: Modules, biases: bool) -> list[str]:
    """Return what penalties act on, as Python."""
    found = list[str]()
    network = leg.objective.network
    for layer, inputs in zip(network.layers, network.shapes, strict=False):
        found += [f"network[{built.index[layer.id]}].{name}" for name in _penalized(leg, layer, inputs, biases)]
    return found


def _penalized(leg: Leg, layer: Layer, inputs: tuple[int, ...], biases: bool) -> list[str]:
    names = [name for name in of_layer(layer, inputs, leg.objective, leg.state.theta, leg.state.buffers)
             if not name.startswith("running") and not (isinstance(layer, Rnn) and name == "bias_hh_l0")]  # fmt: skip
    if biases:
        return names
    norm = bool(layer.blocks(inputs)) and layer.blocks(inputs)[0].content == "norm"
    return [] if norm else [name for name in names if name.startswith("weight")]


def _penalty(penalty: Any) -> list[str]:
    lines = list[str]()
    if penalty.l1:
        value = "sum(w.abs().sum() for w in penalized)"
        lines += [f"loss = loss + {penalty.l1} * {value}" + (".detach()" if penalty.proximal else "")]
    if penalty.l2:
        lines += [f"loss = loss + 0.5 * {penalty.l2} * sum((w * w).sum() for w in penalized)"]
    return lines
