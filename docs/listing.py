"""What the site lists from the code itself: the API in the order of ``__all__``, the examples."""

import importlib
import inspect
from pathlib import Path

__all__ = ["EXAMPLES", "ROOMS", "api_page", "write"]

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
    parts = [f"{room}\n{'=' * len(room)}", inspect.getdoc(module) or ""]
    names = [name for name in module.__all__ if not inspect.ismodule(getattr(module, name))]
    parts.append(f".. currentmodule:: {room}")
    parts.append(
        ".. autosummary::\n   :toctree: made\n   :nosignatures:\n\n"
        + "\n".join(f"   {name}" for name in names)
    )
    return "\n\n".join(parts) + "\n"


def api_index() -> str:
    """Return the page that leads to them."""
    listed = "\n".join(f"   {room}" for room in ROOMS)
    return f"API\n===\n\n.. toctree::\n   :maxdepth: 1\n\n{listed}\n"


def write(docs: Path) -> None:
    """Write the pages of the API below ``docs/api``; a page that would not change is left alone."""
    (docs / "api").mkdir(exist_ok=True)
    pages = {"index": api_index(), **{room: api_page(room) for room in ROOMS}}
    for name, text in pages.items():
        path = docs / "api" / f"{name}.rst"
        if not path.exists() or path.read_text(encoding="utf-8") != text:
            path.write_text(text, encoding="utf-8")
