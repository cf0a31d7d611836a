"""A network's layers as lines of a PyTorch script: ``nn.Sequential`` with a comment for each layer's name."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from math import prod

from gdexplorer.lab.complaints import Complaint
from gdexplorer.nn.layers.convolution import Convolution
from gdexplorer.nn.layers.dense import Dense
from gdexplorer.nn.layers.dropout import Dropout
from gdexplorer.nn.layers.gru import Gru
from gdexplorer.nn.layers.layer import Layer, Shape
from gdexplorer.nn.layers.normalization import BatchNorm, LayerNorm
from gdexplorer.nn.layers.pooling import MaxPooling, Pooling
from gdexplorer.nn.layers.reshape import Reshape, Upsampling
from gdexplorer.nn.layers.rnn import Rnn
from gdexplorer.nn.network import Network

FUNCTIONS: Mapping[str, str] = {
    "linear": "nn.Identity()", "tanh": "nn.Tanh()", "relu": "nn.ReLU()", "sigmoid": "nn.Sigmoid()",
    "leaky_relu": "nn.LeakyReLU({slope})", "elu": "nn.ELU({alpha})", "gelu": "nn.GELU()", "silu": "nn.SiLU()",
    "softplus": "nn.Softplus(threshold=40)",  # of PyTorch's usual 20 the ninth digit differs
}  # fmt: skip

RECURRENT = '''
class Recurrent(nn.Module):
    """Takes a sequence step by step: h' = f(W x + b + V h), from h = 0; gives the last h, or all of them."""

    def __init__(self, inputs, units, f, last):
        super().__init__()
        self.weight_ih_l0 = nn.Parameter(torch.empty(units, inputs))
        self.weight_hh_l0 = nn.Parameter(torch.empty(units, units))
        self.bias_ih_l0 = nn.Parameter(torch.empty(units))
        self.f, self.last = f, last

    def forward(self, x):  # (batch, steps, inputs)
        h, states = x.new_zeros(len(x), len(self.bias_ih_l0)), []
        for step in x.unbind(1):
            h = self.f(F.linear(step, self.weight_ih_l0, self.bias_ih_l0) + F.linear(h, self.weight_hh_l0))
            states.append(h)
        return h if self.last else torch.stack(states, 1)
'''
GRU = '''
class Gru(nn.GRU):
    """PyTorch's own, which gives the last hidden state, or all of them."""

    def __init__(self, inputs, units, last):
        super().__init__(inputs, units, batch_first=True)
        self.last = last

    def forward(self, x):  # (batch, steps, inputs)
        states, _ = super().forward(x)
        return states[:, -1] if self.last else states
'''
DROPOUT = '''
class Dropout(nn.Module):
    """Drops what the run dropped: the masks are given, not drawn."""

    def __init__(self, rate):
        super().__init__()
        self.rate, self.kept = rate, None

    def forward(self, x):
        return x * self.kept.reshape(x.shape) / (1 - self.rate)
'''


@dataclass(frozen=True, slots=True)
class Modules:
    """The lines of ``nn.Sequential``, the classes that they need, and the index of each of our layers among them."""

    lines: tuple[str, ...]
    classes: tuple[str, ...]
    index: Mapping[str, int]


def modules(network: Network) -> Modules:
    """Return a network as lines of Python.

    Raises
    ------
    Complaint
        If PyTorch has no such layer.
    """
    lines, classes, index = list[str](), set[str](), dict[str, int]()
    for layer, inputs in zip(network.layers, network.shapes, strict=False):
        made = list(_layer(layer, inputs))
        index[layer.id] = len(lines) + len(made) - 1
        classes |= {text for text in (RECURRENT, GRU, DROPOUT) if made[-1].startswith(_name(text))}
        lines += [f"{line}," for line in made[:-1]] + [f"{made[-1]},  # {layer.id}"]
        if layer.activation.name != "linear":
            lines.append(f"{_function(layer.activation.name, layer.knobs)},")
    return Modules(tuple(lines), tuple(text for text in (RECURRENT, GRU, DROPOUT) if text in classes), index)


def _name(text: str) -> str:
    return text.split("(")[0].split()[-1] + "("


def _function(name: str, knobs: object) -> str:
    if name not in FUNCTIONS:
        raise Complaint(f"PyTorch has no activation '{name}' of its own; choose another activation.")
    return FUNCTIONS[name].format(**dict(knobs))  # type: ignore[call-overload]


def _layer(layer: Layer, inputs: Shape) -> Iterator[str]:
    """Yield what a layer is, the last line being the layer itself."""
    match layer:
        case Dense(units=units):
            if len(inputs) > 1:
                yield "nn.Flatten()"
            yield f"nn.Linear({prod(inputs)}, {units})"
        case Convolution(filters=filters, size=size, stride=stride, padding=padding):
            yield f"nn.Conv2d({inputs[0]}, {filters}, {size}, stride={stride}, padding={padding})"
        case Pooling(size=size, stride=stride, padding=padding):
            kind = "MaxPool2d" if isinstance(layer, MaxPooling) else "AvgPool2d"
            yield f"nn.{kind}({size}, stride={stride}, padding={padding})"
        case BatchNorm():
            yield f"nn.BatchNorm{'2d' if len(inputs) == 3 else '1d'}({inputs[0]}, momentum={layer.momentum})"
        case LayerNorm():
            yield f"nn.LayerNorm({inputs[1:] if len(inputs) == 2 else inputs})"
        case Reshape(shape=shape):
            if len(inputs) > 1:
                yield "nn.Flatten()"
            yield f"nn.Unflatten(1, {shape})"
        case Upsampling(factor=factor):
            yield f'nn.Upsample(scale_factor={factor}, mode="nearest")'
        case Dropout(rate=rate):
            yield f"Dropout({rate})" if rate else "nn.Identity()"
        case Rnn(units=units, returns=returns):
            f = _function(layer.inner.name, layer.inner_knobs)
            yield f"Recurrent({inputs[1]}, {units}, {f}, last={returns == 'last'})"
        case Gru(units=units, returns=returns):
            yield f"Gru({inputs[1]}, {units}, last={returns == 'last'})"
        case _:
            raise Complaint(f"There is no PyTorch layer for '{layer.id}'; take it out of the network.")
