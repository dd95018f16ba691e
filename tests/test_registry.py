"""The catalogue: lookup, registration and plug-ins found through entry points."""

import importlib.metadata
import sys
import types

import pytest
from registered import OURS

from skml_aemlo import MLROS, SAMPLERS, MultiLabelSampler, make_sampler, register_sampler, registry
from skml_aemlo.registry import SamplerEntry


@pytest.fixture
def fresh_catalogue(monkeypatch):
    """Replace the catalogue for one test, so that registrations do not leak."""
    catalogue = registry._Catalogue(registry._OURS)
    monkeypatch.setattr(registry, "SAMPLERS", catalogue)
    return catalogue


@pytest.mark.parametrize("name", [name for name in OURS if name != "none"])
def test_every_entry_makes_a_sampler_and_says_what_it_is(name):
    """Each entry has a family, a paper, one sentence and a working factory."""
    entry = SAMPLERS[name]
    assert isinstance(make_sampler(name), MultiLabelSampler)
    assert entry.name == name
    assert entry.family
    assert entry.paper
    assert entry.summary.endswith(".")


def test_none_makes_nothing():
    """The baseline has a name, and no sampler."""
    assert make_sampler("none") is None


def test_names_are_found_in_any_case_and_take_parameters():
    """make_sampler passes parameters on."""
    assert make_sampler("MLSMOTE", n_neighbors=2).n_neighbors == 2
    assert make_sampler("remedial-mlros", mlros__fraction=0.5).samplers[1][1].fraction == 0.5


@pytest.mark.parametrize(
    ("name", "params", "message"),
    [
        ("mlsmot", {}, "unknown sampler 'mlsmot'; did you mean 'mlsmote'"),
        ("zzz", {}, "unknown sampler 'zzz'; known: none, mlros"),
        ("mlros", {"k": 3}, "Invalid parameter 'k'"),
        ("none", {"k": 3}, "takes no parameters"),
    ],
)
def test_unknown_names_and_parameters_are_refused(name, params, message):
    """The error names what was asked for and what there is."""
    with pytest.raises(ValueError, match=message):
        make_sampler(name, **params)


def test_registered_samplers_are_made(fresh_catalogue):
    """A registered class is found by name, once."""
    register_sampler("light", lambda: MLROS(fraction=0.05), summary="A little.")
    assert make_sampler("light").fraction == 0.05
    with pytest.raises(ValueError, match="'light' is taken"):
        register_sampler("light", MLROS)
    register_sampler("light", MLROS, overwrite=True)
    assert make_sampler("light").fraction == 0.25


def test_bad_registrations_are_refused(fresh_catalogue):
    """Upper case and things that cannot be called are named."""
    with pytest.raises(ValueError, match="lower-case"):
        register_sampler("Light", MLROS)
    with pytest.raises(TypeError, match="must be a class or a function"):
        register_sampler("light", 3)


def test_entries_are_refused_as_registrations_are():
    """An entry made by hand could hold a name that no look-up finds."""
    with pytest.raises(ValueError, match=r"^name must be a lower-case string; got 'Light'\.$"):
        SamplerEntry("Light", MLROS, "selection", "", "")
    with pytest.raises(ValueError, match=r"^name must be a lower-case string; got ''\.$"):
        SamplerEntry("", MLROS, "selection", "", "")
    with pytest.raises(TypeError, match="'light' must be a class or a function; got 3"):
        SamplerEntry("light", 3, "selection", "", "")


def plug_ins(monkeypatch, points):
    """Let these entry points be those that are installed, of a module demo_plugin."""
    plugin = types.ModuleType("demo_plugin")
    plugin.Mine = type("Mine", (MLROS,), {"__doc__": "Clones mine."})
    plugin.ENTRY = SamplerEntry("entry", MLROS, "selection", "a paper", "An entry.")
    plugin.MLENN = SamplerEntry("mlenn", MLROS, "selection", "a paper", "Another's name.")
    plugin.THREE = 3
    monkeypatch.setitem(sys.modules, "demo_plugin", plugin)
    made = [
        importlib.metadata.EntryPoint(name, f"demo_plugin:{attribute}", registry.ENTRY_POINTS)
        for name, attribute in points.items()
    ]
    monkeypatch.setattr(registry, "entry_points", lambda group: made)


