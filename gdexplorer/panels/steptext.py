"""A step in words and numbers: what a unit computes, the loss, the chain rule of one parameter, its update."""

from collections.abc import Callable
from functools import partial

import numpy as np

from gdexplorer.lab.arithmetic import arithmetic
from gdexplorer.lab.experiment import Experiment
from gdexplorer.nn.layers.convolution import Convolution
from gdexplorer.nn.layers.dense import Dense
from gdexplorer.nn.losses import LOSSES
from gdexplorer.panels.facts import Fact
from gdexplorer.panels.ticks import number
from gdexplorer.probes.chain import Chain, chain, incoming, parameter
from gdexplorer.probes.stepwise import Phase, Stage

DIGITS, EXACT = 4, 6  # significant digits, as usual and on request
TERMS = 3  # of a sum that are written out
FORMULAS = {loss.name: loss.formula for loss in LOSSES}
ERRORS = {"half_mse": "o − t", "mse": "2 (o − t)", "binary_cross_entropy": "σ(o) − t",
          "softmax_cross_entropy": "softmax(o) − t"}  # fmt: skip
GUIDE = ("Press Forward: a batch goes through the network, and every unit keeps what it computed.",
         "Press Loss: outputs are compared with targets.",
         "Press Backward: the error goes back through the same edges.",
         "Press Update: only now the parameters move.", "")  # fmt: skip

Write = Callable[[float], str]


def unit_name(stage: Stage, column: int, unit: int) -> str:
    """Return what a unit is called; column 0 are the inputs."""
    if column == 0:
        return stage.inputs[unit] if len(stage.inputs) > unit and len(stage.inputs) <= 4 else f"x[{unit + 1}]"
    return f"{stage.layers[column - 1].layer.id}[{unit + 1}]"


def title(stage: Stage, index: int) -> str:
    """Return what a parameter is called, and what it joins."""
    where = parameter(stage, index)
    layer = stage.layers[where.layer].layer
    if isinstance(layer, Convolution) and not where.bias:
        channel, pixel = divmod(where.column, layer.size**2)
        row, column = divmod(pixel, layer.size)
        return f"{layer.id}, filter {where.row + 1}, channel {channel + 1}, row {row + 1}, column {column + 1}"
    if not isinstance(layer, Dense):
        return stage.layout.name(index)
    target = unit_name(stage, where.layer + 1, where.row)
    return f"bias of {target}" if where.bias else f"weight {unit_name(stage, where.layer, where.column)} → {target}"


def written(stage: Stage, index: int, example: int, digits: int, experiment: Experiment) -> list[Fact]:
    """Return the lines for a parameter, as far as the step has come, each with the color of its role."""
    write, phase = partial(number, digits=digits), stage.phase
    bias = parameter(stage, index).bias
    lines: list[Fact] = [(title(stage, index), "title")]
    if phase is not Phase.LOSS:
        lines.append((f"{'b' if bias else 'w'} = {write(float(stage.theta[index]))}", "text"))
    if phase is Phase.FORWARD:
        lines += _forward(stage, index, example, write)
    elif phase is Phase.LOSS:
        lines = _loss(stage, example, write)
    elif phase is Phase.BACKWARD:
        lines += _backward(stage, index, example, write)
    elif phase is Phase.UPDATE:
        lines += _update(stage, index, write, experiment)
    if GUIDE[phase]:
        lines.append((GUIDE[phase], "muted"))
    return lines


def _forward(stage: Stage, index: int, example: int, write: Write) -> list[Fact]:
    where = parameter(stage, index)
    own = stage.layers[where.layer]
    if not isinstance(own.layer, Dense) or own.z is None or own.a is None:
        return []
    *weights, bias = stage.layout.block(stage.theta, own.layer.id)[where.row]
    x = incoming(stage, where.layer)[:, example]
    order = range(len(x)) if len(x) <= TERMS else np.argsort(-np.abs(np.array(weights) * x), kind="stable")[:TERMS]
    terms = [f"{_signed(weights[k], write)} · {_signed(x[k], write)}" for k in order]
    more = ["…"] * (len(x) > TERMS)
    z, a = float(own.z[where.row, example]), float(own.a[where.row, example])
    unit = unit_name(stage, where.layer + 1, where.row)
    return [
        (f"z of {unit} = Σ w x + b", "text"),
        ("= " + " + ".join([*terms, *more, _signed(float(bias), write)]), "text"),
        (f"= {write(z)}", "accent"),
        (f"a = f(z), {own.layer.activation.label}", "text"),
        (f"= {write(a)}", "accent"),
    ]


