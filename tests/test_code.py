"""What tells a class of another package from itself after a change; ours are told as ever."""

import functools
import os
import subprocess
import sys
import textwrap
import warnings
from typing import Any

import numpy as np
import pytest
from sklearn.base import BaseEstimator
from sklearn.feature_selection import f_classif
from sklearn.pipeline import make_pipeline
from sklearn.tree import DecisionTreeClassifier
from sklearn.utils.metaestimators import available_if

from skml_aemlo import MLROS, REMEDIAL, MultiLabelResampledClassifier, SamplerSequence
from skml_aemlo.compare.identity import digest, portrait


def classes(source: str, package: str = "my_package") -> dict[str, Any]:
    """Return what a module of another package defines."""
    made: dict[str, Any] = {
        "__name__": package,
        "np": np,
        "functools": functools,
        "available_if": available_if,
        "Base": BaseEstimator,
    }
    exec(textwrap.dedent(source), made)
    return made


def told(source: str) -> Any:
    """Return the portrait of an object of the class Mine."""
    return portrait(classes(source)["Mine"]())


MINE = '''
def shaken(f):
    @functools.wraps(f)
    def wrapper(*args):
        return f(*args) + 1
    return wrapper

def closing_over(value):
    def method(self):
        return value
    return method

class Root(Base):
    share = 0.5
    def rooted(self):
        return "root"

class Mine(Root):
    """Some words."""
    scales = {"low": [1, 2]}
    table = np.array([1.0, 2.0])
    kinds = {"a", "b", "c"}
    ways = {np.mean: "mean", **dict.fromkeys({"d", "e", "f", "g"}, 18)}
    scaled = functools.partial(shaken, factor=19)
    halved = functools.partialmethod(closing_over, 20)

    def fit(self, X, y=None, *, deep=3):
        """Learn."""
        return [x * 4 for x in X if x in ("in", "out")]

    @property
    def width(self):
        return 5

    @functools.cached_property
    def depth(self):
        return 6

    @staticmethod
    def still(first, second=7):
        return lambda: 8

    @classmethod
    def of_class(cls):
        return b"9"

    @shaken
    def decorated(self):
        return 10

    @available_if(lambda self: 11)
    def asked(self):
        return 12

    enclosed = closing_over((13, 14))

    class Part:
        def work(self):
            return 15

    def guarded(self):
        try:
            x = self.rooted()
        except ValueError:
            return 17
        else:
            x = self.still(1)
        return x
'''
AFTERWARDS = """
        except ValueError:
            return 17
        else:
            x = self.still(1)
"""
WITHIN = """
            x = self.still(1)
        except ValueError:
            return 17
"""
CHANGES = [
    ("share = 0.5", "share = 0.6"),
    ('return "root"', 'return "stem"'),
    ('"low": [1, 2]', '"low": [1, 3]'),
    ('"low"', '"high"'),
    ("1.0, 2.0", "1.0, 2.5"),
    ('"a", "b", "c"', '"a", "b", "d"'),
    ("y=None", "y=0"),
    ("deep=3", "deep=4"),
    ("x * 4", "x * 5"),
    ('"in", "out"', '"in", "off"'),
    ("return 5", "return -5"),
    ("return 6", "return -6"),
    ("second=7", "second=-7"),
    ("lambda: 8", "lambda: -8"),
    ('b"9"', 'b"8"'),
    ("return 10", "return -10"),
    ("f(*args) + 1", "f(*args) - 1"),
    ("lambda self: 11", "lambda self: -11"),
    ("return 12", "return -12"),
    ("(13, 14)", "(13, 15)"),
    ("return 15", "return -15"),
    ("except ValueError", "except TypeError"),
    ("def rooted", "def routed"),
    ("first, second=7", "prime, second=7"),
    ('"mean"', '"median"'),
    ("factor=19", "factor=-19"),
    ("closing_over, 20", "closing_over, 21"),
    (AFTERWARDS, WITHIN),
]


