"""The commands that the pages name: all are understood, and those of one page do as it tells."""

import argparse
import doctest
import re
import shlex
from pathlib import Path

import pytest

from skml_aemlo import SAMPLERS, cli
from skml_aemlo.compare import ESTIMATORS

pytest.importorskip("pandas")

ROOT = Path(__file__).parents[1]
PAGES = [ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md"))]
PAGES += sorted((ROOT / "docs").glob("[dfg]*/*.md"))
PAGE = ROOT / "docs" / "guide" / "cli.md"
PROGRAM = "python -m skml_aemlo "
LENIENT = doctest.ELLIPSIS | doctest.NORMALIZE_WHITESPACE


def commands(path):
    """Return what follows the program's name, in blocks and in the midst of a line."""
    text = path.read_text(encoding="utf-8").replace("\\\n", " ")
    blocks = re.findall(rf"^(?:\$ )?{re.escape(PROGRAM)}(.*)$", text, flags=re.MULTILINE)
    inline = re.findall(r"`python -m\s+skml_aemlo\s+([^`]+)`", text)
    return [shlex.split(one, comments=True) for one in (*blocks, *inline)]


TOLD = [(path.relative_to(ROOT).as_posix(), words) for path in PAGES for words in commands(path)]


def parser_of(command):
    """Return the parser of one command."""
    (action,) = (
        action
        for action in cli._parser()._actions
        if isinstance(action, argparse._SubParsersAction)
    )
    return action.choices[command]


def test_the_pages_name_commands():
    """Dozens of them, on a dozen pages; a pattern that finds none would prove nothing."""
    assert len(TOLD) > 30
    assert len({path for path, _ in TOLD}) > 8


@pytest.mark.parametrize(("path", "words"), TOLD, ids=lambda one: str(one)[:60])
def test_a_command_on_a_page_is_understood(path, words, capsys):
    """The parser takes it, whole; samplers and classifiers that it names exist."""
    if words[0] in ("--help", "--version") or "--help" in words:
        with pytest.raises(SystemExit) as stopped:
            cli._parser().parse_args(words)
        assert stopped.value.code == 0
        return
    found = vars(cli._parser().parse_args(words))
    # argparse takes the beginning of an option for the whole
    whole = {flag for action in parser_of(words[0])._actions for flag in action.option_strings}
    assert {flag for word in words[1:] for flag in _flags(word)} <= whole
    samplers = [*found.get("samplers", []), *filter(None, [found.get("sampler")])]
    estimators = [*found.get("estimators", []), *filter(None, [found.get("estimator")])]
    assert {*samplers} - {"...", "NAME"} <= {*SAMPLERS}
    assert {*estimators} - {"...", "NAME"} <= {*ESTIMATORS}


def section(name):
    """Return the page's section on a command."""
    (found,) = re.findall(rf"^## {name}\n(.*?)(?=^## |\Z)", PAGE.read_text(), re.M | re.S)
    return found


@pytest.mark.parametrize("name", ["list", "describe", "advise", "resample", "compare", "report"])
def test_every_option_is_on_the_page_and_no_other(name):
    """What a command's section names in backticks is what its parser takes."""
    taken = {flag for action in parser_of(name)._actions for flag in action.option_strings}
    named = {flag for code in re.findall(r"`([^`\n]+)`", section(name)) for flag in _flags(code)}
    assert named <= taken
    # negations of what is there, help, and where the labels stand: told once for all commands
    negated = {f"--no-{flag[2:]}" for flag in taken} | {
        flag for flag in taken if f"--no-{flag[2:]}" in named
    }
    assert taken - negated - {"-h", "--help", "--labels"} <= named


def _flags(code):
    """Return the options in a piece of code; ``--out`` and ``-o``, but not the -1 of a value."""
    return re.findall(r"(?<![\w-])(--[a-z][a-z-]*|-[a-z]\b)", code)


def steps():
    """Return the page's commands with what each prints, and the exit code where it is told."""
    found = []
    for block in re.findall(r"^```console\n(.*?)^```", PAGE.read_text(), re.M | re.S):
        for part in re.split(r"^\$ ", block, flags=re.M)[1:]:
            line, _, printed = part.partition("\n")
            if line == "echo $?":
                found[-1][2] = int(printed)
            else:
                found.append([line.removeprefix(PROGRAM), printed, 0])
    return found


def test_the_commands_of_the_page_do_what_it_shows(tmp_path, monkeypatch, capsys):
    """One after the other in an empty folder: what is printed, and the exit code."""
    monkeypatch.chdir(tmp_path)
    assert len(steps()) > 6
    for line, shown, code in steps():
        words = shlex.split(line)
        assert cli.main([*words, *(["--no-progress"] if words[0] == "compare" else [])]) == code
        captured = capsys.readouterr()
        printed = captured.out + captured.err
        assert doctest.OutputChecker().check_output(shown, printed, LENIENT), (line, printed)
    written = {path.relative_to(tmp_path).as_posix() for path in tmp_path.rglob("*.*")}
    assert {"more.arff.gz", "more.xml", "runs/first/table.csv", "page/index.html"} <= written
