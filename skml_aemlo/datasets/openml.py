"""Multi-label sets of the OpenML repository, by name, kept in scikit-learn's data folder."""

from __future__ import annotations

import os
import warnings
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np
from scipy import sparse as sp

from .dataset import Dataset, decode_labels, truth_of

OPENML_IDS = {
    "birds": 40588,
    "emotions": 40589,
    "enron": 40590,
    "genbase": 40591,
    "langLog": 40593,
    "reuters": 40594,
    "scene": 40595,
    "slashdot": 40596,
    "yeast": 40597,
    "image": 41468,
}


def fetch(
    name: str, *, data_home: str | os.PathLike[str] | None = None, cache: bool = True
) -> Dataset:
    """Fetch a multi-label data set from OpenML, or from the copy of an earlier call.

    Parameters
    ----------
    name : {"birds", "emotions", "enron", "genbase", "image", "langLog", "reuters", "scene", \
"slashdot", "yeast"}
        Which data set, in upper or lower case.
    data_home : str or PathLike, default=None
        Where copies are kept; None means scikit-learn's own, ``~/scikit_learn_data``.
    cache : bool, default=True
        Whether to keep a copy and to use the one that is there.

    Returns
    -------
    data : Dataset
        Labels and features in the order of OpenML's columns.

    Raises
    ------
    ConnectionError
        If there is no copy and the network, or OpenML, cannot be reached.
    ValueError
        If the name is not known, or OpenML's answer is not a multi-label data set.

    Notes
    -----
    OpenML's versions differ from Mulan's in their names (dots for blanks and hyphens) and may
    differ in their rows; `load_arff` reads Mulan's own files.

    Examples
    --------
    >>> from skml_aemlo.datasets import fetch
    >>> fetch("emotions")  # doctest: +SKIP
    Dataset('emotions': 593 rows, 72 features (0 nominal, dense), 6 labels)
    >>> fetch("iris")
    Traceback (most recent call last):
        ...
    ValueError: name is 'iris'; expected one of birds, emotions, enron, ...
    """
    name = _known(name)
    if cache:
        return _dataset(name, _download(name, data_home))
    # Without a cache scikit-learn downloads the file twice, to check it and to read it.
    with TemporaryDirectory() as folder:
        return _dataset(name, _download(name, folder))


def _known(name: str) -> str:
    spelled = {known.lower(): known for known in OPENML_IDS}
    if not isinstance(name, str) or name.lower() not in spelled:
        raise ValueError(
            f"name is {name!r}; expected one of {', '.join(sorted(OPENML_IDS))}: "
            "for another data set use load_arff"
        )
    return spelled[name.lower()]


def _download(name: str, data_home: str | os.PathLike[str] | None) -> Any:
    """Ask for all columns as features: for sparse sets scikit-learn's targets are not safe.

    It fills a sparse target's absent entries with whatever memory holds.
    """
    from sklearn.datasets import fetch_openml

    try:
        with warnings.catch_warnings():
            warnings.filterwarnings("ignore", "A network error occurred")
            return fetch_openml(
                data_id=OPENML_IDS[name],
                data_home=data_home,
                target_column=None,
                as_frame=False,
                parser="liac-arff",
            )
    except OSError as error:
        raise ConnectionError(
            f"cannot fetch {name!r} from OpenML, the network or the server is unreachable "
            f"({error}): try again online, or download the file elsewhere and use load_arff"
        ) from error


def _dataset(name: str, bunch: Any) -> Dataset:
    names = list(bunch.feature_names)
    labels = _label_names(name, names, bunch.details)
    columns = [names.index(label) for label in labels]
    wanted = set(columns)
    kept = [j for j in range(len(names)) if j not in wanted]
    X = sp.csr_array(bunch.data) if sp.issparse(bunch.data) else bunch.data
    categories = {
        j: bunch.categories[names[k]] for j, k in enumerate(kept) if names[k] in bunch.categories
    }
    return Dataset(
        X=X[:, kept],
        Y=_targets(name, X[:, columns], labels, bunch.categories),
        feature_names=[names[j] for j in kept],
        label_names=labels,
        categorical=np.isin(np.arange(len(kept)), list(categories)),
        categories=categories,
        name=name,
    )


def _label_names(name: str, names: list[str], details: dict[str, Any]) -> list[str]:
    declared = details.get("default_target_attribute") or ""
    targets = {target.strip() for target in declared.split(",")}
    labels = [column for column in names if column in targets]
    if not 0 < len(labels) == len(targets) < len(names):
        raise ValueError(
            f"OpenML names the targets {declared!r} for {name!r}, of which {len(labels)} are among "
            "its columns; expected all of them: use load_arff on the file, naming its labels"
        )
    return labels


def _targets(name: str, codes: Any, labels: list[str], categories: dict[str, list[str]]) -> Any:
    values = [categories.get(label) for label in labels]
    Y = decode_labels(codes, values)
    entries = Y.data if sp.issparse(Y) else Y
    odd = [
        label
        for label, known in zip(labels, values, strict=True)
        if known and np.isnan(truth_of(known)).any()
    ]
    if odd or not np.isin(entries, (0, 1)).all():
        raise ValueError(
            f"a target of {name!r} on OpenML is neither TRUE/FALSE nor 0/1 ({', '.join(odd)}): "
            "use load_arff on Mulan's own file"
        )
    return Y
