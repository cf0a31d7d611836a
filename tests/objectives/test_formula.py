import collections
import math
import random
import sys
import time

import numpy as np
import pytest
from hypothesis import assume, given, reject, settings
from hypothesis import strategies as st

from gdexplorer.objectives.formula import NAMES, FormulaError, compile_formula
from gdexplorer.objectives.jets import FUNCTIONS, Elementary, Jet
from tests.objectives.formulas import ROUGH, SMOOTH, hardly, trees
from tests.over_rows import over_rows

deterministic = settings(derandomize=True, deadline=None, max_examples=150, database=None)
# never near 0, x = y or x = −y, where random formulas like to be singular
xs = st.integers(-20, 20).map(lambda k: k / 10 + math.pi / 100)
ys = st.integers(-20, 20).map(lambda k: k / 10 - math.e / 160)

# text, the same in plain numbers
MEANINGS = [
    ("-x**2", lambda x, y: -(x**2)),
    ("2**-x", lambda x, y: 2**-x),
    ("2**3**2 + x", lambda x, y: 512 + x),
    ("x - y - 1", lambda x, y: (x - y) - 1),
    ("x / y / 2", lambda x, y: (x / y) / 2),
    ("x / y * 2", lambda x, y: x / y * 2),
    ("x + y*2", lambda x, y: x + y * 2),
    ("--x + +y", lambda x, y: x + y),
    ("−x^2·3÷y × 2", lambda x, y: -(x**2) * 3 / y * 2),
    ("  ( x+y ) *2 ", lambda x, y: (x + y) * 2),
    ("pi*x + e", lambda x, y: math.pi * x + math.e),
    ("1.5e1*x + .5 - 2.", lambda x, y: 15 * x - 1.5),
    ("007", lambda x, y: 7),
    ("atan2(y, x) + hypot(x, y)", lambda x, y: math.atan2(y, x) + math.hypot(x, y)),
    ("min(x, max(y, 1))", lambda x, y: min(x, max(y, 1))),
    ("1/3", lambda x, y: 1 / 3),
    ("-x**-2", lambda x, y: -(x**-2)),
    ("sin (x)", lambda x, y: math.sin(x)),
    ("(" * 50 + "x" + ")" * 50, lambda x, y: x),
    ("-" * 50 + "x", lambda x, y: x),
    ("x" + " " * 499, lambda x, y: x),
    ("+".join("x" * 100), lambda x, y: 100 * x),
]

