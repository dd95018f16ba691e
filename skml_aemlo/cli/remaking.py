"""compare --again: what a folder's experiment file says, and whether the table comes out again."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ..compare.identity import data_fingerprint, digest
from ..compare.journal import RESULTS
from ..compare.results import Results, read_results
from ..compare.study import OPTIONS, STUDY, MissingData, Study, complete, read_study
from ..compare.table import KEYS
from .cluster import without_place
from .sources import load_all
from .speech import FAILED_CELLS, say

if TYPE_CHECKING:
    import pandas as pd

    from ..datasets import Dataset

__all__ = ["Memory", "recall", "shape_of", "tell_agreement", "tell_other_data"]

_OF_DATA = ("data", "labels")


@dataclass(frozen=True)
class Memory:
    """What a folder remembers of its comparison.

    Parameters
    ----------
    path : Path
        The experiment file.
    options : dict
        As `complete` returns them.
    provenance : dict
        As the run noted it.
    elsewhere : bool
        Whether the table is to be made in another folder.
    """

    path: Path
    options: dict[str, Any]
    provenance: dict[str, Any]
    elsewhere: bool

    def load(self) -> list[Dataset]:
        """Return the data sets, or refuse those that have changed."""
        datasets = load_all(self.options["data"])
        self._refuse_other_data([data.name for data in datasets])
        for data in datasets:
            noted = self.provenance["data"].get(data.name, {}).get("fingerprint")
            found = data_fingerprint(data.X, data.Y, data.categorical)
            if noted != found:
                raise ValueError(
                    f"the data set {data.name!r} is not the one that {self.path} was made from: "
                    f"its fingerprint is {found}, was {noted}; put the old file back, or start "
                    "anew with --config and another --out."
                )
        return datasets

    def _refuse_other_data(self, names: list[str]) -> None:
        noted = list(self.provenance["data"])
        if names != noted:
            raise ValueError(
                _edited(self.path, f"data are {_listed(names)}, were {_listed(noted)}")
            )

    def tell_versions(self, now: dict[str, str]) -> None:
        """Warn of versions other than those of the first run."""
        then = self.provenance.get("versions", {})
        changed = [
            f"{name} {now.get(name, 'is missing')}, was {then.get(name, 'missing')}"
            for name in dict.fromkeys([*then, *now])
            if now.get(name) != then.get(name)
        ]
        if changed:
            say(f"warning: versions differ, and so may the table: {'; '.join(changed)}")

    def results(self) -> Results | None:
        """Return the results to compare with, if the table is to be made elsewhere."""
        return read_results(self.path.parent) if self.elsewhere else None


def recall(folder: Path, given: dict[str, Any]) -> Memory:
    """Read the experiment file of a folder; what is given besides must not contradict it."""
    path = folder / STUDY
    if not path.is_file():
        raise FileNotFoundError(
            f"--again {folder}: there is no {STUDY}; name a folder that compare wrote."
        )
    study = _read(path)
    if not isinstance(study.provenance.get("data"), dict):
        raise ValueError(
            f"{path} has no [provenance.data] and was not written by a run; give it to --config."
        )
    options = complete(without_place(study.options, given), str(path))
    if study.provenance.get("options", shape_of(options)) != shape_of(options):
        raise ValueError(_edited(path, _edits(options, folder / RESULTS)))
    for key, value in given.items():
        if OPTIONS[key].shapes and not _is_same(key, value, options.get(key)):
            raise ValueError(
                f"--again: {OPTIONS[key].flag} contradicts {path}; leave it out, or start another "
                f"experiment with --config {path} and another --out."
            )
        if not OPTIONS[key].shapes:
            options[key] = value
    elsewhere = Path(options["out"]).resolve() != folder.resolve()
    if elsewhere and not (folder / RESULTS).exists():
        raise FileNotFoundError(
            f"--again {folder}: there is no {RESULTS} to compare with; put the first run's there, "
            f"or leave --out out, which makes the table in {folder}."
        )
    return Memory(path, options, study.provenance, elsewhere)


def _read(path: Path) -> Study:
    try:
        return read_study(path)
    except MissingData as error:
        # the folder may be another person's
        raise MissingData(
            f"{error} If the file lies elsewhere, edit the path under data in {path}; fingerprints "
            "are checked."
        ) from None


def tell_other_data(study: Study, datasets: list[Any]) -> None:
    """Warn of data sets that are not those whose fingerprints a run noted in an experiment file."""
    noted = study.provenance.get("data")
    for data in datasets:
        then = noted.get(data.name) if isinstance(noted, dict) else None
        before = then.get("fingerprint") if isinstance(then, dict) else None
        if before not in (None, data.fingerprint):
            say(
                f"warning: the data set {data.name!r} is not the one that {study.path} was made "
                f"from (its fingerprint is {data.fingerprint}, was {before}): the table will be "
                "another"
            )


def shape_of(options: dict[str, Any]) -> str:
    """Return a digest of the options that results depend on; data have their own fingerprints."""
    keys = [key for key, option in OPTIONS.items() if option.shapes and key not in _OF_DATA]
    values = (options[key] for key in keys)
    # as lists: the order of samplers is that of the table
    return digest([list(v.items()) if isinstance(v, dict) else v for v in values])


def _edited(path: Path, what: str) -> str:
    return (
        f"{path} was changed after the run that wrote it ({what}), and is no longer what its table "
        f"was made from; undo that, or start another experiment with --config {path} and another "
        "--out."
    )


def _edits(options: dict[str, Any], results: Path) -> str:
    """Name the options that are not those of the run that wrote the results last."""
    then = read_results(results).description if results.exists() else {}
    then = {**then, "seed": then.get("random_state")}
    told = [
        f"{key} is {_listed(options[key])}, was {_listed(then[key])}"
        for key in ("seed", "cv", "convention", "metrics", "samplers", "estimators")
        if then.get(key) is not None and _listed(options[key]) != _listed(then[key])
    ]
    return "; ".join(told) or "its options are not those that the run noted"


def _listed(value: Any) -> str:
    return str(value) if isinstance(value, str | int) else ", ".join(value)


def _is_same(key: str, given: Any, noted: Any) -> bool:
    if key != "data":
        return bool(given == noted)
    # one file has many spellings
    paths = [[Path(source["path"]).resolve() for source in sources] for sources in (given, noted)]
    return paths[0] == paths[1]


def tell_agreement(before: pd.DataFrame, after: pd.DataFrame) -> int:
    """Say whether two tables agree, cell for cell, and return the exit status."""
    if before[KEYS].to_numpy().tolist() != after[KEYS].to_numpy().tolist():
        print(f"the tables differ: {len(after)} cells, were {len(before)}, or not the same ones")
        return FAILED_CELLS
    columns = [c for c in dict.fromkeys([*before, *after]) if not c.endswith("_seconds")]
    before, after = (table.reindex(columns=columns) for table in (before, after))
    differ = ~(before.eq(after) | (before.isna() & after.isna()))
    if not differ.to_numpy().any():
        print(f"the tables agree in all {len(after)} cells, apart from seconds")
        return 0
    row = int(differ.any(axis=1).to_numpy().argmax())
    column = differ.columns[int(differ.iloc[row].to_numpy().argmax())]
    print(
        f"the tables differ in {int(differ.any(axis=1).sum())} of {len(after)} cells; the first: "
        f"{', '.join(map(str, after.loc[row, KEYS]))}: {column} is {after.loc[row, column]}, "
        f"was {before.loc[row, column]}"
    )
    return FAILED_CELLS
