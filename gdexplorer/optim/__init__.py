"""How θ moves: every optimizer a record of pure functions over one flat parameter vector."""

from typing import Any

from gdexplorer.optim.adam import ADAM, ADAMW, NADAM
from gdexplorer.optim.adaptive import ADADELTA, ADAGRAD, RMSPROP
from gdexplorer.optim.conjugate_gradient import CONJUGATE_GRADIENT
from gdexplorer.optim.lbfgs import LBFGS
from gdexplorer.optim.newton import NEWTON
from gdexplorer.optim.random_search import RANDOM_SEARCH
from gdexplorer.optim.search import Landscape, Search
from gdexplorer.optim.sgd import ASCENT, MOMENTUM, NESTEROV, SGD
from gdexplorer.optim.slots import Rule, Slots

__all__ = ["DESCENTS", "RULES", "SEARCHES", "Landscape", "Rule", "Search", "Slots"]

RULES: tuple[Rule[Any], ...] = (SGD, MOMENTUM, NESTEROV, ADAGRAD, ADADELTA, RMSPROP, ADAM, ADAMW, NADAM, ASCENT)

SEARCHES: tuple[Search[Any], ...] = (CONJUGATE_GRADIENT, LBFGS, NEWTON, RANDOM_SEARCH)

# whose step is η times a sum of gradients, so that what suits one of them suits the others
DESCENTS = tuple(rule.name for rule in (SGD, MOMENTUM, NESTEROV, ASCENT))
