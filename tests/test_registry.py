"""The catalogue: lookup, registration and plug-ins found through entry points."""

import importlib.metadata
import sys
import types

import pytest

from skml_aemlo import MLROS, SAMPLERS, MultiLabelSampler, make_sampler, register_sampler, registry
from skml_aemlo.registry import SamplerEntry


@pytest.fixture
def fresh_catalogue(monkeypatch):
    """Replace the catalogue for one test, so that registrations do not leak."""
    catalogue = registry._Catalogue(registry._OURS)
    monkeypatch.setattr(registry, "SAMPLERS", catalogue)
    return catalogue


@pytest.mark.parametrize("name", [name for name in SAMPLERS if name != "none"])
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


def test_plug_ins_are_found_and_broken_ones_left_out(fresh_catalogue, monkeypatch):
    """Entry points give classes or entries; one that fails warns and spares the others."""
    plugin = types.ModuleType("demo_plugin")
    plugin.Mine = type("Mine", (MLROS,), {"__doc__": "Clones mine."})
    plugin.ENTRY = SamplerEntry("entry", MLROS, "selection", "a paper", "An entry.")
    monkeypatch.setitem(sys.modules, "demo_plugin", plugin)
    points = [
        importlib.metadata.EntryPoint(name, value, registry.ENTRY_POINTS)
        for name, value in [
            ("mine", "demo_plugin:Mine"),
            ("entry", "demo_plugin:ENTRY"),
            ("broken", "demo_plugin:Missing"),
            ("mlros", "demo_plugin:Mine"),
        ]
    ]
    monkeypatch.setattr(registry, "entry_points", lambda group: points)
    with pytest.warns(UserWarning, match="was left out") as caught:
        names = list(fresh_catalogue)
    assert {"mine", "entry"} <= set(names)
    assert "broken" not in names
    assert len(caught) == 2
    assert fresh_catalogue["mine"].summary == "Clones mine."
    assert fresh_catalogue["mlros"].factory is MLROS


def test_an_entry_that_makes_no_sampler_is_refused(fresh_catalogue):
    """A factory whose product cannot resample is named when it is used."""
    register_sampler("dict", dict)
    with pytest.raises(TypeError, match=r"'dict' made \{\}, which has no fit_resample"):
        make_sampler("dict")
