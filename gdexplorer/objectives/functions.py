"""The classical functions of two variables on which optimizers are compared, with their stationary points.

Stationary points were found by Newton's method from a grid and are complete within the domain, but for Rastrigin's
and for the rings of lilipads' plateau.
"""

from dataclasses import dataclass

from gdexplorer.objectives.formula import Formula, compile_formula

Point = tuple[float, float]


@dataclass(frozen=True, slots=True)
class Function:
    """A function f(x, y) to descend, written as a formula that `compile_formula` compiles."""

    name: str
    label: str
    formula: str
    help: str
    domain: tuple[Point, Point]  # what a map shows: (x0, x1), (y0, y1)
    start: Point
    learning_rate: float  # for plain gradient descent from the start
    minima: tuple[tuple[float, float, float], ...] = ()  # (x, y, f), the lowest first
    saddles: tuple[Point, ...] = ()
    maxima: tuple[Point, ...] = ()

    @property
    def compiled(self) -> Formula:
        """The formula, compiled at its first use."""
        return compile_formula(self.formula)


def _square(half: float) -> tuple[Point, Point]:
    return (-half, half), (-half, half)


_BUMP_RIGHT = "exp(-((x - 1)**2 + (1.4*y)**2)/0.2)"
_BUMP_LEFT = "exp(-((x + 1)**2 + (1.4*y)**2)/0.2)"
_BUMP_BELOW = "exp(-((x - 1)**2 + (1.4*y + 1)**2)/0.2)"
_RADIUS = "(10*hypot(x, y) + 0.01)"