# text, column, a piece of the sentence
REFUSALS = [
    ("", 0, "breaks off"),
    ("   ", 3, "breaks off"),
    ("x +", 3, "breaks off"),
    ("x ** ", 5, "breaks off"),
    ("x + * y", 4, "'*' cannot stand here"),
    ("x // y", 3, "'/' cannot stand here"),
    ("x * * y", 4, "'*' cannot stand here"),
    ("*x", 0, "'*' cannot stand here"),
    ("x · ÷ y", 4, "'÷' cannot stand here"),
    ("x ^ ^ y", 4, "'^' cannot stand here"),
    ("()", 1, "')' cannot stand here"),
    ("x + ()", 5, "')' cannot stand here"),
    ("sin()", 4, "')' cannot stand here"),
    ("min(x,)", 6, "')' cannot stand here"),
    ("sin(*x)", 4, "'*' cannot stand here"),
    ("sin(**x)", 4, "'**' cannot stand here"),
    ("2x", 1, "between '2' and 'x'"),
    ("x y", 2, "between 'x' and 'y'"),
    ("x (y)", 2, "between 'x' and '('"),
    ("(x)(y)", 3, "between ')' and '('"),
    ("(x) 2", 4, "between ')' and '2'"),
    ("2 sin(x)", 2, "between '2' and 'sin'"),
    ("1_000", 1, "between '1' and '_000'"),
    ("0x10", 1, "between '0' and 'x10'"),
    ("1j", 1, "between '1' and 'j'"),
    ("1.2.3", 3, "between '1.2' and '.3'"),
    ("x if y else e", 2, "between 'x' and 'if'"),
    ("x and y", 2, "between 'x' and 'and'"),
    ("sin", 0, "write sin(x)"),
    ("x + sin x", 4, "write sin(x)"),
    ("hypot + 1", 0, "write hypot(x, y)"),
    ("1 + sin(x, y)", 4, "sin takes one value, not 2"),
    ("1 + atan2(x)", 4, "atan2 takes two values, not 1"),
    ("min(x, y, 1)", 0, "min takes two values, not 3"),
    ("x + sim(y)", 4, "did you mean 'sin'?"),
    ("3*xy", 2, "did you mean 'x*y'?"),
    ("z", 0, "there are x, y, pi, e, sin, "),
    ("X", 0, "'X' is not known"),
    ("lambda: 1", 0, "'lambda' is not known"),
    ("not x", 0, "'not' is not known"),
    ("await x", 0, "'await' is not known"),
    ("None", 0, "'None' is not known"),
    ("True", 0, "'True' is not known"),
    ("__import__('os')", 0, "'__import__' is not known"),
    ("inf", 0, "'inf' is not known"),
    ("z" * 400, 0, "'zzzzzzzzzzzzzzzzzzzz' is not known"),
    ("x.real", 1, "'.' is not part"),
    ("1.5.real", 3, "'.' is not part"),
    ("x[0]", 1, "'[' is not part"),
    ("{x}", 0, "'{' is not part"),
    ("x < y", 2, "'<' is not part"),
    ("x == y", 2, "'=' is not part"),
    ("(x := 2)", 3, "':' is not part"),
    ("min(x, y=2)", 8, "'=' is not part"),
    ("'a'", 0, "is not part"),
    ('"a"', 0, "is not part"),
    ("x # y", 2, "'#' is not part"),
    ("x % y", 2, "'%' is not part"),
    ("~x", 0, "'~' is not part"),
    ("x @ y", 2, "'@' is not part"),
    ("x; y", 1, "';' is not part"),
    ("...", 0, "'.' is not part"),
    ("x·λ", 2, "'λ' is not part"),
    ("ｘ", 0, "'ｘ' is not part"),
    ("٣", 0, "'٣' is not part"),
    ("x²", 1, "'²' is not part"),
    ("x\0", 1, r"'\x00' is not part"),
    ("x\n+ y", 1, r"'\n' is not part"),
    ("\tx", 0, r"'\t' is not part"),
    ("x\ud800", 1, r"'\ud800' is not part"),
    ("1e999", 0, "too large"),
    ("x + " + "9" * 400, 4, "too large"),
    ("9**9**7", 0, "not a finite number"),
    ("x + 1/0", 4, "not a finite number"),
    ("x·log(-1)", 2, "not a finite number"),
    ("x − (2^9^9^9)·y", 7, "not a finite number"),
    ("sin(x", 3, "never closed"),
    ("((x)", 0, "never closed"),
    ("x·(y", 2, "never closed"),
    ("x)", 1, "closes none"),
    ("x) + (y", 1, "closes none"),
    ("x, y", 1, "A comma stands only"),
    ("(x, y)", 2, "A comma stands only"),
    ("sin((x, y))", 6, "A comma stands only"),
    ("3,5*x", 1, "A comma stands only"),
    ("(" * 51 + "x" + ")" * 51, 50, "at most 50 deep"),
    ("sin(" * 51 + "x" + ")" * 51, 203, "at most 50 deep"),
    ("x" + "-" * 51 + "x", 51, "at most 50 signs"),
    ("x" + " -" * 51 + "x", 102, "at most 50 signs"),
    ("+".join("x" * 101), 200, "at most 200 operations"),
    ("x**" * 150 + "x", 300, "at most 200 operations"),
    ("x" * 501, 500, "at most 500 characters, this one 501"),
    (" " * 10**6, 500, "at most 500 characters"),
]


def show(value):
    return ascii(value)[:24] if isinstance(value, str) else ""


@over_rows(("text", "f"), MEANINGS, ids=show)
def test_a_formula_means_what_it_looks_like(text, f):
    formula = compile_formula(text)
    for x, y in [(1.3, 0.7), (0.4, 2.5)]:
        assert formula.value(x, y) == pytest.approx(f(x, y), rel=1e-15)


@over_rows(("text", "column", "piece"), REFUSALS, ids=show)
def test_what_is_wrong_is_said_and_where(text, column, piece):
    with pytest.raises(FormulaError) as caught:
        compile_formula(text)
    assert piece in caught.value.sentence == str(caught.value)
    assert caught.value.column == column
    assert caught.value.sentence[-1] == "."
    assert len(caught.value.sentence) < 250


