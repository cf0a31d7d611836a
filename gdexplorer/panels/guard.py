"""What happens when a slot or an overridden Qt method raises: it is reported where it happens, and a default returned.

Otherwise PySide6 keeps the exception until some Python method that Qt calls later returns to Qt. What is painted then
is undefined, and the program may crash.
"""

import functools
import inspect
import sys
import traceback
from collections.abc import Callable
from typing import Any, TypeVar, cast, overload

F = TypeVar("F", bound=Callable[..., Any])


@overload
def guarded(function: F, /) -> F: ...
@overload
def guarded(*, default: object) -> Callable[[F], F]: ...
def guarded(function: Callable[..., Any] | None = None, /, *, default: object = None) -> Any:
    """Wrap a slot or an overridden Qt method: an exception is reported and ``default`` is returned.

    ``@guarded`` returns None; ``@guarded(default=False)`` suits ``event`` and ``eventFilter``,
    ``@guarded(default=QSize(…))`` a ``sizeHint``.
    """
    if function is None:
        return functools.partial(_guard, default=default)
    return _guard(function, default=default)


def _guard(function: F, default: object) -> F:
    # Qt passes a slot only as many arguments as it takes, but passes all to a wrapper that takes *args.
    taken = _positional(function)

    @functools.wraps(function)
    def call(*arguments: Any, **named: Any) -> Any:
        try:
            return function(*arguments[:taken], **named)
        except Exception as error:
            report(error)
            traceback.clear_frames(error.__traceback__)  # whoever keeps the error keeps no painter at work
            return default

    return cast(F, call)


def report(error: Exception) -> None:
    """Hand an exception to whoever hears of those that nobody caught."""
    sys.excepthook(type(error), error, error.__traceback__)


def _positional(function: Callable[..., Any]) -> int | None:
    kinds = [parameter.kind for parameter in inspect.signature(function).parameters.values()]
    if inspect.Parameter.VAR_POSITIONAL in kinds:
        return None
    return sum(kind in (inspect.Parameter.POSITIONAL_ONLY, inspect.Parameter.POSITIONAL_OR_KEYWORD) for kind in kinds)
