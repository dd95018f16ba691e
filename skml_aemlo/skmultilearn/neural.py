"""ML-ARAM: a neural network of adaptive resonance, whose neurons are boxes of alike rows."""

from collections.abc import Iterator
from typing import Any

import numpy as np
import scipy.sparse as sp
from skmultilearn import adapt
from skmultilearn.adapt.mlaram import Neuron

from .mended import Mended, as_array, check_number

# The choice parameter of adaptive resonance, which only keeps a division from failing.
_CHOICE = 1e-13


class MLARAM(Mended, adapt.MLARAM):
    """Rows of one labelset gather in boxes; the boxes nearest to a new row vote for their labels.

    Parameters
    ----------
    vigilance : float, default=0.9
        How small a box stays, in [0, 1]: the share of a row that its box must match.
    threshold : float, default=0.02
        How far below the most active neuron, as a share of the range of activities, others still
        vote; 0 or above.
    neurons : list of Neuron or None, default=None
        Neurons to start from, of an earlier network's ``neurons_``; ``fit`` copies them.

    Attributes
    ----------
    boxes_ : ndarray of shape (n_neurons, 2 * n_features)
        Each neuron's box, in [0, 1] and complement coded: the least of its rows, then one minus
        the greatest.
    labelsets_ : ndarray of shape (n_neurons, n_labels)
        The labels that every row of the box bears, 0 and 1.
    sizes_ : ndarray of shape (n_neurons,)
        How many rows the box has taken in.
    lower_, span_ : float
        What is taken from every feature, and what it is then divided by.
    classes_ : ndarray of shape (n_labels, 2)
        0 and 1 for each label.
    n_features_in_ : int
        Number of features seen in ``fit``.

    Notes
    -----
    Mends, beside what the module shares: it runs on scipy >= 1.12 and numpy >= 2.3 (D2), on sparse
    rows of any kind and DataFrames (D3), which become dense one row at a time; ``fit`` starts
    anew, neither writes into ``y`` nor into the parameter ``neurons``, and a clone has learnt
    nothing (silent wrong #1 and #2); within a Pipeline it counts as fitted (D13).
    ``predict_proba`` lies in [0, 1]: of the rows in the voting boxes, weighted by activity, the
    share that bears the label; upstream divides by the activities alone. ``predict`` is not
    changed by that. Predictions are ints, not floats.

    Where training rows leave [0, 1] all features are scaled by one minimum and maximum, as
    upstream; they are those of the training rows, and rows to predict are clipped to them. Upstream
    scales each batch by its own. To scale feature by feature put a
    `sklearn.preprocessing.MinMaxScaler` before.

    ``predict`` cuts the labels at the widest gap between their shares, the first of equals. Where
    there is no gap, as with one label or neurons without labels, a share of one half decides;
    upstream names the first label, or fails. Of neurons that a row activates alike the latest
    takes it in; upstream leaves that to a sort.

    References
    ----------
    .. [1] E. Sapozhnikova, "ART-based neural networks for multi-label classification", IDA 2009.
    .. [2] F. Benites, E. Sapozhnikova, "HARAM: a hierarchical ARAM neural network for large-scale
       text classification", ICDM Workshops 2015.

    Examples
    --------
    >>> from skml_aemlo.skmultilearn import MLARAM
    >>> X, Y = [[0.0], [0.1], [0.9], [1.0]], [[1, 0], [1, 0], [0, 1], [0, 1]]
    >>> aram = MLARAM(vigilance=0.8).fit(X, Y)
    >>> len(aram.neurons_)
    2
    >>> aram.predict([[0.05], [0.95]])
    array([[1, 0],
           [0, 1]])
    """

    _dtype = np.float64
    _finite = True
    _labels_in = np.asarray
    _probabilities_in = np.asarray

    def __init__(
        self, vigilance: float = 0.9, threshold: float = 0.02, neurons: Any = None
    ) -> None:
        self.vigilance = vigilance
        self.threshold = threshold
        self.neurons = neurons

    def reset(self) -> None:
        """Forget what was learnt; the parameters stay."""
        for name in [name for name in vars(self) if name.endswith("_")]:
            delattr(self, name)

    @property
    def neurons_(self) -> list[Neuron]:
        """The neurons as scikit-multilearn holds them: a box, and a row count for each label."""
        counts = self.sizes_[:, None] * self.labelsets_
        return [Neuron(box, label) for box, label in zip(self.boxes_, counts, strict=True)]

    def _fit(self, rows: Any, labels: sp.csc_array) -> None:
        check_number("vigilance", self.vigilance, 0, 1)
        check_number("threshold", self.threshold, 0)
        self._learn_scale(rows)
        grown = _Boxes(self.vigilance)
        self._start(grown, 2 * rows.shape[1], labels.shape[1])
        by_row = labels.tocsr()
        for at, point in enumerate(self._points(rows)):
            grown.take_in(point, by_row[[at]].toarray().ravel())
        self.boxes_ = np.array(grown.boxes)
        self.labelsets_ = np.array(grown.labelsets)
        self.sizes_ = np.array(grown.sizes)

    def _start(self, grown: "_Boxes", width: int, n_labels: int) -> None:
        for neuron in self._neurons_given():
            box, counts = np.ravel(as_array(neuron.vc)), np.ravel(as_array(neuron.label))
            if box.shape != (width,) or counts.shape != (n_labels,):
                raise ValueError(
                    f"neurons hold boxes of {box.size} numbers and {counts.size} labels; expected "
                    f"{width} and {n_labels}: start from neurons of the same features and labels"
                )
            grown.add(box.astype(float), (counts > 0).astype(np.int8), max(int(counts.max()), 1))

    def _neurons_given(self) -> list[Any]:
        given = [] if self.neurons is None else self.neurons
        if isinstance(given, list | tuple) and all(
            hasattr(one, "vc") and hasattr(one, "label") for one in given
        ):
            return list(given)
        raise ValueError(
            f"neurons={given!r}; expected None, or a list of neurons, such as another MLARAM's "
            "neurons_"
        )

    def _learn_scale(self, rows: Any) -> None:
        least, most = float(rows.min()), float(rows.max())
        if not np.isfinite(most - least):
            raise ValueError(
                f"X spans {least} to {most}, beyond what float64 can tell apart; scale the "
                "features, with sklearn.preprocessing.MinMaxScaler say"
            )
        inside = least >= 0 and most <= 1
        self.lower_ = 0.0 if inside else least
        self.span_ = 1.0 if inside or most == least else most - least

    def _points(self, rows: Any) -> Iterator[np.ndarray]:
        """Yield each row scaled to [0, 1] and followed by its complement."""
        for at in range(rows.shape[0]):
            row = as_array(rows[[at]]).ravel()
            point = np.clip((row - self.lower_) / self.span_, 0, 1)
            yield np.concatenate([point, 1 - point])

    def _share(self, point: np.ndarray) -> np.ndarray:
        """Return the share of each label among the rows of the active neurons."""
        activity = np.minimum(point, self.boxes_).sum(axis=1) / (self.boxes_.sum(axis=1) + _CHOICE)
        peak, least = activity.max(), activity.min()
        if peak == 0:
            weight = self.sizes_.astype(float)
        else:
            active = (peak - activity) / peak <= self.threshold * (peak - least)
            weight = activity * self.sizes_ * active
        # A sum of many shares may end a rounding above 1.
        return np.minimum(weight @ self.labelsets_ / weight.sum(), 1.0)

    def _probabilities(self, rows: Any) -> np.ndarray:
        return np.array([self._share(point) for point in self._points(rows)])

    def _labels(self, rows: Any) -> np.ndarray:
        # Rounded, so that gaps of equal width are equal.
        shares = np.round(self._probabilities(rows), 12)
        ranked = -np.sort(-shares, axis=1)
        drops = np.round(-np.diff(ranked, axis=1, append=ranked[:, -1:]), 12)
        least = ranked[np.arange(len(ranked)), drops.argmax(axis=1)]
        return shares >= np.where(drops.max(axis=1) > 0, least, 0.5)[:, None]


