"""Random formulas, each with an evaluator of its own over plain numbers; and texts that are hardly formulas."""

import math

from hypothesis import strategies as st


def _guarded(f):
    def value(*arguments):
        try:
            result = f(*arguments)
        except OverflowError:
            return math.inf
        except (ValueError, ZeroDivisionError):
            return math.nan
        return result if isinstance(result, float) else math.nan  # a complex power

    return value


SMOOTH = {"sin": math.sin, "cos": math.cos, "exp": math.exp, "tanh": math.tanh, "sqrt": math.sqrt, "log": math.log,
          "atan": math.atan, "log10": math.log10, "cosh": math.cosh,
          "sigmoid": lambda u: 0.5 + 0.5 * math.tanh(u / 2)}  # fmt: skip
ROUGH = {"abs": abs, "relu": lambda u: u if math.isnan(u) else max(u, 0.0), "floor": lambda u: float(math.floor(u))}
PAIRS = {"hypot": math.hypot, "atan2": math.atan2}
OPERATORS = {"+": lambda u, v: u + v, "-": lambda u, v: u - v, "*": lambda u, v: u * v, "/": lambda u, v: u / v}

_numbers = st.one_of(st.integers(0, 9).map(str), st.sampled_from(["0.5", ".25", "1e-1", "2.", "1.5e0", "pi", "e"]))


def _number(text):
    value = {"pi": math.pi, "e": math.e}.get(text)
    value = float(text) if value is None else value
    return text, lambda x, y: value


_variables = st.sampled_from([("x", lambda x, y: x), ("y", lambda x, y: y)])
_leaves = st.one_of(_variables, _variables, _numbers.map(_number))


def _unary(pair, functions):
    name, (text, f) = pair
    g = _guarded(functions[name])
    return f"{name}({text})", lambda x, y: g(f(x, y))


def _binary(symbol, spelled, left, right, g):
    (a, f), (b, h) = left, right
    g = _guarded(g)
    return f"({a}) {spelled or symbol} ({b})", lambda x, y: g(f(x, y), h(x, y))


def _power(base, n):
    a, f = base
    g = _guarded(lambda u: u ** float(n))
    return f"({a})**{n}", lambda x, y: g(f(x, y))


def _negative(pair):
    text, f = pair
    return f"-({text})", lambda x, y: -f(x, y)


def _called(name, left, right):
    (a, f), (b, h) = left, right
    g = _guarded(PAIRS[name])
    return f"{name}({a}, {b})", lambda x, y: g(f(x, y), h(x, y))


def trees(functions):
    """Pairs of a formula's text and its function of two floats, NaN or ∞ where it has no value."""

    def extend(inner):
        return st.one_of(
            st.tuples(st.sampled_from(sorted(functions)), inner).map(lambda pair: _unary(pair, functions)),
            st.builds(lambda symbol, a, b: _binary(symbol, "", a, b, OPERATORS[symbol]),
                      st.sampled_from(sorted(OPERATORS)), inner, inner),
            st.builds(lambda symbol, a, b: _binary(symbol[0], symbol[1], a, b, OPERATORS[symbol[0]]),
                      st.sampled_from(["*·", "*×", "/÷", "-−"]), inner, inner),
            st.builds(_power, inner, st.sampled_from([2, 3, 4])),
            st.builds(_called, st.sampled_from(sorted(PAIRS)), inner, inner),
            inner.map(_negative),
        )  # fmt: skip

    return st.recursive(_leaves, extend, max_leaves=8)


VALID = ["x", "y", "pi", "e", "2", "0.5", "1e3", "sin(x)", "hypot(x, y)", "x**2", "(x + y)", "-x", "exp(-y**2)",
         "min(x, 1)", "3·x", "x^2", "y÷2", "relu(x − 1)", "log(x*x + 1)"]  # fmt: skip
HOSTILE = ["__import__('os').system('id')", "lambda: 0", ".real", ".__class__", "[0]", "{x}", "'", '"', '"""',
           "**", "9**9**7", "9**9**9**9", "\0", "\n", "\r", "\t", "\\", "λ", "²", "٣", "_", "__builtins__",
           ":=", "for", " if ", "else", "await", "f'{x}'", "0x10", "1e999", "1j", "\ud800", "\u202e", "(" * 60,
           ")" * 60, "-" * 60, "#", ";", "@", "print(1)", "().__class__.__bases__", "eval('x')", "sin(*x)",
           "sin(**x)", "sin(x=y)", "x==y", "...", "None", "True", "1_000", "007", "9" * 400, "x" * 400, "//",
           "%", "<<", "~x", ",", "()", "sin()", "sin", "x y", "2x", "open('/etc/passwd')", "[x for x in y]",
           "not", "and", "xyxy", "𝐱", "ſin(x)", "**" * 30, "x**" * 90, "exp(" * 45, "ｘ"]  # fmt: skip


def hardly(random):
    """Return a text that a random.Random has made: a formula, one spoilt, or noise."""
    if random.random() < 0.15:
        alphabet = [*map(chr, range(128)), *"xy()+-*/^., ·×÷−πλ", "\ud800", "\U0001f600"]
        return "".join(random.choices(alphabet, k=random.choice([1, 5, 30, 200, 500, 2000])))
    pieces = [random.choice(VALID)]
    for _ in range(random.choice([0, 1, 3, 8, 30])):
        pieces += [random.choice(["+", "-", "*", "/", " + ", "**", "·", " - -"]), random.choice(VALID)]
    for _ in range(random.choice([0, 0, 1, 1, 3])):
        at = random.randrange(len(pieces) + 1)
        match random.choice(["hostile", "cut", "double", "swap", "letter"]):
            case "hostile":
                pieces.insert(at, random.choice(HOSTILE))
            case "cut":
                del pieces[at : at + 1]
            case "double":
                pieces[at:at] = pieces[:at]
            case "swap":
                random.shuffle(pieces)
            case "letter":
                pieces.insert(at, chr(random.randrange(0x110000)))
    return "".join(pieces)
