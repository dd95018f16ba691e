"""Hypothesis strategies: small label matrices and feature tables, with all that goes wrong."""

import numpy as np
import scipy.sparse as sp
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays


def sparse_table(n_rows, n_columns, density):
    """Return a csr_array of random numbers; scipy's own function calls its seed by two names."""
    rng = np.random.default_rng(0)
    table = rng.random((n_rows, n_columns))
    return sp.csr_array(table * (rng.random(table.shape) < density))


@st.composite
def label_matrices(draw, min_rows=1, max_rows=10, min_labels=1, max_labels=5, n_rows=None):
    """Draw Y with, at times, empty and full labels, unlabelled rows and duplicates."""
    n = n_rows if n_rows is not None else draw(st.integers(min_rows, max_rows))
    n_labels = draw(st.integers(min_labels, max_labels))
    Y = draw(arrays(np.int8, (n, n_labels), elements=st.integers(0, 1)))
    Y[:, draw(_some(n_labels))] = 0
    Y[:, draw(_some(n_labels))] = 1
    Y[draw(_some(n))] = 0
    Y[draw(_some(n))] = Y[draw(st.integers(0, n - 1))]
    return Y


@st.composite
def feature_tables(draw, min_rows=2, max_rows=8, max_features=4, nominal=True, n_rows=None):
    """Draw (X, categorical): whole numbers with many ties, constant columns and duplicate rows."""
    n = n_rows if n_rows is not None else draw(st.integers(min_rows, max_rows))
    d = draw(st.integers(1, max_features))
    spread = draw(st.sampled_from([1, 3, 50]))
    X = draw(arrays(np.float64, (n, d), elements=st.integers(-spread, spread).map(float)))
    marks = st.booleans() if nominal else st.just(False)
    categorical = draw(arrays(np.bool_, d, elements=marks))
    # few values a nominal column, with and without 0 among them
    X[:, categorical] = np.abs(X[:, categorical]) % draw(st.integers(1, 4)) + draw(
        st.integers(0, 1)
    )
    X[:, draw(_some(d))] = draw(st.integers(0, 1))
    X[draw(_some(n))] = X[draw(st.integers(0, n - 1))]
    return X, categorical


@st.composite
def labelled_tables(draw, min_rows=2, max_rows=8):
    """Draw (X, categorical, Y) of one length."""
    X, categorical = draw(feature_tables(min_rows, max_rows))
    return X, categorical, draw(label_matrices(n_rows=len(X)))


def _some(size):
    """A few indices, mostly none."""
    indices = st.lists(st.integers(0, size - 1), max_size=max(1, size // 3), unique=True)
    return st.one_of(st.just([]), indices)
