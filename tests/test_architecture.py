"""The rooms of the library: which module may import which, proved from the source."""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

import skml_aemlo

PACKAGE = "skml_aemlo"
ROOT = Path(skml_aemlo.__file__).parent

# every room may import those before it; the modules of one room, those beside them
FLOORS = (
    {"_sklearn", "_fitting", "_files", "_indices", "_columns", "_sharing", "_thresholds"},
    {"_archive", "_phrases"},
    {"_frames"},
    {"datasets"},
    {"_containers"},
    {"_targets"},
    {"skmultilearn"},
    {"_search", "_between"},
    {"_neighbors", "approximate"},
    {"_local", "_imbalance"},
    {"_completion", "_diagnosis", "_seeds", "_growth"},
    {"measures"},
    {"_strategy"},
    {"base"},
    {"samplers"},
    {"registry"},
    {"classifier"},
    {"ensemble", "testing", "thresholds"},
    {"compare"},
    {"cli"},
    {"__main__"},
)

HEAVY = {
    "torch",
    "safetensors",
    "pandas",
    "matplotlib",
    "jinja2",
    "rich",
    "iterstrat",
    "sympy",
    "polars",
    "distributed",
    "tomli_w",
}
AT_HOME = {"torch": {"samplers/_network.py"}}

VAGUE = {"utils", "util", "helpers", "helper", "common", "misc", "manager", "tools", "lib", "core"}


def modules() -> list[Path]:
    """Return all modules of the package."""
    return sorted(ROOT.rglob("*.py"))


def name_of(path: Path) -> str:
    """Return a path as the package's reader sees it."""
    return path.relative_to(ROOT).as_posix()


def tree_of(path: Path) -> ast.Module:
    """Parse a module."""
    return ast.parse(path.read_text(encoding="utf-8"), filename=str(path))


every_module = pytest.mark.parametrize("path", modules(), ids=name_of)


def room_of(path: Path) -> str:
    """Return the room a module stands in: its folder, or its own name."""
    return path.relative_to(ROOT).with_suffix("").parts[0]


def floor_of(room: str) -> int:
    """Return how high a room lies; an unknown room lies nowhere."""
    return next(height for height, rooms in enumerate(FLOORS) if room in rooms)


def own_imports(path: Path) -> Iterator[tuple[str, ...]]:
    """Yield the modules of ours that a module imports, anywhere, as parts below the package."""
    here = path.relative_to(ROOT).parts[:-1]
    for node in ast.walk(tree_of(path)):
        if isinstance(node, ast.Import):
            for alias in node.names:
                if alias.name.split(".")[0] == PACKAGE:
                    yield tuple(alias.name.split(".")[1:])
        elif isinstance(node, ast.ImportFrom):
            if node.level:
                base = here[: len(here) - node.level + 1]
            elif (node.module or "").split(".")[0] == PACKAGE:
                base = ()
            else:
                continue
            inner = (node.module or "").split(".") if node.module else []
            inner = inner if node.level else inner[1:]
            names = [alias.name for alias in node.names if alias.name != "__version__"]
            yield from (_module_named(*base, *inner, name) for name in names)


def _module_named(*parts: str) -> tuple[str, ...]:
    """Leave the imported name out where it is no module."""
    target = ROOT.joinpath(*parts)
    return parts if target.is_dir() or target.with_suffix(".py").exists() else parts[:-1]


def imported_roots(node: ast.AST) -> set[str]:
    """Return the distributions a single import statement asks for."""
    if isinstance(node, ast.Import):
        return {alias.name.split(".")[0] for alias in node.names}
    if isinstance(node, ast.ImportFrom) and not node.level and node.module:
        return {node.module.split(".")[0]}
    return set()


def is_type_checking(node: ast.AST) -> bool:
    """Tell the block that only type checkers run."""
    return isinstance(node, ast.If) and "TYPE_CHECKING" in ast.unparse(node.test)


def run_at_import(body: list[ast.stmt]) -> Iterator[ast.AST]:
    """Yield the nodes that run when a module is imported: not functions' bodies."""
    for statement in body:
        if isinstance(statement, ast.FunctionDef | ast.AsyncFunctionDef):
            yield from (n for d in statement.decorator_list for n in ast.walk(d))
            defaults = [*statement.args.defaults, *statement.args.kw_defaults]
            yield from (n for d in defaults if d is not None for n in ast.walk(d))
        elif isinstance(statement, ast.ClassDef):
            yield from run_at_import(statement.body)
        elif is_type_checking(statement):
            yield from run_at_import(statement.orelse)
        elif isinstance(statement, ast.If | ast.Try | ast.With | ast.For | ast.While):
            yield statement
            for block in ("body", "orelse", "finalbody"):
                yield from run_at_import(getattr(statement, block, []))
            for handler in getattr(statement, "handlers", []):
                yield from run_at_import(handler.body)
        else:
            yield from ast.walk(statement)


@every_module
def test_every_module_has_a_room(path):
    """A new module is given its place among the floors before it is merged."""
    assert path == ROOT / "__init__.py" or any(room_of(path) in rooms for rooms in FLOORS)


@every_module
def test_arrows_point_down_only(path):
    """A module imports rooms below its own, or its neighbours in the same folder."""
    if path == ROOT / "__init__.py":
        return
    for target in own_imports(path):
        assert target, f"{name_of(path)} imports the package as a whole"
        if target[0] != room_of(path):
            assert floor_of(target[0]) < floor_of(room_of(path)), ".".join(target)


