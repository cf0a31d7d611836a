"""What went wrong, in one plain sentence: where it stands, what is wrong with it and what to do."""

from collections.abc import Iterable
from difflib import get_close_matches

from pydantic import ValidationError

MOST_FINDINGS = 1000  # that are listed to word the first: each takes kilobytes


class Complaint(ValueError):
    """Bad input, worded for the person who gave it."""


class Within(ValueError):
    """A finding inside a group of settings: its wording goes on where the group's own path ends."""


def unknown(what: str, name: object, known: Iterable[str]) -> str:
    """Say that a name is not known, and what may have been meant."""
    names = sorted(known)
    name = str(name)[:60]
    name = name if name.isprintable() else ascii(name)[1:-1]  # it is one line, whatever was typed
    close = get_close_matches(name, names, n=1)
    meant = f"did you mean '{close[0]}'?" if close else f"choose one of {', '.join(names)}."
    return f"{what} '{name}' is not known; {meant}"


def explain(error: ValidationError, where: str = "") -> str:
    """Word pydantic's first finding as one sentence."""
    if (count := error.error_count()) > MOST_FINDINGS:
        return f"{where or 'The value'} has {count:,} values that do not fit; it is damaged."
    found = error.errors()[0]
    path = ".".join(str(part) for part in found["loc"])
    cause = found.get("ctx", {}).get("error")
    if isinstance(cause, Within):
        return f"{where}: {path}.{cause}" if where else f"{path}.{cause}"
    place = " in ".join(part for part in (path, where) if part)
    given = found["input"]
    limits = {key: f"{x:g}" if isinstance(x, float) else x for key, x in found.get("ctx", {}).items()}
    wordings = {
        "greater_than": "must be greater than {gt}, not {given}",
        "greater_than_equal": "must be at least {ge}, not {given}",
        "less_than": "must be less than {lt}, not {given}",
        "less_than_equal": "must be at most {le}, not {given}",
        "extra_forbidden": "is not a setting; remove it or correct its name",
        "missing": "is missing; add it",
        "float_type": "must be a number, not {given}",
        "float_parsing": "must be a number, not {given}",
        "finite_number": "must be a finite number, not {given}",
        "int_type": "must be a whole number, not {given}",
        "int_parsing": "must be a whole number, not {given}",
        "int_parsing_size": "must be a whole number of fewer digits, not {given}",
        "int_from_float": "must be a whole number, not {given}",
        "string_type": "must be text, not {given}",
        "string_too_long": "must have at most {max_length} characters",
        "string_pattern_mismatch": "must begin with a letter and go on with up to 31 letters, digits or _, not {given}",
        "tuple_type": "must be a list, not {given}",
        "bool_type": "must be true or false, not {given}",
        "bool_parsing": "must be true or false, not {given}",
        "model_type": "must be a group of settings, not {given}",
    }
    if found["type"] == "value_error":
        message = str(cause or found["msg"])
        return f"{place}: {message}" if place else message
    if found["type"] in wordings:
        wording = wordings[found["type"]].format(given=repr(given)[:60], **limits)
    else:
        wording = found["msg"][:1].lower() + found["msg"][1:]
    return f"{place or 'The value'} {wording}."
