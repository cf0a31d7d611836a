"""The objective as a run descends it: with L1 in the form that is wanted, and with the bug of the backward pass."""

from dataclasses import fields, replace
from typing import Any

from gdexplorer.lab import build
from gdexplorer.lab.catalogue import Catalogue
from gdexplorer.lab.complaints import Complaint
from gdexplorer.lab.experiment import Experiment
from gdexplorer.nn.network import Network
from gdexplorer.objectives.objective import Objective
from gdexplorer.objectives.supervised import SupervisedObjective
from gdexplorer.optim import Search


def objective(experiment: Experiment, catalogue: Catalogue) -> Objective:
    """Build the loss that an experiment describes; see `build.objective`.

    Raises
    ------
    Complaint
        Also if L1 is proximal and the optimizer a search.
    """
    built: Any = build.objective(experiment, catalogue)
    if isinstance(built, SupervisedObjective) and built.penalty.l1 and experiment.penalty.l1_form == "proximal":
        rule = catalogue.record("optimizers", build.kind(experiment.optimizer))
        if isinstance(rule, Search):
            raise Complaint(f"{rule.label} chooses its steps by the loss and takes no proximal step after them; set "
                            "the L1 form to subgradient, or choose another optimizer.")  # fmt: skip
        built = replace(built, penalty=replace(built.penalty, proximal=True))
    if experiment.bugs.has("omitted_slope"):
        parts = {field.name: getattr(built, field.name) for field in fields(built)}
        networks = {name: part for name, part in parts.items() if isinstance(part, Network)}
        built = replace(built, **{name: replace(network, omit_slope=True) for name, network in networks.items()})
    result: Objective = built
    return result
