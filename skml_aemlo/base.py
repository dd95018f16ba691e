"""The shape of every answer: a sampler decides, this base class applies.

Every resampler, however different, decides one thing: for each output row, which input row it comes
from, which labels it bears, and whether its features are copied or new. `Resampling` is that
decision; `MultiLabelSampler` validates, seeds, stacks, restores the caller's containers and records
provenance around it.
"""

from __future__ import annotations

from abc import abstractmethod
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar, TypeVar

import numpy as np
import scipy.sparse as sp
from imblearn.base import SamplerMixin
from sklearn.base import BaseEstimator
from sklearn.utils import ClassifierTags

from ._containers import Features, Labels, Rows, require_as_many
from ._sklearn import make_generator

if TYPE_CHECKING:
    from typing_extensions import Self

__all__ = ["MultiLabelSampler", "Resampling"]

# what comes in comes back, to type checkers too
FeaturesT = TypeVar("FeaturesT")
LabelsT = TypeVar("LabelsT")


# what a sampler within another one has not read itself
_INHERITED = (
    "n_features_in_",
    "feature_names_in_",
    "n_labels_in_",
    "label_names_in_",
    "categorical_features_",
    "_categories",
)


@dataclass(frozen=True)
class Resampling:
    """What a sampler decided about every output row.

    Parameters
    ----------
    source : ndarray of int of shape (n_out,)
        Input row each output row came from.
    Y : csr_array of shape (n_out, n_labels), int8
        Labels each output row bears.
    X_new : ndarray or csr_array of shape (n_new, n_features), optional
        Features of the last ``n_new`` rows; all rows before copy those of their source.
    reference : ndarray of int of shape (n_new,), optional
        For samplers that interpolate: input row each of the last ``n_new`` rows moves towards.

    Raises
    ------
    ValueError
        If they disagree about the number of rows.

    Examples
    --------
    >>> import numpy as np
    >>> from scipy.sparse import csr_array
    >>> Y = csr_array(np.eye(3, dtype=np.int8))
    >>> rows = np.array([0, 1, 2, 0])
    >>> Resampling(source=rows, Y=Y[rows]).n_new
    0
    """

    source: np.ndarray
    Y: sp.csr_array
    X_new: Any = None
    reference: np.ndarray | None = None

    def __post_init__(self) -> None:
        _refuse_no_row_numbers("source", self.source)
        if self.reference is not None:
            _refuse_no_row_numbers("reference", self.reference)
        if not isinstance(self.Y, sp.csr_array):
            raise TypeError(f"Y must be a scipy csr_array; got {type(self.Y).__name__}.")
        if len(self.source) != self.Y.shape[0]:
            raise ValueError(
                f"source names {len(self.source)} rows, Y has {self.Y.shape[0]}: give one each."
            )
        if self.n_new > len(self.source):
            raise ValueError(f"X_new has {self.n_new} rows, the result only {len(self.source)}.")
        if self.reference is not None and len(self.reference) != self.n_new:
            raise ValueError(
                f"reference names {len(self.reference)} rows, X_new has {self.n_new}; "
                "give one each."
            )

    @property
    def n_new(self) -> int:
        """Number of output rows whose features are new."""
        return 0 if self.X_new is None else int(self.X_new.shape[0])


def _refuse_no_row_numbers(name: str, rows: Any) -> None:
    given = np.asarray(rows)
    if given.ndim != 1 or given.dtype.kind not in "iu":
        raise ValueError(
            f"{name} must be row numbers, a 1-d array of int; got {given.dtype} of shape "
            f"{given.shape}. Turn a mask into row numbers with np.flatnonzero."
        )


