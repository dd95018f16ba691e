"""What the site lists from the code: the API in the order of ``__all__``, samplers, examples.

``python docs/listing.py`` writes all of it; `tests/test_docs.py` holds what is kept in git to it.
"""

import importlib
import inspect
import re
import sys
from pathlib import Path

if __name__ == "__main__":  # the clone that this file is in, not one that is installed
    sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from skml_aemlo import SAMPLERS
from skml_aemlo.compare.evidence import gains_of, read_evidence

__all__ = ["EXAMPLES", "ROOMS", "api_page", "choosing", "lead_to_the_site", "link_first", "write"]

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
        if name == "none" or not entry.factory.__module__.startswith("skml_aemlo."):
            continue
        page = PAGES.get(name, name.partition("-")[0])
        cells = [told.get((name, *shown), "") for shown in SHOWN]
        summary = entry.summary.rstrip(".")
        lines.append(f"| [{name}](fidelity/{page}.md) | {summary} | {' | '.join(cells)} |")
    return "\n".join(lines) + "\n"


def lead_to_the_site(page: str) -> str:
    """Turn links to code and examples, which lead somewhere in a clone, to the site's pages."""
    for name in EXAMPLES:
        page = page.replace(f"examples/{name})", f"gallery/{name[:-3]}.rst)")
    page = page.replace("](examples/)", "](gallery/index.rst)")
    page = page.replace("](../skml_aemlo/)", "](api/index.rst)")
    return re.sub(r"\]\(\.\./((?:\.\./)*)(skml_aemlo/[\w/]*)(?:\.py)?\)", _to_the_api, page)


def _to_the_api(link: re.Match[str]) -> str:
    """Return a link to the page of the room that holds a file."""
    dotted = link[2].strip("/").replace("/", ".") + "."
    room = max((room for room in ROOMS if dotted.startswith(f"{room}.")), key=len)
    return f"]({link[1]}api/{room}.rst)"


# whose classes a page's first mention leads to; scikit-multilearn's names are scikit-learn's, too
_OTHERS = ("ensemble", "approximate", "datasets", "compare.plots")
LINKED = ("skml_aemlo", *(f"skml_aemlo.{name}" for name in _OTHERS))


def link_first(page: str) -> str:
    """Lead the first mention of each class of ours in a page's text to its API page."""
    rooms = {room: importlib.import_module(room) for room in LINKED}
    homes = {
        name: f"{room}.{name}"
        for room, module in reversed(rooms.items())
        for name in module.__all__
        if inspect.isclass(getattr(module, name))
    }
    # not in blocks of code, in headings, or where it is the text of a link
    kept = r"^```.*?^```|^#.*?$|\[`[^`]*`\]"
    mention = r"`(?P<code>(?P<name>[A-Za-z]\w*)(?:\([^`<>]*\))?)`"

    def lead(found: re.Match[str]) -> str:
        home = homes.pop(found["name"], None) if found["name"] else None
        return f"{{py:obj}}`{' '.join(found['code'].split())} <{home}>`" if home else found[0]

    return re.sub(f"{kept}|{mention}", lead, page, flags=re.MULTILINE | re.DOTALL)


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
