"""Files that repeat a version say the same as setup.cfg, where each is decided."""

import configparser
import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]


def floors() -> dict[str, str]:
    """Return the lowest version of each requirement in setup.cfg."""
    setup = configparser.ConfigParser()
    setup.read(ROOT / "setup.cfg")
    texts = [setup["options"]["install_requires"], *setup["options.extras_require"].values()]
    return dict(re.findall(r"^([\w-]+)\s*>=\s*([\d.]+)$", "\n".join(texts), flags=re.MULTILINE))


def pins(name: str) -> dict[str, str]:
    """Return the version of each package that a constraints file pins."""
    text = (ROOT / "tests" / name).read_text(encoding="utf-8")
    return dict(re.findall(r"^([\w-]+)==([\d.]+)", text, flags=re.MULTILINE))


def number(version: str) -> tuple[int, ...]:
    """Return a version as numbers, without zeros at its end."""
    return tuple(map(int, re.sub(r"(\.0)+$", "", version).split(".")))


# torch's floor would fetch gigabytes; test tools work at any version; the site is built with pins
UNTESTED = {"torch", "pytest", "pytest-benchmark", "pytest-cov", "pytest-xdist", "hypothesis"}
UNTESTED |= {"setuptools"}
UNTESTED |= {"sphinx", "pydata-sphinx-theme", "numpydoc", "myst-parser", "sphinx-gallery"}


@pytest.mark.parametrize("package", sorted(set(floors()) - UNTESTED))
def test_the_oldest_versions_tested_are_the_oldest_allowed(package):
    """What nox -s oldest installs is what setup.cfg promises."""
    assert number(pins("constraints-oldest.txt")[package]) == number(floors()[package])


def test_no_pin_is_older_than_what_is_allowed():
    """The versions of every day lie within the ranges."""
    allowed, pinned = floors(), pins("constraints.txt")
    assert set(allowed) & set(pinned)
    assert not [p for p in set(allowed) & set(pinned) if number(pinned[p]) < number(allowed[p])]


def test_every_python_that_is_promised_has_a_session():
    """The classifiers of setup.cfg name the Pythons of nox -s pythons."""
    setup = (ROOT / "setup.cfg").read_text(encoding="utf-8")
    promised = set(re.findall(r"Python :: (3\.\d+)", setup))
    noxfile = (ROOT / "noxfile.py").read_text(encoding="utf-8")
    listed = re.search(r"@nox.session\(python=\[(.*)\]\)\ndef pythons", noxfile)
    assert listed is not None
    assert set(re.findall(r"3\.\d+", listed[1])) == promised