@pytest.mark.parametrize("path", sorted((ROOT / "samplers").glob("*.py")), ids=name_of)
def test_no_sampler_file_imports_another(path):
    """Shared steps sink below the samplers; only AEMLO is in three parts, one upon the other."""
    below = {"aemlo": {("_training",)}, "_training": {("_network",)}}
    beside = {target[1:] for target in own_imports(path) if target[0] == "samplers"}
    assert beside <= below.get(path.stem, set())


def test_torchs_half_imports_nothing_of_ours():
    """samplers/_network.py can be read alone."""
    assert not list(own_imports(ROOT / "samplers" / "_network.py"))


def test_statistics_import_nothing_of_ours_but_arithmetic():
    """compare/statistics.py reads a tidy table, whoever made it."""
    assert [*own_imports(ROOT / "compare" / "statistics.py")] == [("compare", "permutations")]
    assert not list(own_imports(ROOT / "compare" / "permutations.py"))


@every_module
def test_heavy_libraries_are_not_imported_with_a_module(path):
    """Only functions that need torch, pandas, matplotlib, rich and their like import them."""
    at_import = set().union(*map(imported_roots, run_at_import(tree_of(path).body)))
    allowed = {name for name, homes in AT_HOME.items() if name_of(path) in homes}
    assert not (at_import & HEAVY) - allowed


@every_module
def test_only_the_network_imports_torch(path):
    """No function elsewhere imports torch either."""
    roots = set().union(*map(imported_roots, ast.walk(tree_of(path))))
    assert "torch" not in roots or name_of(path) in AT_HOME["torch"]


@every_module
def test_drawing_and_templates_stay_in_compare(path):
    """matplotlib, jinja2 and rich are asked for by comparison and the command line only."""
    roots = set().union(*map(imported_roots, ast.walk(tree_of(path))))
    if room_of(path) not in {"compare", "cli"}:
        assert not roots & {"matplotlib", "jinja2", "rich"}


@every_module
def test_private_names_of_scikit_learn_pass_one_door(path):
    """A release that moves a private name breaks one file."""
    if name_of(path) == "_sklearn.py":
        return
    for node in ast.walk(tree_of(path)):
        if isinstance(node, ast.ImportFrom) and imported_roots(node) & {"sklearn", "imblearn"}:
            names = [*(node.module or "").split("."), *(alias.name for alias in node.names)]
            assert not [name for name in names if name.startswith("_")]
        if isinstance(node, ast.Import) and imported_roots(node) & {"sklearn", "imblearn"}:
            assert not [a.name for a in node.names if "._" in a.name]


@every_module
def test_no_module_is_named_after_nothing(path):
    """A module is named after its idea."""
    assert not VAGUE & {part.strip("_") for part in path.relative_to(ROOT).with_suffix("").parts}


@every_module
def test_importing_sets_nothing_in_the_process(path):
    """No seed is set anywhere; no warning filter and no option when a module is imported."""
    for node in ast.walk(tree_of(path)):
        if isinstance(node, ast.Call):
            assert not ast.unparse(node.func).endswith(("random.seed", "manual_seed"))
    calls = [n for n in run_at_import(tree_of(path).body) if isinstance(n, ast.Call)]
    names = {ast.unparse(call.func).split(".")[-1] for call in calls}
    assert not names & {"filterwarnings", "simplefilter", "set_config", "set_option", "use"}


def lines_of(function: ast.FunctionDef | ast.AsyncFunctionDef) -> int:
    """Count a function's lines, decorators and docstring left out."""
    length = (function.end_lineno or function.lineno) - function.lineno + 1
    first = function.body[0]
    if ast.get_docstring(function) is not None:
        length -= (first.end_lineno or first.lineno) - first.lineno + 1
    return length


def functions(path: Path) -> list[ast.FunctionDef | ast.AsyncFunctionDef]:
    """Return all functions and methods of a module."""
    kinds = (ast.FunctionDef, ast.AsyncFunctionDef)
    return [node for node in ast.walk(tree_of(path)) if isinstance(node, kinds)]


@every_module
def test_no_function_is_longer_than_sixty_lines(path):
    """Size as a smell: above 60 lines without docstring a function hides another."""
    assert {f.name: lines_of(f) for f in functions(path) if lines_of(f) > 60} == {}


def test_half_of_all_functions_are_short():
    """The median function has at most seven lines without its docstring."""
    lengths = sorted(lines_of(f) for path in modules() for f in functions(path))
    assert lengths[len(lengths) // 2] <= 7


def code_lines(path: Path) -> int:
    """Count lines that are neither blank, nor comment, nor docstring."""
    source = path.read_text(encoding="utf-8").splitlines()
    kept = {i for i, line in enumerate(source, 1) if line.strip() and line.strip()[0] != "#"}
    for node in ast.walk(tree_of(path)):
        body = getattr(node, "body", None)
        if isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef) and ast.get_docstring(
            node
        ):
            kept -= set(range(body[0].lineno, body[0].end_lineno + 1))
    return len(kept)


@every_module
def test_no_module_has_more_than_four_hundred_lines_of_code(path):
    """A module above 400 lines of code has two ideas."""
    assert code_lines(path) <= 400