@pytest.mark.parametrize(("before", "after"), CHANGES, ids=[after for _, after in CHANGES])
def test_a_change_of_the_class_is_seen(before, after):
    """In methods of all kinds, what they nest, enclose and default to, in attributes and bases."""
    assert MINE.count(before) == 1
    assert told(MINE.replace(before, after)) != told(MINE)


SHARE = "    share = 0.5\n"
ROOTED = '    def rooted(self):\n        return "root"\n'


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("Some words.", "Other words."),
        ("Learn.", "Learn something."),
        ("    share = 0.5", "    # a comment\n\n    share = 0.5"),
        ("first, second=7", "first: int, second: int = 7"),
        ("second=7):\n        return", "second=7):\n\n        return"),
        (SHARE + ROOTED, ROOTED + SHARE),
    ],
)
def test_what_changes_no_result_is_not_seen(before, after):
    """Words, comments, annotations, the lines that things stand on, the order of methods."""
    assert MINE.count(before) == 1
    assert told(MINE.replace(before, after)) == told(MINE)


def test_a_run_changes_nothing():
    """Python rewrites the code of what is called often; that is the same code."""
    mine = classes(MINE)["Mine"]()
    before = portrait(mine)
    for turn in range(5000):
        mine.fit(["in", "out"] if turn % 2 else [])
        mine.guarded()
    assert portrait(mine) == before


def test_every_process_sees_the_same(tmp_path):
    """Sets of texts change their order from process to process, addresses too."""
    script = tmp_path / "tell.py"
    script.write_text(
        "import sys; sys.path.insert(0, sys.argv[1])\nfrom test_code import MINE, told\n"
        "print(told(MINE)['code'])"
    )
    seen = {
        subprocess.run(
            [sys.executable, script, os.path.dirname(__file__)],
            env={**os.environ, "PYTHONHASHSEED": str(seed)},
            capture_output=True,
            text=True,
            check=True,
        ).stdout.strip()
        for seed in range(2)
    }
    assert seen == {told(MINE)["code"]}


@pytest.mark.parametrize(
    "wrap",
    [
        lambda mine: SamplerSequence([("one", REMEDIAL()), ("two", mine)]),
        lambda mine: MultiLabelResampledClassifier(DecisionTreeClassifier(), mine),
        lambda mine: make_pipeline(mine, DecisionTreeClassifier()),
        lambda mine: MLROS(sampling_strategy=type(mine)),
        lambda mine: MLROS(sampling_strategy={"a": [mine]}),
    ],
    ids=["sequence", "wrapper", "pipeline", "class", "dict"],
)
def test_it_is_seen_inside_of_others(wrap):
    """A sampler in a sequence, a classifier in a pipeline, a class given as a parameter."""
    changed = MINE.replace("x * 4", "x * 5")
    same, again, other = (classes(s)["Mine"]() for s in (MINE, MINE, changed))
    assert portrait(wrap(same)) == portrait(wrap(again)) != portrait(wrap(other))


def test_it_is_seen_in_what_is_no_estimator():
    """A callable or a splitter given as a parameter was told by its pickle alone."""
    source = "class Mine:\n    def __call__(self, Y): return [0]\n"
    kinds = [classes(s, __name__)["Mine"] for s in (source, source, source.replace("0", "1"))]
    portraits = []
    for kind in kinds:
        globals()["Mine"] = kind  # a pickle looks it up
        portraits.append(portrait(MLROS(sampling_strategy=kind())))
    del globals()["Mine"]
    assert portraits[0] == portraits[1] != portraits[2]


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("lambda Y: (0, 1)", "lambda Y: (0, 2)"),
        ("lambda Y: [j + 1 for j in Y]", "lambda Y: [j + 2 for j in Y]"),
        ("lambda Y, *, k=1: k", "lambda Y, *, k=2: k"),
        ("(lambda k: lambda Y: k)(1)", "(lambda k: lambda Y: k)(2)"),
    ],
)
def test_functions_are_told_by_what_is_within(one, other):
    """Tuples, nested code, keyword defaults and enclosed values made no difference before."""
    made = [classes(f"made = {source}")["made"] for source in (one, one, other)]
    portraits = [portrait(MLROS(sampling_strategy=function)) for function in made]
    assert portraits[0] == portraits[1] != portraits[2]


