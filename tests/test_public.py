"""The public surface: what is exported, that it is documented, and what an import costs."""

import ast
import doctest
import importlib
import inspect
import os
import re
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import pytest
from registered import NAMES, OURS

import skml_aemlo
from skml_aemlo import SAMPLERS, MultiLabelSampler

ROOT = Path(skml_aemlo.__file__).parents[1]

# to add a name is a decision: docs/develop/decisions
SURFACE = {
    "AEMLO",
    "FixedThresholdsClassifier",
    "LPROS",
    "LPRUS",
    "LabelPowersetSampler",
    "MLROS",
    "MLRUS",
    "MLSMOTE",
    "MLTL",
    "MLUL",
    "MLeNN",
    "MLSOL",
    "MLRkNNOS",
    "MultiLabelResampledClassifier",
    "MultiLabelSampler",
    "REMEDIAL",
    "Resampling",
    "SAMPLERS",
    "SamplerSequence",
    "TunedThresholdsClassifierCV",
    "compare",
    "datasets",
    "ensemble",
    "make_sampler",
    "measures",
    "register_sampler",
}

ROOMS = (
    "",
    ".measures",
    ".datasets",
    ".compare",
    ".compare.plots",
    ".ensemble",
    ".skmultilearn",
    ".testing",
    ".approximate",
)


def exported(room: str) -> dict[str, Any]:
    """Return the public objects of a room of the package."""
    module = importlib.import_module("skml_aemlo" + room)
    return {name: getattr(module, name) for name in module.__all__}


def public_objects() -> dict[str, Any]:
    """Return every exported class and function by its dotted name."""
    return {
        f"skml_aemlo{room}.{name}": value
        for room in ROOMS
        for name, value in exported(room).items()
        if inspect.isclass(value) or inspect.isfunction(value)
    }


PUBLIC = public_objects()
every_object = pytest.mark.parametrize("thing", PUBLIC.values(), ids=PUBLIC.keys())


def sections(doc: str) -> dict[str, str]:
    """Split a numpydoc docstring at its underlined headings."""
    parts = re.split(r"^([A-Z][\w ]+)\n-{3,}\n", inspect.cleandoc(doc), flags=re.MULTILINE)
    return {"Summary": parts[0], **dict(zip(parts[1::2], parts[2::2], strict=True))}


def documented(section: str) -> dict[str, str]:
    """Return what a section lists: name -> type."""
    found: dict[str, str] = {}
    for names, kind in re.findall(r"^([*\w][\w*, ]*?)(?: : (.+))?$", section, flags=re.MULTILINE):
        found.update({name.strip(" *"): kind for name in names.split(",")})
    return found


def test_the_surface_is_the_designs():
    """``__all__`` holds what the design promises so far, no more, no less."""
    assert set(skml_aemlo.__all__) == SURFACE


@pytest.mark.parametrize("room", ROOMS)
def test_every_exported_name_exists_once(room):
    """``__all__`` names things that are there, and none of them twice."""
    module = importlib.import_module("skml_aemlo" + room)
    assert len(set(module.__all__)) == len(module.__all__)
    assert not [name for name in module.__all__ if not hasattr(module, name)]


@pytest.mark.parametrize("room", ROOMS)
def test_dir_shows_no_stray_public_name(room):
    """What a room shows beside ``__all__`` are its modules and what Python puts there."""
    module = importlib.import_module("skml_aemlo" + room)
    stray = {name for name in vars(module) if not name.startswith("_")} - set(module.__all__)
    if module.__file__.endswith("__init__.py"):
        assert not {name for name in stray if not inspect.ismodule(getattr(module, name))}


def test_the_version_is_the_installed_one():
    """setup.cfg reads the version from the package."""
    assert re.fullmatch(r"\d+\.\d+\.\d+(\.dev\d+)?", skml_aemlo.__version__)


@every_object
def test_summary_is_one_line(thing):
    """A docstring opens with one sentence on one line."""
    first, *rest = inspect.cleandoc(thing.__doc__).split("\n")
    assert first.endswith(".")
    assert not rest or rest[0] == ""