def test_a_sentence_about_a_name_lists_all_names():
    with pytest.raises(FormulaError) as caught:
        compile_formula("nothing")
    assert ", ".join(NAMES) in caught.value.sentence
    assert set(NAMES) == {"x", "y", "pi", "e"} | {function.name for function in FUNCTIONS}


def plain(f, x, y):
    value = f(x, y)
    return value if math.isfinite(value) else math.nan


def compiled(text):
    try:
        return compile_formula(text)
    except FormulaError:
        reject()  # what random formulas have too much of: nodes, and constants such as 1/0


@deterministic
@given(trees(SMOOTH | ROUGH), xs, ys)
def test_values_are_those_of_plain_numbers(tree, x, y):
    text, f = tree
    expected = plain(f, x, y)
    assume(math.isfinite(expected))
    value = compiled(text).value(x, y)
    # a floor jumps where rounding differs in the last digit
    assert value == pytest.approx(expected, rel=1e-9, abs=1e-9) or "floor" in text


def central(f, u, h):
    return (f(u - 2 * h) - 8 * f(u - h) + 8 * f(u + h) - f(u + 2 * h)) / (12 * h)


def agrees(exact, f, u):
    """Whether a derivative is the difference quotient; None at a singular point, or if two step sizes disagree."""
    with np.errstate(all="ignore"):
        coarse, fine = central(f, u, 2e-3), central(f, u, 1e-3)
    doubt = abs(coarse - fine)
    if not doubt < 1e-5 * max(1, abs(fine)) or not math.isfinite(exact):
        return None
    return bool(abs(exact - fine) <= 1e-8 * max(1, abs(fine)) + 10 * doubt)


def test_derivatives_are_difference_quotients():
    counts = collections.Counter()

    @settings(deterministic, max_examples=400)
    @given(trees(SMOOTH), trees(SMOOTH), xs, ys)
    def check(left, right, x, y):
        (a, f), (b, g) = left, right
        text = f"({a}) * ({b})"
        formula = compiled(text)
        _, fx, fy, fxx, fxy, fyy = formula.hessian(x, y)
        assert formula.gradient(x, y)[1:] == (fx, fy) or not np.isfinite([fx, fy]).all()
        for name, exact, h, at in [
            ("fx", fx, lambda u: plain(f, u, y) * plain(g, u, y), x),
            ("fy", fy, lambda u: plain(f, x, u) * plain(g, x, u), y),
            ("fxx", fxx, lambda u: formula.gradient(u, y)[1], x),
            ("fxy", fxy, lambda u: formula.gradient(u, y)[2], x),
            ("fyx", fxy, lambda u: formula.gradient(x, u)[1], y),
            ("fyy", fyy, lambda u: formula.gradient(x, u)[2], y),
        ]:
            verdict = agrees(exact, h, at)
            assert verdict is not False, (name, text, x, y)
            counts[name, verdict] += bool(verdict is None or exact)

    check()
    # nearly all were smooth enough to tell, and many were not zero
    for name in ("fx", "fy", "fxx", "fxy", "fyx", "fyy"):
        assert counts[name, True] > max(40, 5 * counts[name, None]), counts


SHAPES = [((), ()), ((5,), ()), ((), (5,)), ((3, 1), (1, 4)), ((3, 4), (4,)), ((2, 3, 4), (2, 3, 4)), ((0,), (0,))]


@over_rows("text", ["x*y + sin(x)", "x", "y**2", "3", "floor(x)", "relu(x) + min(x, y)"])
@over_rows(("a", "b"), SHAPES)
def test_results_have_the_shape_to_which_x_and_y_broadcast(text, a, b):
    rng = np.random.default_rng(0)
    x, y, formula = rng.normal(size=a), rng.normal(size=b), compile_formula(text)
    X, Y = np.broadcast_arrays(x, y)
    results = [formula.value(x, y), *formula.gradient(x, y), *formula.hessian(x, y)]
    for k, result in enumerate(results):
        assert result.shape == X.shape
        assert result.dtype == np.float64
        points = zip(X.flat, Y.flat, strict=True)
        each = [[formula.value(*at), *formula.gradient(*at), *formula.hessian(*at)][k] for at in points]
        np.testing.assert_allclose(np.ravel(result), each, rtol=1e-15)


