"""What the README says of the program, beside the program."""

import re
from pathlib import Path

from gdexplorer.cli.main import app
from gdexplorer.lab import experiments
from gdexplorer.lab.catalogue import standard
from gdexplorer.objectives.jets import FUNCTIONS

README = (Path(__file__).parents[2] / "README.md").read_text("utf-8")
CATALOGUE = standard()
NUMBERS = {6: "six", 9: "nine", 10: "ten", 13: "thirteen", 16: "sixteen", 24: "twenty-four", 25: "twenty-five",
           26: "twenty-six", 27: "twenty-seven", 28: "twenty-eight"}  # fmt: skip


def rows(header: str) -> list[list[str]]:
    """Return the cells of the table that begins with a header."""
    table = README.split(header + "\n")[1].split("\n\n")[0]
    return [[cell.strip() for cell in line.strip("|").split(" | ")] for line in table.splitlines()[1:]]


def test_the_table_of_experiments_is_that_of_the_files() -> None:
    shown = [
        [f"`{name}`", found.title, found.commentary]
        for name, found in ((name, experiments.load(name, CATALOGUE)) for name in experiments.names())
    ]
    assert rows("| name | title | what to look for |") == shown


def test_every_command_is_in_the_table() -> None:
    named = {re.match(r"`gdexplorer(?: ([a-z]+))?", command)[1] for command, _ in rows("| command | does |")}  # type: ignore[index]
    groups = {group.name for group in app.registered_groups}
    assert named == {None, *groups, *(command.name for command in app.registered_commands)}


def count(pattern: str) -> int:
    found = re.search(pattern, " ".join(README.split()))
    assert found is not None, pattern
    return next((number for number, word in NUMBERS.items() if word == found[1].lower()), 0) or int(found[1])


def test_what_is_counted_is_there() -> None:
    kinds = CATALOGUE.problems
    lilipads = sum(name.startswith("lilipads") for name in kinds)
    assert count(r"on one of (\S+) data sets") == len(CATALOGUE.sources)
    assert count(r"function of two variables: (\S+) classical ones") == len(kinds) - lilipads - 5  # networks, formula
    assert count(r"the (\S+) surfaces of lilipads") == lilipads
    assert count(r"There are (\S+) activations") == len(CATALOGUE.activations)
    assert count(r"activations and (\S+) initializers") == len(CATALOGUE.initializers)
    assert count(r"(\S+) take a step from each gradient") + 4 == len(CATALOGUE.optimizers)
    assert count(r"and (\d+) functions gets in") == len(FUNCTIONS)