@every_object
def test_every_parameter_is_documented_with_its_type(thing):
    """Parameters lists the arguments of the signature in order, with types or a reference."""
    section = sections(thing.__doc__).get("Parameters", "")
    listed = documented(section)
    arguments = inspect.signature(thing).parameters.values()
    assert list(listed) == [argument.name for argument in arguments]
    if "As in `" not in section:
        named = [a.name for a in arguments if a.kind is not inspect.Parameter.VAR_KEYWORD]
        assert all(listed[name] for name in named)


@every_object
def test_documented_defaults_are_the_defaults(thing):
    """What "default=" says in a docstring is what the signature says, one by one or in a row."""
    listed = documented(sections(thing.__doc__).get("Parameters", ""))
    defaults = {a.name: a.default for a in inspect.signature(thing).parameters.values()}
    for name, kind in listed.items():
        stated = re.search(r"default=(.+)$", kind)
        if stated and repr(defaults[name]) != "<factory>":
            beside = tuple(defaults[other] for other in listed if listed[other] == kind)
            assert ast.literal_eval(stated[1]) in (defaults[name], beside)


@every_object
def test_every_public_thing_has_an_example_that_runs(thing):
    """Examples are there, and doctest finds them to be true."""
    assert ">>> " in sections(thing.__doc__).get("Examples", "")


@every_object
def test_a_function_says_what_it_returns(thing):
    """A function has a Returns section unless it returns None."""
    if inspect.isfunction(thing) and inspect.signature(thing).return_annotation not in {
        None,
        "None",
    }:
        assert sections(thing.__doc__).keys() & {"Returns", "Yields"}


@every_object
def test_public_methods_are_documented(thing):
    """Every public method has a docstring of its own or inherits one."""
    if inspect.isclass(thing) and thing.__module__.startswith("skml_aemlo"):
        methods = inspect.getmembers(thing, inspect.isfunction)
        bare = [name for name, value in methods if name[0] != "_" and not inspect.getdoc(value)]
        assert not bare


def samplers() -> dict[str, type]:
    """Return the exported sampler classes."""
    return {
        name: value
        for name, value in exported("").items()
        if inspect.isclass(value) and issubclass(value, MultiLabelSampler)
    }


@pytest.mark.parametrize("cls", [c for c in samplers().values() if c is not MultiLabelSampler])
def test_a_sampler_names_departures_and_papers(cls):
    """Notes and References are there, and the attributes every result has."""
    found = sections(cls.__doc__)
    assert {"Notes", "References"} <= set(found)
    assert {"sample_indices_", "is_synthetic_"} <= set(
        documented(found["Attributes"])
        | documented(sections(MultiLabelSampler.__doc__)["Attributes"])
    )


@pytest.mark.parametrize("cls", [c for c in samplers().values() if c is not MultiLabelSampler])
def test_every_parameter_of_a_sampler_is_checked(cls):
    """Each constructor parameter has its constraint, and no constraint is for another."""
    assert set(cls._parameter_constraints) == set(inspect.signature(cls).parameters)


@pytest.mark.parametrize("name", NAMES)
def test_registry_entries_are_complete(name):
    """Name, family, paper and a one-sentence summary are what the catalogue promises."""
    entry = SAMPLERS[name]
    assert entry.name == name == name.lower()
    assert entry.family
    assert entry.paper
    assert entry.summary.endswith(".")
    assert "\n" not in entry.summary


def test_every_sampler_class_is_registered():
    """A class that is exported can be made by name, the sequence and the base class apart."""
    made = {type(entry.factory()) for entry in OURS.values()}
    assert set(samplers().values()) - made <= {MultiLabelSampler}


