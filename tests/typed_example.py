"""What type checkers make of the library; ``nox -s types`` runs mypy and pyright on this file.

A checker refuses it where a result is not of the type asserted; there it also runs as it stands.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from scipy.sparse import csr_array
from sklearn.tree import DecisionTreeClassifier

from skml_aemlo import (
    AEMLO,
    MLROS,
    MLSMOTE,
    SAMPLERS,
    FixedThresholdsClassifier,
    MultiLabelResampledClassifier,
    MultiLabelSampler,
    Resampling,
    datasets,
    measures,
)
from skml_aemlo.ensemble import ECCRU3
from skml_aemlo.measures import LabelProfile
from skml_aemlo.registry import SamplerEntry

if TYPE_CHECKING:
    import pandas as pd
    from typing_extensions import assert_type
else:

    def assert_type(value: Any, kind: Any) -> Any:
        """Do at run time what every checker does in ``typing.assert_type``: nothing."""
        return value


class FirstRows(MultiLabelSampler):
    """A sampler of one's own, typed."""

    def _resample(self, X: Any, Y: csr_array, rng: np.random.Generator) -> Resampling:
        rows = np.arange(2)
        return Resampling(source=rows, Y=Y[rows])


def arrays(X: np.ndarray, Y: np.ndarray) -> None:
    """Hold that arrays come back as arrays, and provenance is typed."""
    sampler = MLSMOTE(n_neighbors=3, random_state=0)
    X_res, Y_res = sampler.fit_resample(X, Y)
    assert_type(X_res, np.ndarray)
    assert_type(Y_res, np.ndarray)
    made: np.ndarray = sampler.is_synthetic_
    assert made.shape == sampler.sample_indices_.shape
    assert_type(sampler.fit(X, Y), MLSMOTE)
    assert_type(FirstRows().fit(X, Y), FirstRows)


def other_containers(frame: pd.DataFrame, Y: csr_array, rows: list[list[int]]) -> None:
    """Hold that X and Y come back each in the container that it came in."""
    assert_type(MLROS().fit_resample(frame, Y), "tuple[pd.DataFrame, csr_array]")
    assert_type(AEMLO.paper().fit_resample(rows, frame), "tuple[list[list[int]], pd.DataFrame]")


def models(X: np.ndarray, Y: np.ndarray) -> None:
    """Hold that predictions are arrays, and a fit is what was fitted."""
    model = MultiLabelResampledClassifier(DecisionTreeClassifier(), "mlros", random_state=0)
    assert_type(model.fit(X, Y), MultiLabelResampledClassifier)
    assert_type(FixedThresholdsClassifier(model).fit(X, Y), FixedThresholdsClassifier)
    assert_type(ECCRU3(n_estimators=2).fit(X, Y), ECCRU3)
    assert_type(model.predict(X), np.ndarray)


def figures(Y: csr_array) -> None:
    """Hold that measures are floats, arrays and profiles."""
    assert_type(measures.mean_ir(Y), float)
    assert_type(measures.ir_per_label(Y), np.ndarray)
    assert_type(measures.minority_labels(Y), np.ndarray)
    assert_type(measures.describe(Y), LabelProfile)
    assert_type(SAMPLERS["mlros"], SamplerEntry)


if __name__ == "__main__":
    data = datasets.load_synthetic()
    features, labels = np.asarray(data.X), data.Y.toarray()
    arrays(features, labels)
    models(features, labels)
    figures(data.Y)