FUNCTIONS: tuple[Function, ...] = (
    Function(
        "parabola", "Parabola", "0.5*4*x**2",
        "Each step multiplies x by 1 − 4η: smooth below 1/4, zigzag to 1/2, then it diverges.",
        _square(2), (1, 0), 0.025, ((0, 0, 0),),
    ),
    Function(
        "bowl", "Bowl", "0.5*(x**2 + 4*y**2)",
        "The path is smooth at η = 0.1, zigzags at 0.45 and diverges beyond 0.5, two divided by the curvature.",
        ((-5, 5), (-3, 3)), (4, 2), 0.1, ((0, 0, 0),),
    ),
    Function(
        "ravine", "Ravine", "0.5*(x**2 + 100*y**2)",
        "The steep walls limit the step that the flat floor needs; momentum and conjugate gradients need far fewer.",
        ((-12, 12), (-2, 2)), (10, 1), 0.01, ((0, 0, 0),),
    ),
    Function(
        "ravine_45", "Ravine at 45°", "0.25*((x + y)**2 + 100*(x - y)**2)",
        "The same ravine, turned: gradient descent does not notice, but methods with a step per coordinate do.",
        _square(12), (7.7781745930520225, 6.363961030678928), 0.01, ((0, 0, 0),),
    ),
    Function(
        "rosenbrock", "Rosenbrock", "(1 - x)**2 + 100*(y - x**2)**2",
        "Finding the curved valley is quick, following its floor to the minimum is slow.",
        ((-2, 2), (-1, 3)), (-1.5, 1.5), 0.001, ((1, 1, 0),),
    ),
    Function(
        "himmelblau", "Himmelblau", "(x**2 + y - 11)**2 + (x + y**2 - 7)**2",
        "Four minima are equally low: which one is reached depends on the start and on the optimizer.",
        _square(6), (1, -1), 0.01,
        ((3, 2, 0), (-2.805118086952745, 3.131312518250573, 0), (-3.779310253377747, -3.283185991286169, 0),
         (3.5844283403304917, -1.8481265269644036, 0)),
        ((3.385154183607021, 0.07385187983774928), (0.08667750455539634, 2.884254701174776),
         (-3.0730257507643897, -0.08135304428796751), (-0.12796134673068005, -1.9537149802445766)),
        ((-0.2708445906673476, -0.9230385564799815),),
    ),
    Function(
        "beale", "Beale", "(1.5 - x + x*y)**2 + (2.25 - x + x*y**2)**2 + (2.625 - x + x*y**3)**2",
        "Flat in the middle and very steep in the corners: one learning rate hardly serves both.",
        _square(4.5), (1, 1.5), 0.005, ((3, 0.5, 0),),
        ((0, 1), (0.10053793732415843, -2.644513585023124)),
    ),
    Function(
        "saddle", "Saddle", "0.5*x**2 - 0.5*y**2 + 0.25*y**4",
        "On the ridge y = 0 descent ends at the saddle, where the gradient is zero; the slightest nudge frees it.",
        _square(2), (1.5, 0), 0.1, ((0, 1, -0.25), (0, -1, -0.25)), ((0, 0),),
    ),
    Function(
        "monkey_saddle", "Monkey saddle", "x**3 - 3*x*y**2",
        "At the saddle even the curvature is zero, so that descent creeps toward it and leaves it slowly.",
        _square(1.5), (0.5, 0), 0.05, (), ((0, 0),),
    ),
    Function(
        "double_well", "Double well", "0.25*(x**2 - 1)**2 + 0.5*y**2",
        "A start to the left or to the right of the ridge decides which of two equal minima is reached.",
        _square(2), (0.01, 1), 0.1, ((1, 0, 0), (-1, 0, 0)), ((0, 0),),
    ),
    Function(
        "three_hump_camel", "Three-hump camel", "2*x**2 - 1.05*x**4 + x**6/6 + x*y + y**2",
        "From (2, −1) descent ends in a local minimum and never sees the lower one beside it.",
        _square(2.5), (2, -1), 0.01,
        ((0, 0, 0), (1.747552345830289, -0.8737761729151445, 0.29863844223686054),
         (-1.747552345830289, 0.8737761729151445, 0.29863844223686054)),
        ((1.07054229182366, -0.53527114591183), (-1.07054229182366, 0.53527114591183)),
    ),
    Function(
        "six_hump_camel", "Six-hump camel", "(4 - 2.1*x**2 + x**4/3)*x**2 + x*y + (4*y**2 - 4)*y**2",
        "Six basins of three depths: a map of the starts shows which minimum each of them reaches.",
        ((-2.1, 2.1), (-1.2, 1.2)), (-1.5, 1), 0.01,
        ((0.08984201310031806, -0.7126564030207396, -1.0316284534898774),
         (-0.08984201310031806, 0.7126564030207396, -1.0316284534898774),
         (1.703606714969981, -0.7960835686726252, -0.21546382438371836),
         (-1.703606714969981, 0.7960835686726252, -0.21546382438371836),
         (1.6071047529201974, 0.5686514548841314, 2.104250310311259),
         (-1.6071047529201974, -0.5686514548841314, 2.104250310311259)),
        ((0, 0), (1.1092053368047865, -0.768268092509539), (-1.1092053368047865, 0.768268092509539),
         (1.6380679841897787, 0.22867406904439408), (-1.6380679841897787, -0.22867406904439408),
         (1.296070267167109, 0.6050843880386585), (-1.296070267167109, -0.6050843880386585)),
        ((1.2302298765166524, 0.16233458445899493), (-1.2302298765166524, -0.16233458445899493)),
    ),
    Function(
        "styblinski_tang", "Styblinski–Tang", "0.5*(x**4 - 16*x**2 + 5*x + y**4 - 16*y**2 + 5*y)",
        "From (1, 1) gradient descent, momentum and Adam all end in the worst of the four minima.",
        _square(5), (1, 1), 0.01,
        ((-2.903534027771177, -2.903534027771177, -78.33233140754284),
         (2.746802770990837, -2.903534027771177, -64.19561235905536),
         (-2.903534027771177, 2.746802770990837, -64.19561235905536),
         (2.746802770990837, 2.746802770990837, -50.05889331056788)),
        ((0.1567312567803401, -2.903534027771177), (-2.903534027771177, 0.1567312567803401),
         (0.1567312567803401, 2.746802770990837), (2.746802770990837, 0.1567312567803401)),
        ((0.1567312567803401, 0.1567312567803401),),
    ),
    Function(
        "plateau_well", "Plateau well", "1 - exp(-(x**2 + y**2)/2)",
        "Far out the gradient all but vanishes: gradient descent waits, while Adam and RMSprop walk on.",
        _square(6), (4, 1), 0.1, ((0, 0, 0),),
    ),
    Function(
        "sharp_flat", "Sharp and flat", "-exp(-(x + 1.5)**2/0.045) - exp(-(x - 1)**2/1.28) + 0.25*y**2",
        "A small learning rate stays in the sharp minimum, a large one is thrown out of it and ends in the flat one.",
        _square(3), (-1.5, 1), 0.02,
        ((-1.4993326027145175, 0, -1.0075855523612711), (1, 0, -1)), ((-1.0209731811714504, 0),),
    ),
    Function(
        "rastrigin", "Rastrigin", "20 + x**2 - 10*cos(2*pi*x) + y**2 - 10*cos(2*pi*y)",
        "Of 121 minima descent reaches the nearest; only many starts find the lowest.",
        _square(5.12), (2.2, -1.8), 0.002, ((0, 0, 0),),
    ),
    Function(
        "lilipads_local_minimum", "Two wells (lilipads)", f"x**2 + (1.4*y)**2 - 2*{_BUMP_RIGHT} - 6*{_BUMP_LEFT}",
        "Plain gradient descent ends in the nearer well, which is the shallower one.",
        _square(2), (1.5, 1.5), 0.001,
        ((-0.9675774464554597, 0, -5.032339968658434), (0.9053178606008483, 0, -1.092732038481015)),
        ((0.12025036405942179, 0),),
    ),
    Function(
        "lilipads_global_minimum", "Round bowl (lilipads)", "x**2 + y**2",
        "The gradient points straight at the minimum, so that every method goes there.",
        _square(2), (1.5, 1.5), 0.001, ((0, 0, 0),),
    ),
    Function(
        "lilipads_saddle", "Sine and parabola (lilipads)", "sin(x) + y**2",
        "The start lies beside a saddle: y has settled long before x gets away.",
        _square(2), (1.5, 1.5), 0.001, ((-1.5707963267948966, 0, -1),), ((1.5707963267948966, 0),),
    ),
    Function(
        "lilipads_bowl", "Elliptic bowl (lilipads)", "-exp(-((x/2)**2 + 5*(y/2)**2)) + (x/2)**2 + (y/2)**2/2",
        "Wide and shallow, with a pit at the bottom, so that the curvature changes on the way.",
        _square(2), (1.5, 1.5), 0.001, ((0, 0, -1),),
    ),
    Function(
        "lilipads_hills", "Hills (lilipads)",
        f"x**2 + (1.4*y)**2 + 2*{_BUMP_RIGHT} + 6*{_BUMP_LEFT} - 2*{_BUMP_BELOW}",
        "Two hills and a pit stand around a shallow minimum, in which plain gradient descent ends.",
        _square(2), (1.5, 1.5), 0.001,
        ((0.9003065222993073, -0.6534011583039486, -0.15880861003441438),
         (0.04150712569956175, -0.0006403776376543043, 0.048284960796130906)),
        ((0.45829297372301087, -0.44998075616155375), (1.4852458636525214, 0.006561191693455616),
         (-1.71027297234088, 0)),
        ((1.1215460775056234, 0.005060385663539712), (-1.0346981883783095, 1.7092977303426668e-12)),
    ),
    Function(
        "lilipads_plateau", "Rings (lilipads)", f"-sin{_RADIUS}/{_RADIUS} + 0.01*{_RADIUS}**2",
        "Rings of shallow valleys lie around the minimum, and plain gradient descent stops in one of them.",
        _square(2), (1.5, 1.5), 0.001, ((0, 0, -0.9999823334166664),),
    ),
)  # fmt: skip
