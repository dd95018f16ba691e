"""What the site promises of the code: its lists, and the four steps to a sampler."""

import ast
import csv
import importlib.util
import inspect
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest
from registered import OURS

import skml_aemlo
from skml_aemlo import SAMPLERS, _imbalance, samplers
from skml_aemlo.testing import check_sampler

pytest.importorskip("pandas")

DOCS = Path(__file__).parents[1] / "docs"
STEPS = DOCS / "develop" / "add_a_sampler.md"


@pytest.fixture(scope="module")
def listing():
    """Return the module that writes the site's lists."""
    spec = importlib.util.spec_from_file_location("listing", DOCS / "listing.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_the_page_on_choosing_lists_the_registry(listing):
    """Every sampler but none, and its page on fidelity; what is in git is what would be written."""
    page = (DOCS / "choosing.md").read_text(encoding="utf-8")
    rows = re.findall(r"^\| \[([\w-]+)\]\((fidelity/\w+\.md)\)", page, flags=re.MULTILINE)
    assert [name for name, _ in rows] == [name for name in OURS if name != "none"]
    assert all((DOCS / path).exists() for _, path in rows)
    assert listing.replace_table(page, listing.choosing()) == page


def test_gains_on_the_page_are_those_of_the_evidence():
    """AEMLO's with MLkNN, recomputed from the table that the package carries."""
    import pandas as pd

    table = pd.read_csv(Path(skml_aemlo.__file__).parent / "compare" / "evidence.csv")
    table = table[table["estimator"] == "mlknn"]
    wide = table[table["sampler"].isin(["none", "aemlo"])].pivot_table(
        index=["study", "dataset"], columns="sampler", values="macro_f"
    )
    gain = (wide["aemlo"] - wide["none"]).dropna()
    page = (DOCS / "choosing.md").read_text(encoding="utf-8")
    row = next(line for line in page.splitlines() if line.startswith("| [aemlo]"))
    assert f"{gain.mean():+.3f} ({(gain > 0).sum()}/{len(gain)})" in row


def test_figures_outside_the_eight_are_those_of_the_evidence():
    """All data sets and samplers of the study `wide`, to three digits."""
    page = (DOCS / "fidelity" / "aemlo.md").read_text(encoding="utf-8")
    part = page.partition("## Outside the eight")[2].partition("\n## ")[0]
    head, _, *lines = [line for line in part.splitlines() if line.startswith("|")]
    samplers_shown = [cell.strip() for cell in head.split("|")[2:-1]]
    told = set()
    for line in lines:
        name, *cells = (cell.strip() for cell in line.split("|")[1:-1])
        data = {"rcv1 subset 1": "rcv1subset1_top944"}.get(name, name)
        told |= {(data, *pair) for pair in zip(samplers_shown, cells, strict=True)}
    path = Path(skml_aemlo.__file__).parent / "compare" / "evidence.csv"
    with path.open(encoding="utf-8", newline="") as file:
        wide = [row for row in csv.DictReader(file) if row["study"] == "wide"]
    assert told == {
        (
            row["dataset"],
            row["sampler"],
            " ".join(
                f"{float(row[name]):.3f}"[1:] for name in ("macro_f", "macro_auc", "ranking_loss")
            ),
        )
        for row in wide
    }


@pytest.mark.parametrize("room", ["skml_aemlo", "skml_aemlo.compare", "skml_aemlo.measures"])
def test_the_api_is_listed_in_the_order_of_all(listing, room):
    """The order is read from the source, not from the module."""
    source = Path(importlib.import_module(room).__file__).read_text(encoding="utf-8")
    value = next(
        node.value
        for node in ast.parse(source).body
        if isinstance(node, ast.Assign) and getattr(node.targets[0], "id", "") == "__all__"
    )
    listed = re.findall(r"^   (\w+)$", listing.api_page(room), flags=re.MULTILINE)
    modules = {"compare", "datasets", "ensemble", "measures"}
    assert listed == [name for name in ast.literal_eval(value) if name not in modules]


SOURCES = [DOCS.parent / "README.md", *DOCS.glob("*.md"), *DOCS.glob("[dfg]*/**/*.md")]
SOURCES = [path for path in SOURCES if not {"gallery", "api", "_build"} & {*path.parts}]


@pytest.mark.parametrize("path", SOURCES, ids=lambda path: path.name)
def test_links_of_the_sources_lead_somewhere_in_a_clone(path):
    """Whoever reads the pages on a forge or in an editor has no built pages to go to."""
    text = re.sub(r"^```.*?^```", "", path.read_text("utf-8"), flags=re.MULTILINE | re.DOTALL)
    targets = [target.partition("#")[0] for target in re.findall(r"\]\(([^)\s]+)\)", text)]
    inside = [(path.parent / one).resolve() for one in targets if one and ":" not in one]
    made = [DOCS / "api", DOCS / "gallery", DOCS / "_build"]
    lost = [one for one in inside if not one.exists() or {*made} & {one, *one.parents}]
    assert not lost


@pytest.mark.parametrize(
    ("link", "leads"),
    [
        ("[a](../../skml_aemlo/samplers/aemlo.py)", "[a](../api/skml_aemlo.rst)"),
        ("[a](../../skml_aemlo/measures.py)", "[a](../api/skml_aemlo.measures.rst)"),
        ("[a](../../skml_aemlo/compare/plots/)", "[a](../api/skml_aemlo.compare.plots.rst)"),
        ("[a](../../skml_aemlo/compare/scoring.py)", "[a](../api/skml_aemlo.compare.rst)"),
        ("[a](../skml_aemlo/)", "[a](api/index.rst)"),
        ("[a](examples/)", "[a](gallery/index.rst)"),
        ("[a](../examples/own_sampler.py)", "[a](../gallery/own_sampler.rst)"),
    ],
)
def test_links_to_code_become_links_to_the_site(listing, link, leads):
    """Written out by hand; whether the pages exist, the site's own test tells."""
    assert listing.lead_to_the_site(f"see {link}.") == f"see {leads}."


def test_the_first_mention_of_a_class_leads_to_its_page(listing):
    """Not a second one, nor one in a heading, in code, or in the text of another link."""
    page = (
        "# `MLROS`\n\n```python\n`MLROS`\n```\n[`MLROS`](x.md) `MLROS` and `MLROS(1)`, `COCOA(2)`\n"
    )
    page += "`KFold` `mlros`\n"
    led = page.replace("`MLROS` and", "{py:obj}`MLROS <skml_aemlo.MLROS>` and")
    led = led.replace("`COCOA(2)`", "{py:obj}`COCOA(2) <skml_aemlo.ensemble.COCOA>`")
    assert listing.link_first(page) == led


def test_every_example_is_in_the_gallery(listing):
    """No file of the folder is left out, none is missing."""
    found = {path.name for path in (DOCS / "examples").glob("*.py")}
    assert set(listing.EXAMPLES) == found


@pytest.mark.parametrize("folder", ["guide", "fidelity"])
def test_every_page_is_led_to_by_its_index(folder):
    """By a link, which leads somewhere in a clone, too; a list for the site alone does not."""
    index = (DOCS / folder / "index.md").read_text(encoding="utf-8")
    items = "".join(re.findall(r"^(?:- |  ).*\n", index, flags=re.MULTILINE))
    linked = set(re.findall(r"\]\((\w+)\.md\)", items))
    assert linked == {path.stem for path in (DOCS / folder).glob("*.md")} - {"index"}


def test_the_picture_of_the_architecture_is_that_of_the_test():
    """What is in git is what the script draws from the floors."""
    script = DOCS / "images" / "draw_architecture.py"
    spec = importlib.util.spec_from_file_location("draw_architecture", script)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    kept = (DOCS / "images" / "architecture.svg").read_text(encoding="utf-8")
    assert module.draw(module.floors()) == kept


def blocks():
    """Return the Python blocks of the four steps."""
    text = STEPS.read_text(encoding="utf-8")
    return re.findall(r"^```python\n(.*?)^```", text, flags=re.MULTILINE | re.DOTALL)


@pytest.fixture(scope="module")
def followed():
    """Follow the steps: the class in its module, the line in the catalogue, the test."""
    written, line, test = blocks()
    names = dict(vars(samplers.selection), SamplerEntry=type(SAMPLERS["none"]))
    exec(compile("from __future__ import annotations\n" + written, str(STEPS), "exec"), names)
    (names["entry"],) = eval(f"({line})", names)  # a line of the catalogue, comma and all
    monkeypatch = pytest.MonkeyPatch()
    monkeypatch.setattr(skml_aemlo, "MLDup", names["MLDup"], raising=False)
    exec(compile(test, str(STEPS), "exec"), names)
    monkeypatch.undo()
    return names


def test_the_class_of_the_first_step_keeps_the_contract(followed):
    """It passes what every sampler passes, and its example gives what it says."""
    globals()["MLDup"] = followed["MLDup"]
    followed["MLDup"].__module__ = __name__
    check_sampler(followed["MLDup"](random_state=0))
    X_res, _ = followed["MLDup"]().fit_resample(["a", "b", "c"], [[1, 0], [1, 1], [1, 0]])
    assert X_res == ["a", "b", "c", "b"]
    assert "['a', 'b', 'c', 'b']" in followed["MLDup"].__doc__


def test_the_class_of_the_first_step_is_documented_as_all_are(followed):
    """It has the sections that test_public.py asks of a sampler, and a rule a parameter."""
    headings = re.findall(r"^(\w+)\n-+$", inspect.getdoc(followed["MLDup"]), flags=re.MULTILINE)
    assert {"Parameters", "Attributes", "Notes", "References", "Examples"} <= set(headings)
    assert set(followed["MLDup"]._parameter_constraints) == set(followed["MLDup"]().get_params())


def test_the_line_of_the_second_step_is_an_entry(followed):
    """It makes the sampler, in a family that exists."""
    entry = followed["entry"]
    assert type(entry.factory()).__name__ == "MLDup"
    assert entry.family in {other.family for other in SAMPLERS.values()}


def test_the_test_of_the_third_step_can_pass_and_fail(followed, monkeypatch):
    """It passes on the class, and fails on one that clones something else."""
    test = followed[next(name for name in followed if name.startswith("test_"))]
    test()
    monkeypatch.setitem(followed, "minority_of", _imbalance.majority_of)
    with pytest.raises(AssertionError):
        test()


def test_the_steps_name_every_test_that_runs_over_the_registry():
    """Those that import from registered.py, and the file of the sampler's own module."""
    text = STEPS.read_text(encoding="utf-8")
    tests = Path(__file__).parent
    over = {
        path.name
        for path in tests.glob("test_*.py")
        if "from registered import" in path.read_text(encoding="utf-8")
    }
    named = set(re.findall(r"tests/(test_\w+\.py)", text))
    assert over <= named
    assert all((tests / name).exists() for name in named)


def test_the_steps_name_every_file_that_is_written():
    """Where a sampler is named, told and listed: each is there, and holds one that is."""
    text = STEPS.read_text(encoding="utf-8")
    for place in (
        *("skml_aemlo/registry.py", "skml_aemlo/__init__.py", "tests/test_public.py"),
        *("docs/fidelity/index.md", "docs/guide/selection.md", "CHANGELOG.md"),
    ):
        assert f"`{place}`" in text
        assert "MLROS" in (DOCS.parent / place).read_text(encoding="utf-8")


WORDS = {14: "fourteen", 15: "fifteen", 16: "sixteen", 17: "seventeen", 18: "eighteen"}
COUNTS = {
    "README.md": [r"(\w+) named samplers"],
    "docs/others.md": [r"(\w+) named samplers"],
    "docs/index.md": [r"(\w+) samplers, from", r"all (\w+), and what they gained"],
}


@pytest.mark.parametrize("page", COUNTS)
def test_pages_count_the_samplers_of_the_registry(page):
    """Every name but none, in figures or in words."""
    text = (DOCS.parent / page).read_text(encoding="utf-8")
    number = len(OURS) - 1
    for pattern in COUNTS[page]:
        assert re.findall(pattern, text), f"{page} counts no samplers as {pattern!r}"
        for told in re.findall(pattern, text):
            assert told in (str(number), WORDS.get(number)), f"{page}: {told}, are {number}"


def test_the_lists_are_of_the_clone_that_the_script_is_in(tmp_path):
    """From anywhere, with another package of that name before it."""
    (tmp_path / "skml_aemlo.py").write_text("raise ImportError('another one')")
    done = subprocess.run(
        [sys.executable, DOCS / "listing.py"],
        cwd=tmp_path,
        env={**os.environ, "PYTHONPATH": str(tmp_path)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