def test_plug_ins_are_found(fresh_catalogue, monkeypatch):
    """Entry points give classes or entries; without a fault there is nothing to say."""
    plug_ins(monkeypatch, {"mine": "Mine", "entry": "ENTRY"})
    assert fresh_catalogue["mine"].summary == "Clones mine."
    assert fresh_catalogue["entry"].paper == "a paper"


@pytest.mark.parametrize(
    ("name", "attribute", "problem"),
    [
        (
            "broken",
            "Missing",
            "was left out (AttributeError: module 'demo_plugin' has no attribute 'Missing'); "
            "mend or uninstall it.",
        ),
        (
            "three",
            "THREE",
            "was left out (TypeError: the sampler 'three' must be a class or a function; got 3); "
            "mend or uninstall it.",
        ),
        (
            "mlros",
            "Mine",
            "was left out, since the name 'mlros' is taken; rename or uninstall it.",
        ),
        (
            "free",
            "MLENN",
            "was left out, since the name 'mlenn' is taken; rename or uninstall it.",
        ),
    ],
)
def test_plug_ins_with_a_fault_are_left_out(fresh_catalogue, monkeypatch, name, attribute, problem):
    """One sentence says which, why and what to do; the others, and ours, are there."""
    plug_ins(monkeypatch, {name: attribute, "mine": "Mine"})
    with pytest.warns(UserWarning, match="plug-in") as caught:
        names = set(fresh_catalogue)
    assert [str(one.message) for one in caught] == [
        f"sampler plug-in {name!r} = 'demo_plugin:{attribute}' {problem}"
    ]
    assert names == {"mine", *(entry.name for entry in registry._OURS)}
    assert fresh_catalogue["mlros"].factory is MLROS
    assert fresh_catalogue["mlenn"].factory is not MLROS


@pytest.mark.parametrize(
    ("name", "attribute", "known", "whose"),
    [
        ("Mine", "Mine", "mine", "since names are lower-case"),
        ("other", "ENTRY", "entry", "the name of its SamplerEntry"),
        ("Entry", "ENTRY", "entry", "the name of its SamplerEntry"),
    ],
)
def test_a_plug_in_under_another_name_is_told(
    fresh_catalogue, monkeypatch, name, attribute, known, whose
):
    """Whoever reads the entry point looks for a name that there is not: both are named."""
    plug_ins(monkeypatch, {name: attribute})
    with pytest.warns(UserWarning, match="plug-in") as caught:
        assert known in fresh_catalogue
    assert [str(one.message) for one in caught] == [
        f"sampler plug-in {name!r} = 'demo_plugin:{attribute}' is known as {known!r}, {whose}; "
        "call the entry point so."
    ]
    assert name not in set(fresh_catalogue)
    assert isinstance(make_sampler(name if attribute == "Mine" else known), MLROS)


@pytest.mark.parametrize(
    "ask",
    [
        lambda catalogue: len(catalogue),
        lambda catalogue: "mlros" in catalogue,
        lambda catalogue: catalogue.get("mlros"),
        lambda catalogue: make_sampler("mlros"),
        lambda catalogue: [entry.name for entry in catalogue.values()],
    ],
    ids=["len", "in", "get", "make_sampler", "values"],
)
def test_the_warning_stands_at_the_line_that_asked(fresh_catalogue, monkeypatch, ask):
    """A line of ours, or of Python's collections, tells the caller nothing."""
    plug_ins(monkeypatch, {"mlros": "Mine"})
    with pytest.warns(UserWarning, match="is taken") as caught:
        ask(fresh_catalogue)
    assert caught[0].filename == __file__


def test_an_entry_that_makes_no_sampler_is_refused(fresh_catalogue):
    """A factory whose product cannot resample is named when it is used."""
    register_sampler("dict", dict)
    with pytest.raises(TypeError, match=r"'dict' made \{\}, which has no fit_resample"):
        make_sampler("dict")
