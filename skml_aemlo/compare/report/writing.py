"""The files of a report: results are read, a page is written as a whole, figures beside it."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ..extras import require_jinja2, require_matplotlib, require_pandas
from ..journal import read_path
from ..results import Results, read_results
from ..statistics import require_level
from ..table import as_csv
from .findings import find_control
from .page import render
from .parts import compose, found_in
from .pictures import Picture
from .sheets import Sheet

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["write_report"]


def write_report(
    results_or_folder: Results | str | os.PathLike[str],
    out: str | os.PathLike[str] | None = None,
    *,
    control: str | None = None,
    alpha: float = 0.05,
) -> Path:
    """Write a comparison as one HTML page.

    Parameters
    ----------
    results_or_folder : Results or path-like
        The finished cells, or the folder (or the file in it) that `run` wrote them to.
    out : path-like, optional
        The page; ``report.html`` in the folder by default. Every figure is written as SVG and PNG
        into ``figures``, every table as CSV and LaTeX into ``tables``, both beside the page.
    control : str, optional
        The sampler that the others are compared with; by default ``"none"``, or else the first.
    alpha : float, default=0.05
        Level of the tests.

    Returns
    -------
    Path
        Of the page.

    Raises
    ------
    FileNotFoundError
        If there are no results.
    ValueError
        If ``control`` was not compared, ``alpha`` is no level, or ``out`` is missing or a folder.
    OSError
        If ``out`` cannot be written.
    ImportError
        If jinja2, matplotlib or pandas is missing.

    Notes
    -----
    The page is one file that loads nothing, runs one script by its digest, and is read without
    scripts as well. The same results give the same page. Samplers are ranked over data sets where
    three or more are complete, else over data sets under classifiers, which the page says. It shows
    what there is of a comparison that failed or was interrupted, and says what is missing.

    Examples
    --------
    >>> import tempfile
    >>> from skml_aemlo.compare import run
    >>> from skml_aemlo.datasets import load_synthetic
    >>> folder = tempfile.TemporaryDirectory()
    >>> file = Path(folder.name) / "results.jsonl"
    >>> _ = run(load_synthetic(), ["none", "mlros"], ["lp-tree"], cv="1x2", out=file)
    >>> page = write_report(folder.name)
    >>> page.name, "<h1>2 samplers on 1 data set</h1>" in page.read_text(encoding="utf-8")
    ('report.html', True)
    >>> folder.cleanup()
    """
    require_pandas()
    require_matplotlib()
    require_jinja2()
    require_level(alpha)
    results, source = _read(results_or_folder)
    path = _place(out, source)
    control = find_control(results, control)
    part = _open(path)
    try:
        parts, frames = compose(results, source, control, alpha)
        _write_beside(path.parent, parts, frames)
        part.write_bytes(render(parts).encode("utf-8"))
        os.replace(part, path)
    except OSError as error:
        raise OSError(
            f"the report {str(path)!r} could not be written whole ({error.strerror or error}); "
            "make room, or name another place as out."
        ) from error
    finally:
        part.unlink(missing_ok=True)
    return path


def _read(given: Results | str | os.PathLike[str]) -> tuple[Results, Path | None]:
    """Return the results, and the folder they lie in."""
    if isinstance(given, Results):
        return given, None
    path = read_path(given, "results_or_folder")
    return read_results(path), path if path.is_dir() else path.parent


def _place(out: str | os.PathLike[str] | None, source: Path | None) -> Path:
    if out is None and source is None:
        raise ValueError(
            "out is missing: results at hand lie in no folder; name the page to write."
        )
    path = read_path(out, "out") if out is not None else Path(str(source)) / "report.html"
    if path.is_dir():
        raise ValueError(f"out={str(path)!r} is a folder; name a file in it: report.html.")
    return path


def _open(path: Path) -> Path:
    """Make the file that becomes the page when it is whole; fail before any work."""
    part = path.with_name(path.name + ".part")
    try:
        for folder in (path.parent, path.parent / "figures", path.parent / "tables"):
            folder.mkdir(parents=True, exist_ok=True)
        part.touch()
    except OSError as error:
        raise OSError(
            f"out={str(path)!r} cannot be written ({error.strerror or error}); name a place that "
            "can."
        ) from error
    return part


def _write_beside(folder: Path, parts: dict[str, Any], frames: dict[str, pd.DataFrame]) -> None:
    for picture in found_in(parts, Picture):
        picture.write(folder / "figures")
    for sheet in found_in(parts, Sheet):
        for ending, text in (("csv", sheet.csv()), ("tex", sheet.latex())):
            file = folder / "tables" / f"{sheet.key}.{ending}"
            file.write_text(text, encoding="utf-8", newline="\n")
    for name, frame in frames.items():
        (folder / "tables" / f"{name}.csv").write_bytes(as_csv(frame))