def test_results_are_nobody_elses_arrays():
    x = np.linspace(0, 1, 5)
    for text in ("x", "3", "x + x", "exp(x)"):
        results = compile_formula(text).hessian(x, x)
        for k, result in enumerate(results):
            result[0] = 9.0
            assert not any(np.shares_memory(result, other) for other in (x, *results[:k]))


@pytest.mark.parametrize(("text", "x", "value", "slope"), [
    ("1/x", 0.0, np.inf, -np.inf), ("log(x)", 0.0, -np.inf, np.inf), ("log(x)", -1.0, np.nan, np.nan),
    ("sqrt(x)", -1.0, np.nan, np.nan), ("exp(x)", 1e4, np.inf, np.inf), ("x*x", 1e200, np.inf, 2e200),
    ("x**y", 0.0, 0.0, 0.0), ("x", np.nan, np.nan, 1.0), ("sin(x)", np.inf, np.nan, np.nan),
    ("x/x", 0.0, np.nan, np.nan),
])  # fmt: skip
def test_what_is_not_finite_is_left_so_without_a_warning(text, x, value, slope):
    formula = compile_formula(text)
    for at in (x, np.array([x, 1.0])):
        f, fx, _, *_ = formula.hessian(at, 2.0)
        np.testing.assert_array_equal(np.ravel(f)[0], value)
        np.testing.assert_array_equal(np.ravel(fx)[0], slope)


def test_equal_is_who_has_the_same_text():
    assert compile_formula("x + y") == compile_formula("x + y")
    assert compile_formula("x + y") != compile_formula("y + x")
    assert len({compile_formula("x + y"), compile_formula("x + y"), compile_formula("x+y")}) == 2
    with pytest.raises(AttributeError):
        compile_formula("x").text = "y"


# Fuzzing. Python reports to audit hooks whatever executes, imports, opens or asks the interpreter; a hook cannot be
# removed, so that it listens to a list that exists only meanwhile.
_heard: list[str] | None = None


def _listen(event, arguments):
    if _heard is not None:
        _heard.append(event)


def leaves_and_functions(node):
    if isinstance(node, (Jet, str)):
        yield node
    else:
        yield node.function
        for argument in node.arguments:
            yield from leaves_and_functions(argument)


def attempt(text):
    """Compile a text without the cache; return the formula or the refusal, and the milliseconds that it took."""
    global _heard
    _heard, start = [], time.perf_counter()
    try:
        outcome = compile_formula.__wrapped__(text)
    except FormulaError as error:
        outcome = error
    milliseconds = 1000 * (time.perf_counter() - start)
    heard, _heard = _heard, None
    assert set(heard) <= {"compile"}, (text, heard)  # ast.parse, which executes nothing
    return outcome, milliseconds


def fuzz(count, seed):
    """Compile texts; return how many were accepted, and the worst milliseconds with their text."""
    sys.addaudithook(_listen)
    generator, accepted, worst = random.Random(seed), 0, (0.0, "")
    for _ in range(count):
        text = hardly(generator)
        outcome, milliseconds = attempt(text)
        worst = max(worst, (milliseconds, text))
        if isinstance(outcome, FormulaError):
            assert 0 <= outcome.column <= len(text), text
            assert outcome.sentence.endswith("."), text
            continue
        accepted += 1
        outcome.hessian(0.3, -0.7)
        for part in leaves_and_functions(outcome._root):
            assert isinstance(part, (Jet, Elementary)) or part in ("x", "y"), text
    return accepted, worst


def test_the_audit_hook_hears_what_python_executes():
    global _heard
    sys.addaudithook(_listen)
    _heard = []
    eval("1 + 1")
    heard, _heard = _heard, None
    assert {"compile", "exec"} <= set(heard)


def test_fuzzed_texts_are_refused_in_words_or_compiled_to_known_operations():
    accepted, _ = fuzz(500, seed=3)
    assert 100 < accepted < 400


@pytest.mark.long
def test_ten_thousand_fuzzed_formulas_take_no_longer_than_50_ms_each():
    accepted, (milliseconds, text) = fuzz(10_000, seed=0)
    report = f"{accepted} of 10,000 accepted; the slowest took {milliseconds:.2f} ms: {text[:60]!a}"
    print(report)
    assert 2_000 < accepted < 8_000, report
    assert milliseconds < 50, report
