"""How θ moves: every optimizer a record of pure functions over one flat parameter vector."""

from typing import Any

from gdexplorer.optim.adam import ADAM, ADAMW, NADAM
from gdexplorer.optim.adaptive import ADADELTA, ADAGRAD, RMSPROP
from gdexplorer.optim.sgd import MOMENTUM, NESTEROV, SGD
from gdexplorer.optim.slots import Rule, Slots

__all__ = ["RULES", "Rule", "Slots"]

RULES: tuple[Rule[Any], ...] = (SGD, MOMENTUM, NESTEROV, ADAGRAD, ADADELTA, RMSPROP, ADAM, ADAMW, NADAM)
