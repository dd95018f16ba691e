"""The Python blocks of the guide's pages, for the tests that run them."""

import re
from pathlib import Path
from typing import Any

FOLDER = Path(__file__).parents[1] / "docs" / "guide"


def blocks(page: str, mentioning: str = "") -> list[str]:
    """Return a page's blocks that mention something; doctests, which pytest runs, are none."""
    text = (FOLDER / page).read_text(encoding="utf-8")
    found = re.findall(r"^```python\n(?!>>>)(.*?)^```$", text, re.DOTALL | re.MULTILINE)
    return [block for block in found if mentioning in block]


def run(block: str, names: dict[str, Any]) -> dict[str, Any]:
    """Run a block among these names, and return them with its own."""
    exec(compile(block, "guide", "exec"), names)
    return names
