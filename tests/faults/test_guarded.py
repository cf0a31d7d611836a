"""What Qt calls is guarded: its overridden events and paintings everywhere, the slots of the window's own parts."""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

import gdexplorer

PACKAGE = Path(gdexplorer.__file__).parent
FILES = sorted([*(PACKAGE / "app").glob("*.py"), *(PACKAGE / "panels").glob("*.py")])


def called_by_qt(method: ast.FunctionDef, text: str, in_app: bool) -> bool:
    name, arguments = method.name, [argument.arg for argument in method.args.args]
    if name.endswith("Event") or name in ("event", "eventFilter"):
        return arguments[:1] == ["self"]
    if name == "paint":
        return method.args.vararg is not None or "option" in arguments
    return in_app and f".connect(self.{name})" in text


def unguarded(file: Path) -> Iterator[str]:
    text = file.read_text()
    for kind in ast.walk(ast.parse(text)):
        for method in kind.body if isinstance(kind, ast.ClassDef) else ():
            if isinstance(method, ast.FunctionDef) and called_by_qt(method, text, file.parent.name == "app"):
                names = [ast.unparse(one).partition("(")[0] for one in method.decorator_list]
                if "guarded" not in names:
                    yield f"{kind.name}.{method.name}"  # type: ignore[attr-defined]


@pytest.mark.parametrize("file", FILES, ids=lambda file: f"{file.parent.name}/{file.name}")
def test_what_qt_calls_is_guarded(file: Path) -> None:
    assert list(unguarded(file)) == []