def run_fresh(code: str, *options: str) -> str:
    """Run code in a new interpreter and return what it printed."""
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    done = subprocess.run(
        [sys.executable, *options, "-c", code],
        capture_output=True,
        text=True,
        env=environment,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


IMPORT_WATCHED = """
import sys

class Absent:
    "Refuse libraries as if they were not installed, and note which of our files ask for them."

    names = {"torch", "safetensors", "pandas", "matplotlib", "rich", "iterstrat", "jinja2"}
    asked = []

    def find_spec(self, name, path=None, target=None):
        if name.split(".")[0] not in self.names:
            return None
        frame = sys._getframe(1)
        while frame and "importlib" in frame.f_code.co_filename:
            frame = frame.f_back
        if frame and "skml_aemlo" in frame.f_code.co_filename:
            self.asked.append((name, frame.f_code.co_filename))
        raise ModuleNotFoundError(f"No module named {name!r}", name=name)

sys.meta_path.insert(0, Absent())
import skml_aemlo
"""


def test_import_needs_none_of_the_heavy_libraries():
    """Without torch, safetensors, pandas, matplotlib, rich, iterstrat and jinja2 it imports."""
    run_fresh(IMPORT_WATCHED + "assert not Absent.asked, Absent.asked")


def test_classical_samplers_work_without_pandas_and_torch():
    """Resampling arrays, sparse containers and lists needs neither."""
    run_fresh(
        IMPORT_WATCHED
        + """
import numpy as np, scipy.sparse as sp
X = np.arange(40.0).reshape(20, 2)
Y = np.column_stack([np.ones(20, int), np.arange(20) < 3])
names = ["mlros", "mlrus", "lpros", "lprus", "mlsmote", "mlsol", "mlrknnos", "mltl", "mlul"]
for name in (*names, "remedial", "remedial-mlsmote"):
    for held in (X, sp.csr_array(X), X.tolist()):
        skml_aemlo.make_sampler(name).fit_resample(held, Y)
skml_aemlo.measures.describe(Y)
"""
    )


def test_aemlo_without_torch_says_what_to_install():
    """The missing library gives one ImportError with the remedy."""
    out = run_fresh(
        IMPORT_WATCHED
        + """
try:
    skml_aemlo.AEMLO().fit_resample([[1.0], [2.0], [3.0], [4.0]], [[1, 0]] * 3 + [[1, 1]])
except ImportError as error:
    print(error)
"""
    )
    assert "pip install torch" in out


def test_import_is_silent_and_loads_no_torch():
    """``python -W error`` imports the package without a word, nor torch, which takes seconds."""
    assert (
        run_fresh("import sys, skml_aemlo; assert 'torch' not in sys.modules", "-W", "error") == ""
    )


def test_import_changes_no_random_stream_and_no_filter():
    """Numpy's and Python's global streams and the warning filters are what they were."""
    run_fresh(
        """
import random, warnings
import imblearn, numpy as np, sklearn, skmultilearn.adapt, skmultilearn.ensemble
import sklearn.model_selection, skmultilearn.problem_transform
np.random.seed(0)
random.seed(0)
def state():
    return repr(np.random.get_state()), random.getstate(), list(warnings.filters)
before = state()
import skml_aemlo
assert state() == before
"""
    )


def test_every_module_imports_on_its_own():
    """No module relies on another having been imported first."""
    names = [
        ".".join(path.relative_to(ROOT).with_suffix("").parts)
        for path in sorted((ROOT / "skml_aemlo").rglob("*.py"))
        if path.stem not in {"__init__", "__main__"}
        and (path.stem != "_network" or find_spec("torch"))
    ]
    run_fresh(f"import importlib\nfor name in {names!r}:\n    importlib.import_module(name)")


def test_examples_of_every_public_thing_are_collected():
    """The doctest module finds what docstrings show, decorators and re-exports notwithstanding."""
    modules = {sys.modules[thing.__module__] for thing in PUBLIC.values()}
    found = {t.name for module in modules for t in doctest.DocTestFinder().find(module)}
    shown = [t for t in PUBLIC.values() if ">>> " in t.__doc__]
    assert {f"{t.__module__}.{t.__qualname__}" for t in shown} <= found
