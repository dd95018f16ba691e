"""Grouped cross-validation of resampled rows: no group on both sides.

Several rows come from one patient, so no patient may be trained on and tested on. Resampling adds
rows, and the groups of the new rows follow from where they are from:

    groups_res = groups[sampler.sample_indices_]

That settles rows that are copies. A row made between two rows may lie between two patients; its
second parent is ``reference_indices_``, and the row belongs to neither side of a split that parts
its parents. Both halves of a row that REMEDIAL tears have that row as their source, and so its
group. Samplers that only copy, tear or drop rows set no ``reference_indices_`` and need none.
`LabelPowersetSampler` sets none either, as imbalanced-learn tells no parents: rows made by SMOTE in
it cannot be grouped this way.

Run it with ``python docs/examples/grouped_cross_validation.py``.
"""

from collections.abc import Iterator

import numpy as np
from sklearn.metrics import f1_score
from sklearn.model_selection import GroupKFold
from sklearn.tree import DecisionTreeClassifier

from skml_aemlo import MLROS, MLSMOTE, MultiLabelSampler


def make_patients(n_patients: int = 60, visits: int = 4) -> tuple[np.ndarray, ...]:
    """Return features, three skewed labels and the patient of every visit.

    Visits of one patient are alike, so a tree that has seen the patient knows the next visit.
    """
    rng = np.random.default_rng(7)
    groups = np.repeat(np.arange(n_patients), visits)
    patients = rng.normal(size=(n_patients, 4))
    X = patients[groups] + 0.2 * rng.normal(size=(len(groups), 4))
    Y = (patients + rng.normal(size=patients.shape))[groups, :3] > [-1.0, 0.5, 1.2]
    return X, Y.astype(int), groups


def parents_of(sampler: MultiLabelSampler, groups: np.ndarray) -> np.ndarray:
    """Return the groups of both parents of every resampled row, one row of two groups each.

    A copied row has the same group twice.
    """
    sources = sampler.sample_indices_
    references = getattr(sampler, "reference_indices_", sources)
    return np.column_stack([groups[sources], groups[references]])


def added_by(sampler: MultiLabelSampler) -> np.ndarray:
    """Tell clones and made rows from the rows that were there before."""
    added = np.ones(len(sampler.sample_indices_), dtype=bool)
    added[np.unique(sampler.sample_indices_, return_index=True)[1]] = False
    return added


def clean_folds(
    parents: np.ndarray, added: np.ndarray, n_splits: int = 5
) -> Iterator[tuple[np.ndarray, np.ndarray]]:
    """Yield rows to train on and rows to test on, whose parents' groups are apart.

    Added rows are no evidence, so none is tested on; one with a parent among the tested groups is
    not trained on either.
    """
    groups_res = parents[:, 0]
    for _, test in GroupKFold(n_splits).split(groups_res, groups=groups_res):
        tested = np.isin(parents, np.unique(groups_res[test]))
        yield np.flatnonzero(~tested.any(axis=1)), np.flatnonzero(tested[:, 0] & ~added)


def score(X: np.ndarray, Y: np.ndarray, folds: Iterator[tuple[np.ndarray, np.ndarray]]) -> float:
    """Return the mean macro F1 of a tree over folds."""
    tree = DecisionTreeClassifier(random_state=0)
    return float(
        np.mean(
            [
                f1_score(Y[b], tree.fit(X[a], Y[a]).predict(X[b]), average="macro", zero_division=0)
                for a, b in folds
            ]
        )
    )


def main() -> None:
    """Resample, split, and say how many rows would have leaked."""
    X, Y, groups = make_patients()
    for sampler in (MLROS(random_state=0), MLSMOTE(random_state=0)):
        X_res, Y_res = sampler.fit_resample(X, Y)
        parents, added = parents_of(sampler, groups), added_by(sampler)
        between = parents[:, 0] != parents[:, 1]
        rows = np.random.default_rng(0).permutation(len(X_res))
        careless = ((np.setdiff1d(rows, part), part) for part in np.array_split(rows, 5))
        print(f"{type(sampler).__name__}: {len(X)} rows become {len(X_res)}")
        print(f"  made between two patients: {between.sum()}")
        print(f"  macro F1 with patients on both sides: {score(X_res, Y_res, careless):.2f}")
        honest = score(X_res, Y_res, clean_folds(parents, added))
        print(f"  macro F1 with patients apart: {honest:.2f}")


if __name__ == "__main__":
    main()
