"""Draw the rooms of the library, floor by floor: ``python docs/images/draw_architecture.py``.

The floors are those that ``tests/test_architecture.py`` proves from the imports.
"""

import ast
from html import escape
from pathlib import Path

HERE = Path(__file__).parent
TEST = HERE.parents[1] / "tests" / "test_architecture.py"

BOX, GAP, WIDE = 24, 8, 760
SAID = {
    "samplers": "a sampler decides about rows",
    "base": "the base class applies it: containers, seeds, provenance",
    "registry": "name, recipe, family, paper",
    "measures": "how skewed labels are",
    "compare": "grid, statistics, plots, report, advice",
    "cli": "the same on the command line",
    "classifier": "resample the training fold, fit, predict",
    "_containers": "one shape inside: csr_array labels",
    "datasets": "ARFF, OpenML, made data",
    "skmultilearn": "scikit-multilearn, mended",
}


def floors():
    """Return the rooms of every floor, from the lowest."""
    tree = ast.parse(TEST.read_text(encoding="utf-8"))
    value = next(
        node.value
        for node in tree.body
        if isinstance(node, ast.Assign) and node.targets[0].id == "FLOORS"
    )
    return [sorted(ast.literal_eval(floor)) for floor in value.elts]


def draw(floors):
    """Return a picture of the floors, the highest on top."""
    top = [f for f in reversed(floors) if f != ["__main__"]]
    parts, y = [], GAP
    for floor in top:
        x = GAP
        for room in floor:
            width = 22 + 7.6 * len(room)
            kind = "inner" if room.startswith("_") else "room"
            parts.append(
                f'<rect class="{kind}" x="{x}" y="{y}" width="{width:.0f}" height="{BOX}"/>'
            )
            parts.append(f'<text class="{kind}" x="{x + 11}" y="{y + 17}">{escape(room)}</text>')
            x += round(width) + GAP
        said = "; ".join(SAID[room] for room in floor if room in SAID)
        parts.append(f'<text class="said" x="{max(x, 250) + 6}" y="{y + 17}">{escape(said)}</text>')
        y += BOX + GAP
    style = (
        "text{font:13px monospace;fill:#1a1a1a}"
        "text.said{font:12px sans-serif;fill:#555}"
        "rect{rx:4;fill:#fff;stroke:#888}rect.room{fill:#dcebf5;stroke:#2a6f97}"
    )
    title = "The rooms of the library: each imports those below it only"
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDE} {y}" width="{WIDE}" '
        f'role="img" aria-label="{title}"><title>{title}</title><style>{style}</style>'
        f'<rect x="0" y="0" width="{WIDE}" height="{y}" style="fill:#fff;stroke:none"/>\n'
        + "\n".join(parts)
        + "\n</svg>\n"
    )


if __name__ == "__main__":
    (HERE / "architecture.svg").write_text(draw(floors()), encoding="utf-8")
