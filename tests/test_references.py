"""The papers in BibTeX: whatever the code rests on is there, and can be read."""

import ast
import re
from pathlib import Path

import pytest

from skml_aemlo import SAMPLERS

ROOT = Path(__file__).parents[1]
BIB = (ROOT / "docs" / "references.bib").read_text(encoding="utf-8")
CITE = (ROOT / "docs" / "cite.md").read_text(encoding="utf-8")
ENTRY = r"^@(\w+)\{(\w+),\n((?:  .+\n)+)\}\n"
NEEDED = {"article": "journal", "inproceedings": "booktitle", "techreport": "institution"}
OURS = [e for e in SAMPLERS.values() if e.factory.__module__.startswith("skml_aemlo.")]
PAPERS = sorted({entry.paper for entry in OURS} - {""})


def entries(text: str) -> dict[str, dict[str, str]]:
    """Return the fields of every entry by its key; a line that is no field fails."""
    found = {}
    for kind, key, body in re.findall(ENTRY, text, flags=re.MULTILINE):
        fields = [re.fullmatch(r"  (\w+) += \{(.+)\},", line) for line in body.splitlines()]
        assert all(fields), key
        assert key not in found
        found[key] = {"kind": kind, **{field[1]: field[2] for field in fields}}
    return found


def plain(title: str) -> str:
    """Return a title without braces, in lower case, every space one."""
    return " ".join(re.sub("[{}]", "", title).lower().split())


def cited() -> dict[str, str]:
    """Return title -> module of every paper under a heading References in a docstring."""
    titles = {}
    for path in sorted((ROOT / "skml_aemlo").rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef):
                _, _, after = (ast.get_docstring(node) or "").partition("References\n----------\n")
                part = re.split(r"\n\w+\n-{3,}\n", after)[0]
                titles |= dict.fromkeys(re.findall(r'"([^"]+?),?"', part), path.name)
    return titles


def test_the_file_is_entries_and_comments_alone() -> None:
    """Braces close, and each entry has an author, a title, a year and where it appeared."""
    rest = re.sub(ENTRY, "", BIB, flags=re.MULTILINE)
    assert all(line.startswith("%") for line in rest.splitlines() if line)
    for key, fields in entries(BIB).items():
        assert all(text.count("{") == text.count("}") for text in fields.values()), key
        assert {"author", "title", "year", NEEDED.get(fields["kind"], "kind")} <= set(fields), key
        assert re.fullmatch(r"(19|20)\d\d", fields["year"]), key


@pytest.mark.parametrize("paper", PAPERS)
def test_the_paper_of_every_sampler_is_there(paper: str) -> None:
    """By its first author and year, and by its volume where it is of a journal."""
    author = re.match(r"\w+", paper)[0]
    year = re.findall(r"\b\d{4}\b", paper)[-1]
    assert any(
        fields["author"].startswith(f"{author},")
        and fields["year"] == year
        and (fields["kind"] != "article" or f" {fields['volume']}, {year}" in paper)
        for fields in entries(BIB).values()
    )


def test_every_paper_that_a_docstring_names_is_there() -> None:
    """By its title, letter for letter but for capitals."""
    titles = {plain(fields["title"]) for fields in entries(BIB).values()}
    papers = {plain(title): module for title, module in cited().items()}
    assert len(papers) > 30
    missing = {title: module for title, module in papers.items() if title not in titles}
    assert missing == {}, f"add to docs/references.bib: {missing}"


def test_the_page_on_citing_says_of_aemlo_what_the_file_says() -> None:
    """One paper, two places; what the file adds is a note."""
    told = entries(CITE)
    ours = {name: text for name, text in entries(BIB)["zhou2024aemlo"].items() if name != "note"}
    assert told["zhou2024aemlo"] == ours
    assert told["skml_aemlo"]["year"]