def _loss(stage: Stage, example: int, write: Write) -> list[Fact]:
    batch, loss, outputs = stage.batch, stage.loss, stage.layers[-1].a
    assert batch is not None
    assert loss is not None
    assert outputs is not None
    alone = batch.size == len(outputs) == 1 and loss.name in ("half_mse", "mse")
    lines: list[Fact] = [] if alone else [(f"L = {FORMULAS.get(loss.name, loss.name)}{_mean(batch.size)}", "text")]
    for k in range(min(len(outputs), TERMS)):
        o, t = float(outputs[k, example]), float(batch.y[k, example])
        which = f"[{k + 1}]" if len(outputs) > 1 else ""
        lines.append((f"output o{which} = {write(o)}, target t{which} = {write(t)}", "text"))
    if len(outputs) > TERMS:
        lines.append((f"… {len(outputs)} outputs", "muted"))
    if alone:
        half = "½ " if loss.name == "half_mse" else ""
        lines.append((f"L = {half}(o − t)²", "text"))
        o, t = float(outputs[0, 0]), float(batch.y[0, 0])
        lines.append((f"= {half}({write(o)} − {_signed(t, write)})²", "text"))
    lines.append((f"L = {write(loss.data)}", "accent"))
    if loss.penalty:
        lines.append((f"penalty {write(loss.penalty)}, in all {write(loss.total)}", "text"))
    return lines


def _backward(stage: Stage, index: int, example: int, write: Write) -> list[Fact]:
    found = chain(stage, index)
    return [*_product(stage, found, example, write), *_delta(stage, found, example, write)]


def _product(stage: Stage, found: Chain, example: int, write: Write) -> list[Fact]:
    """Write the sum over the batch, and over places or steps."""
    assert stage.batch is not None
    size, symbol = stage.batch.size, "∂L/∂b" if found.where.bias else "∂L/∂w"
    if found.terms is None:
        return [(f"{symbol} = {write(found.total)}", "accent"),
                ("Here it is no sum over examples: they are normalized together.", "muted")]  # fmt: skip
    lines: list[Fact] = []
    if found.delta is None or found.a is None:
        lines.append((f"{symbol} = 1/B Σ over examples, B = {size}", "text"))
        lines += [(f"example {b + 1}: {write(float(found.terms[0, b]))}", "text") for b in range(min(size, TERMS))]
    elif found.places:
        count, own = len(found.delta), found.terms[:, example]
        over = f"Σ over {count} {found.places}s"
        lines.append((f"{symbol} = {over}, δ · {'1' if found.where.bias else 'x'}" + _mean(size), "text"))
        for k in np.sort(np.argsort(-np.abs(own), kind="stable")[:TERMS]):
            factors = f"{_signed(found.delta[k, example], write)} · {_signed(found.a[k, example], write)}"
            lines.append((f"{_place(stage, found, int(k))}: {factors} = {write(float(own[k]))}", "text"))
        if count > TERMS:
            lines.append((f"… {count} terms, the largest written out", "muted"))
        lines.append((f"sum of this example = {write(float(own.sum()))}", "text"))
    else:
        lines.append((f"{symbol} = δ" + ("" if found.where.bias else " · a") + _mean(size), "text"))
        for b in range(min(size, TERMS)):
            factors = _signed(found.delta[0, b], write)
            factors += "" if found.where.bias else f" · {_signed(found.a[0, b], write)}"
            head = "= " if size == 1 else f"example {b + 1}: "
            lines.append((f"{head}{factors}" + ("" if size == 1 else f" = {write(float(found.terms[0, b]))}"), "text"))
    if not found.places and size > TERMS:
        lines.append((f"… {size} terms", "muted"))
    if found.penalty:
        mean = float(found.terms.sum() / size)
        lines.append((f"data {write(mean)}, penalty {write(found.penalty)}", "text"))
    return [*lines, (f"{symbol} = {write(found.total)}", "accent")]