class MultiLabelSampler(SamplerMixin, BaseEstimator):
    """Base class of every multi-label resampler.

    A subclass implements ``_resample(X, Y, rng) -> Resampling`` and nothing else. ``X`` reaches it
    as a C-contiguous float ndarray or a ``csr_array``, ``Y`` as a canonical ``csr_array`` of int8,
    ``rng`` as the one random stream of the call. A subclass that never looks at features sets
    ``_reads_features = False`` and gets whatever the caller passed, unread. Its parameters should
    include ``random_state`` if it draws anything (without one, every call draws the same), and
    ``categorical_features="auto"`` if nominal columns are to reach it as codes, marked in
    ``categorical_features_``. A dict ``_parameter_constraints`` as of scikit-learn's estimators has
    them checked; `skml_aemlo.testing.check_sampler` checks the sampler.

    Attributes
    ----------
    sample_indices_ : ndarray of int of shape (n_samples_new,)
        Input row each output row came from: itself, the row it clones, or the seed it grew from.
    is_synthetic_ : ndarray of bool of shape (n_samples_new,)
        Whether the features of an output row are new.
    reference_indices_ : ndarray of int of shape (n_samples_new,)
        Input row an interpolated row moves towards; for a copied row, its source. Defined only
        where the sampler interpolates.
    n_features_in_ : int
        Number of features seen. Absent when rows have no columns (a list of texts).
    feature_names_in_ : ndarray of str of shape (`n_features_in_`,)
        Names of features seen. Defined only when ``X`` has feature names that are all strings.
    n_labels_in_ : int
        Number of labels seen.
    label_names_in_ : ndarray of str of shape (`n_labels_in_`,)
        Names of labels seen. Defined only when ``Y`` has column names that are all strings.
    categorical_features_ : ndarray of bool of shape (`n_features_in_`,)
        Which features were taken as nominal. Absent where features are not read.

    Notes
    -----
    An output row whose features are copied holds the very values of its source. Containers come
    back as they came: format and family of a sparse one, dtypes and names of a DataFrame of pandas
    or polars; pandas' index becomes 0 to n_samples_new - 1.

    Examples
    --------
    A sampler that keeps every second row:

    >>> import numpy as np
    >>> from skml_aemlo import MultiLabelSampler, Resampling
    >>> class EverySecond(MultiLabelSampler):
    ...     _reads_features = False
    ...
    ...     def _resample(self, X, Y, rng):
    ...         rows = np.arange(0, Y.shape[0], 2)
    ...         return Resampling(source=rows, Y=Y[rows])
    >>> EverySecond().fit_resample(["a", "b", "c"], [[1, 0], [1, 1], [0, 1]])
    (['a', 'c'], [[1, 0], [0, 1]])
    """

    _reads_features: ClassVar[bool] = True
    # what a costly first half of the work depends on, which samplers alike in it can share; a
    # comparison brings them together
    _costly_settings: ClassVar[tuple[str, ...]] = ()
    _parameter_constraints: ClassVar[dict[str, list[Any]]] = {}

    def __init_subclass__(cls, **options: Any) -> None:
        super().__init_subclass__(**options)
        # scikit-learn's own rule for a random_state refuses numpy's Generator
        cls._parameter_constraints = {
            name: [*rules, np.random.Generator]
            if "random_state" in rules and np.random.Generator not in rules
            else rules
            for name, rules in cls._parameter_constraints.items()
        }

    @abstractmethod
    def _resample(self, X: Any, Y: sp.csr_array, rng: np.random.Generator) -> Resampling:
        """Decide every output row."""

    def fit(self, X: Any, Y: Any) -> Self:
        """Check the input without resampling; use `fit_resample` to resample.

        Parameters
        ----------
        X : array-like, DataFrame or sparse container of shape (n_samples, n_features)
            Features.
        Y : array-like, DataFrame or sparse container of shape (n_samples, n_labels)
            Labels, 0 or 1.

        Returns
        -------
        self : object
        """
        self._read(X, Y)
        return self

    def fit_resample(self, X: FeaturesT, Y: LabelsT) -> tuple[FeaturesT, LabelsT]:
        """Resample ``X`` and ``Y``.

        Parameters
        ----------
        X : array-like, DataFrame or sparse container of shape (n_samples, n_features)
            Features.
        Y : array-like, DataFrame or sparse container of shape (n_samples, n_labels)
            Labels, 0 or 1.

        Returns
        -------
        X_res : same container and dtypes as ``X``, of shape (n_samples_new, n_features)
            New values of an integer column are rounded, of a boolean one cut at one half. Beyond
            2**53 they are no finer than float64, but inside the range of the column.
        Y_res : same container and dtypes as ``Y``, of shape (n_samples_new, n_labels)

        Raises
        ------
        ValueError
            If a parameter, ``X`` or ``Y`` is invalid. Nothing has been done by then.
        """
        features, labels = self._read(X, Y)
        # a sampler that draws nothing must not advance numpy's global stream, as None would
        rng = make_generator(getattr(self, "random_state", 0))
        decided = self._resample(features.values, labels.matrix, rng)
        self._check(decided, features, labels)
        restored = features.restore(decided.source, decided.X_new), labels.restore(decided.Y)
        self._record(decided)
        return restored

    # imbalanced-learn's hook between its own validation and stacking, which fit_resample replaces
    _fit_resample = fit_resample

    def _read(self, X: Any, Y: Any) -> tuple[Rows, Labels]:
        """Validate parameters and data, and note what they look like."""
        self._validate_params()
        labels = Labels(Y)
        features = self._read_features(X)
        require_as_many(features.n_rows, labels.matrix)
        self._note("n_features_in_", features.n_features)
        self._note("feature_names_in_", features.names)
        self._note("n_labels_in_", labels.matrix.shape[1])
        self._note("label_names_in_", labels.names)
        self._note("categorical_features_", features.categorical)
        self._note("_categories", getattr(features, "categories", None))
        # what an earlier call decided is not about these data
        self._note("sample_indices_", None)
        self._note("is_synthetic_", None)
        self._note("reference_indices_", None)
        return features, labels

    def _read_features(self, X: Any) -> Rows:
        if not self._reads_features:
            return Rows(X)
        return Features(X, getattr(self, "categorical_features", None))

    def _check(self, decided: Any, features: Rows, labels: Labels) -> None:
        """Refuse a decision that no input of this call can have led to."""
        name, shape = type(self).__name__, labels.matrix.shape
        if not isinstance(decided, Resampling):
            raise TypeError(f"{name}._resample must return a Resampling; got {decided!r}.")
        for part, rows in (("source", decided.source), ("reference", decided.reference)):
            if rows is not None and len(rows) and not (rows.min() >= 0 and rows.max() < shape[0]):
                raise ValueError(f"{name} names {part} rows outside 0 to {shape[0] - 1}.")
        borne = decided.Y.data
        if decided.Y.shape[1] != shape[1] or not np.all((borne == 0) | (borne == 1)):
            raise ValueError(f"{name} must give 0 or 1 for each of the {shape[1]} labels.")
        if decided.X_new is None:
            return
        values = decided.X_new.data if sp.issparse(decided.X_new) else decided.X_new
        if decided.X_new.shape[1] != features.n_features or not np.isfinite(values).all():
            raise ValueError(
                f"{name} must make finite values of all {features.n_features} features."
            )

    def _resample_within(
        self, outer: MultiLabelSampler, X: Any, Y: sp.csr_array, rng: np.random.Generator
    ) -> Resampling:
        """Resample what ``outer`` has already read, on its random stream unless seeded myself."""
        self._validate_params()
        for name in _INHERITED:
            self._note(name, getattr(outer, name, None))
        own = getattr(self, "random_state", None)
        decided = self._resample(X, Y, rng if own is None else make_generator(own))
        self._record(decided)
        return decided

    def _note(self, name: str, value: Any) -> None:
        """Set a fitted attribute, or drop the one an earlier call left."""
        if value is None:
            self.__dict__.pop(name, None)
        else:
            setattr(self, name, value)

    def _record(self, decided: Resampling) -> None:
        first_new = len(decided.source) - decided.n_new
        self.sample_indices_ = np.asarray(decided.source, dtype=np.intp)
        self.is_synthetic_ = np.arange(len(decided.source)) >= first_new
        if decided.reference is not None:
            self.reference_indices_ = self.sample_indices_.copy()
            self.reference_indices_[first_new:] = decided.reference

    def __sklearn_tags__(self) -> Any:
        tags = super().__sklearn_tags__()
        tags.estimator_type = "sampler"
        tags.target_tags.required = True
        tags.target_tags.single_output = False
        tags.target_tags.multi_output = True
        tags.classifier_tags = ClassifierTags(multi_class=False, multi_label=True)
        tags.input_tags.sparse = True
        tags.input_tags.string = tags.input_tags.allow_nan = not self._reads_features
        return tags