def test_code_of_noted_packages_is_passed_over():
    """A function of scikit-learn's, or its decorator around a method, changes with its version."""
    decorator = """
    def decorator(f):
        @functools.wraps(f)
        def wrapper(*args):
            return [f(*args) for _ in range(2)]
        return wrapper
    """
    inner = "class Mine(Base):\n    @decorator\n    def fit(self): return 1\n"

    def decorated(outer: str, inner: str) -> Any:
        made = classes(outer, "sklearn.somewhere")
        exec(inner, made := {**made, "__name__": "my_package"})
        return portrait(made["Mine"]())

    same = decorated(decorator, inner)
    assert decorated(decorator.replace("range(2)", "range(3)"), inner) == same
    assert decorated(decorator, inner.replace("return 1", "return 2")) != same
    assert len(portrait(f_classif)) == 3


def test_what_encloses_itself_is_read_once():
    """A recursive inner function, and a class that names itself in its methods."""
    source = """
    def recursive():
        def down(self, n):
            return down(self, n - 1) if n else 0
        return down
    class Mine(Base):
        down = recursive()
        def again(self):
            return super().__repr__(), __class__
    Mine.itself = Mine
    """
    assert told(source) == told(source) != told(source.replace("n - 1", "n - 2"))


def test_defaults_that_no_one_can_pickle_are_no_hindrance():
    """A lock as a default is told by its class."""
    source = """
    import threading
    class Mine(Base):
        def fit(self, X, lock=threading.Lock()): return 1
    """
    assert told(source) == told(source) != told(source.replace("return 1", "return 2"))


# computed by the code of before; what other packages have a part in is held by the next test
BEFORE = {
    "3041bacb4a35577a90ce3b0f": MLROS(fraction=0.5),
    "cbeded82c007c73ac8da33f7": SamplerSequence([("remedial", REMEDIAL()), ("mlros", MLROS())]),
}


@pytest.mark.parametrize("key", BEFORE)
def test_what_is_ours_is_told_as_before(key):
    """Cells of the packages whose versions are noted keep their keys."""
    assert digest(portrait(BEFORE[key])) == key


def test_what_is_scikit_learns_is_told_by_class_and_parameters():
    """Nothing of its code is in the portrait, nor in that of our classifiers around it."""
    tree = DecisionTreeClassifier(max_depth=3)
    plain = {
        "class": "sklearn.tree._classes.DecisionTreeClassifier",
        "params": tree.get_params(),
    }
    assert portrait(tree) == plain
    assert portrait(MultiLabelResampledClassifier(tree))["params"]["estimator"] == plain
    assert portrait(DecisionTreeClassifier) == plain["class"]


def test_a_table_is_told_by_its_content():
    """Data keep their fingerprints, whosever class holds them."""
    pd = pytest.importorskip("pandas")
    assert set(portrait(pd.DataFrame({"a": [1]}))) == {"class", "pickle"}


def test_cells_of_changed_code_are_missing(tmp_path):
    """A comparison reads the cells of the same code again, and none of the code before it."""
    pytest.importorskip("pandas")
    from skml_aemlo.compare import Experiment

    source = """
    class Mine(MLROS):
        def _resample(self, X, Y, rng):
            return super()._resample(X, Y, rng)
        def unused(self):
            return 1
    """
    X = np.random.default_rng(0).normal(size=(40, 3))
    toy = ("toy", X, (X > 0.5).astype(int))

    def experiment(source: str) -> Any:
        made = {"__name__": "my_package", "MLROS": MLROS}
        exec(textwrap.dedent(source), made)
        samplers = {"none": None, "mine": made["Mine"]()}
        tree = {"tree": DecisionTreeClassifier()}
        return Experiment(toy, samplers, tree, cv="1x2", out=tmp_path / "r.jsonl")

    with warnings.catch_warnings():
        warnings.simplefilter("ignore", UserWarning)
        assert experiment(source).compute() == 4
    assert experiment(source).missing() == []
    changed = experiment(source.replace("return 1", "return 2")).missing()
    assert [cell.sampler for cell in changed] == ["mine", "mine"]