def _place(stage: Stage, found: Chain, k: int) -> str:
    if found.places == "step":
        return f"step {k + 1}"
    row, column = divmod(k, stage.layers[found.where.layer].outputs[-1])
    return f"row {row + 1}, column {column + 1}"


def _delta(stage: Stage, found: Chain, example: int, write: Write) -> list[Fact]:
    """Write where δ of one example comes from."""
    layer, row, batch, loss = found.where.layer, found.where.row, stage.batch, stage.loss
    own = stage.layers[layer]
    assert batch is not None
    assert loss is not None
    if not isinstance(own.layer, Dense) or own.slope is None or own.delta is None:
        return []
    which = f" of example {example + 1}" if batch.size > 1 else ""
    slope = "1, left out" if stage.omitted else write(float(own.slope[row, example]))
    if layer == len(stage.layers) - 1:
        lines, behind = _error(stage, row, example, write)
        symbol = "∂L/∂o"
    else:
        if not isinstance(stage.layers[layer + 1].layer, Dense):
            return [(f"δ{which} = {write(batch.size * float(own.delta[row, example]))}, brought back by "
                     f"{stage.layers[layer + 1].layer.id}", "text")]  # fmt: skip
        lines, behind = _from_next(stage, layer, row, example, write)
        symbol = "Σ w δ"
    delta = batch.size * float(own.delta[row, example])
    factors = f"{slope} · {_signed(behind, write)} = {write(delta)}"
    return [(f"δ{which} = f′(z) · {symbol}", "text"), (f"= {factors}", "text"), *lines]


def _error(stage: Stage, row: int, example: int, write: Write) -> tuple[list[Fact], float]:
    batch, loss, outputs = stage.batch, stage.loss, stage.layers[-1].a
    assert batch is not None
    assert loss is not None
    assert outputs is not None
    behind = batch.size * float(loss.by_outputs[row, example])
    o, t = float(outputs[row, example]), float(batch.y[row, example])
    formula = ERRORS.get(loss.name, "")
    if formula and loss.name.endswith("mse") and len(outputs) > 1:
        formula = f"{formula} / {len(outputs)}"
    numbers = f" = {write(o)} − {_signed(t, write)}" if formula == "o − t" else ""
    text = f"∂L/∂o{' = ' if formula else ''}{formula}{numbers} = {write(behind)}"
    return [(text, "text")], behind


def _from_next(stage: Stage, layer: int, row: int, example: int, write: Write) -> tuple[list[Fact], float]:
    """Write Σ w δ over the units of the next layer."""
    following = stage.layers[layer + 1]
    assert following.delta is not None
    assert stage.batch is not None
    weights = stage.layout.view(stage.theta, following.layer.id, "weight")[:, row]
    deltas = stage.batch.size * following.delta[:, example]
    shares = weights * deltas
    order = np.sort(np.argsort(-np.abs(shares), kind="stable")[:TERMS])
    terms = [f"{_signed(weights[k], write)} · {_signed(deltas[k], write)}" for k in order]
    more = [f"… {len(shares)} terms"] * (len(shares) > TERMS)
    behind = float(shares.sum())
    return [(f"Σ w δ of {following.layer.id} = {' + '.join([*terms, *more])} = {write(behind)}", "text")], behind


def _update(stage: Stage, index: int, write: Write, experiment: Experiment) -> list[Fact]:
    assert stage.loss is not None
    assert stage.update is not None
    lines: list[Fact] = []
    for quantity in arithmetic(stage, index, experiment):
        formula = f" = {quantity.formula}" if quantity.formula else ""
        role = "accent" if quantity.symbol == "θ after" else "text"
        lines.append((f"{quantity.symbol}{formula} = {write(quantity.value)}", role))
    fall = stage.loss.total - stage.update.loss
    said = "on this batch" if stage.batch is not None and stage.batch.size > 1 else "of this example"
    lines.append((f"L {said}: {write(stage.loss.total)} → {write(stage.update.loss)}", "title"))
    lines.append((f"predicted fall −g · Δθ = {write(stage.first_order)}, actual {write(fall)}", "text"))
    return lines


def _mean(size: int) -> str:
    return f", mean of B = {size}" if size > 1 else ""


def _signed(value: float, write: Write) -> str:
    """Return a factor, in parentheses where it is negative."""
    text = write(float(value))
    return f"({text})" if text.startswith("−") else text