class _Boxes:
    """The neurons while they grow."""

    def __init__(self, vigilance: float) -> None:
        self.vigilance = vigilance
        self.boxes: list[np.ndarray] = []
        self.labelsets: list[np.ndarray] = []
        self.sizes: list[int] = []
        self.of_labelset: dict[bytes, list[int]] = {}

    def add(self, box: np.ndarray, labelset: np.ndarray, size: int = 1) -> None:
        self.of_labelset.setdefault(labelset.tobytes(), []).append(len(self.boxes))
        self.boxes.append(box)
        self.labelsets.append(labelset)
        self.sizes.append(size)

    def take_in(self, point: np.ndarray, labelset: np.ndarray) -> None:
        """Grow the best matching box of this labelset to hold the row, or make it a new one."""
        known = self.of_labelset.get(labelset.tobytes(), [])
        winner = self._best(point, known) if known else None
        if winner is None:
            self.add(point, labelset)
        else:
            self.boxes[winner] = np.minimum(self.boxes[winner], point)
            self.sizes[winner] += 1

    def _best(self, point: np.ndarray, known: list[int]) -> int | None:
        latest_first = known[::-1]
        boxes = np.array([self.boxes[at] for at in latest_first])
        common = np.minimum(boxes, point).sum(axis=1)
        able = np.flatnonzero(common / point.sum() > self.vigilance)
        if not able.size:
            return None
        return latest_first[able[np.argmax(common[able] / boxes[able].sum(axis=1))]]
