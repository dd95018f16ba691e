"""What the site lists from the code: the API in the order of ``__all__``, samplers, examples.

``python docs/listing.py`` writes all of it; `tests/test_docs.py` holds what is kept in git to it.
"""

import importlib
import inspect
from pathlib import Path

from skml_aemlo import SAMPLERS
from skml_aemlo.compare.evidence import gains_of, read_evidence

__all__ = ["EXAMPLES", "ROOMS", "api_page", "choosing", "write"]

# the public modules, in the order in which one meets them
ROOMS = (
    "skml_aemlo",
    "skml_aemlo.measures",
    "skml_aemlo.datasets",
    "skml_aemlo.compare",
    "skml_aemlo.compare.plots",
    "skml_aemlo.ensemble",
    "skml_aemlo.skmultilearn",
    "skml_aemlo.approximate",
    "skml_aemlo.testing",
)

# the gallery, from the first question to the last
EXAMPLES = [
    "imbalance_profile.py",
    "leaking_evaluation.py",
    "grid_search.py",
    "text_tagging.py",
    "grouped_cross_validation.py",
    "aemlo_latent_space.py",
    "many_rows.py",
    "own_sampler.py",
]


def api_page(room: str) -> str:
    """Return the page of a module: what it says of itself, then its names in their order."""
    module = importlib.import_module(room)
    parts = [f"{room}\n{'=' * len(room)}", f".. module:: {room}", inspect.getdoc(module) or ""]
    names = [name for name in module.__all__ if not inspect.ismodule(getattr(module, name))]
    parts.append(
        ".. autosummary::\n   :toctree: made\n   :nosignatures:\n\n"
        + "\n".join(f"   {name}" for name in names)
    )
    return "\n\n".join(parts) + "\n"


def api_index() -> str:
    """Return the page that leads to them, with the first sentence of each."""
    listed = "\n".join(f"   {room}" for room in ROOMS)
    told = "\n".join(f":doc:`{room}`\n   {first_line(room)}\n" for room in ROOMS)
    words = (
        "Every public name, module by module. What the modules are for, with examples, is in the"
        " :doc:`guide <../guide/index>`."
    )
    return f"API\n===\n\n{words}\n\n.. toctree::\n   :hidden:\n\n{listed}\n\n{told}"


def first_line(room: str) -> str:
    """Return the first line of what a module says of itself."""
    return (inspect.getdoc(importlib.import_module(room)) or "").partition("\n")[0]


# what the table of gains shows: the classifiers that most people use, and two kinds of scores
SHOWN = (
    *(("mlknn", "macro_f"), ("br-logistic", "macro_f"), ("br-tree", "macro_f")),
    *(("mlknn", "ranking_loss"), ("br-tree", "ranking_loss")),
)
METRIC = {"macro_f": "Macro-F", "ranking_loss": "ranking loss"}
# where a sampler's fidelity page is, where its own name does not tell
PAGES = {"lp-smote": "labelpowersetsampler"}


def gains() -> dict[tuple[str, str, str], str]:
    """Return the mean gain of a sampler and on how many data sets it was better, as text."""
    evidence, told = read_evidence(), {}
    for estimator, metric in SHOWN:
        found = gains_of(evidence, metric)
        for sampler, rows in found[found["estimator"] == estimator].groupby("sampler"):
            better = int((rows["gain"] > 0).sum())
            text = f"{rows['gain'].mean():+.3f} ({better}/{len(rows)})"
            told[sampler, estimator, metric] = text
    return told


def choosing() -> str:
    """Return the table of *choosing a sampler*: the registry's samplers, and what they gained."""
    told = gains()
    heads = [f"`{estimator}`: {METRIC[metric]}" for estimator, metric in SHOWN]
    lines = [
        f"| name | what it does | {' | '.join(heads)} |",
        "|---" * (2 + len(SHOWN)) + "|",
    ]
    for name, entry in SAMPLERS.items():
        if name == "none" or not entry.factory.__module__.startswith("skml_aemlo"):
            continue
        page = PAGES.get(name, name.partition("-")[0])
        cells = [told.get((name, *shown), "") for shown in SHOWN]
        summary = entry.summary.rstrip(".")
        lines.append(f"| [{name}](fidelity/{page}.md) | {summary} | {' | '.join(cells)} |")
    return "\n".join(lines) + "\n"


def replace_table(page: str, table: str) -> str:
    """Return a page with the table between its two marks replaced."""
    before, rest = page.split(_START)
    return f"{before}{_START}\n\n{table}\n{_END}{rest.split(_END)[1]}"


_START, _END = "<!-- from the registry: python docs/listing.py -->", "<!-- end -->"


def write(docs: Path) -> None:
    """Write the pages of the API and the table of samplers; what would not change is left alone."""
    (docs / "api").mkdir(exist_ok=True)
    page = docs / "choosing.md"
    texts = {page: replace_table(page.read_text(encoding="utf-8"), choosing())}
    texts[docs / "api" / "index.rst"] = api_index()
    texts |= {docs / "api" / f"{room}.rst": api_page(room) for room in ROOMS}
    for path, text in texts.items():
        if not path.exists() or path.read_text(encoding="utf-8") != text:
            path.write_text(text, encoding="utf-8")


if __name__ == "__main__":
    write(Path(__file__).parent)
