"""Tables whose rows take less time than a test of their own would."""

import copy
import functools
import inspect
from collections.abc import Callable, Iterable, Sequence
from typing import Any

import numpy as np
import pytest


def over_rows(
    names: str | Sequence[str], rows: Iterable[Any], ids: Callable[[Any], Any] | Iterable[Any] | None = None
) -> Callable[[Callable[..., None]], Callable[..., None]]:
    """Like `pytest.mark.parametrize`, but within one test; a failure names its row."""
    wanted = [name.strip() for name in names.split(",")] if isinstance(names, str) else list(names)
    table = [(row,) if isinstance(names, str) and len(wanted) == 1 else tuple(row) for row in rows]
    assert table, "there is no row"
    assert all(len(row) == len(wanted) for row in table)
    called = list(ids) if ids is not None and not callable(ids) else [None] * len(table)
    assert len(called) == len(table)

    def decorate(test: Callable[..., None]) -> Callable[..., None]:
        signature = inspect.signature(test)
        assert set(wanted) <= set(signature.parameters)

        @functools.wraps(test)
        def over_all(**fixtures: Any) -> None:
            skipped: list[BaseException] = []
            for name, row in zip(called, table, strict=True):
                anew = {key: copy.deepcopy(one) if isinstance(one, np.random.Generator) else one
                        for key, one in fixtures.items()}  # fmt: skip
                try:
                    test(**dict(zip(wanted, row, strict=True)), **anew)
                except pytest.skip.Exception as reason:
                    skipped.append(reason)  # this row alone
                except BaseException as error:
                    error.add_note(f"with {', '.join(wanted)} = {', '.join(map(repr, row)) if name is None else name}")
                    raise
            if len(skipped) == len(table):
                raise skipped[0]

        left = [one for key, one in signature.parameters.items() if key not in wanted]
        over_all.__signature__ = signature.replace(parameters=left)  # type: ignore[attr-defined]
        return over_all

    return decorate
