"""What a sampler did to the rows, held to a literal reading, row by row, in exact fractions."""

import math
import statistics
import tracemalloc
from collections import Counter
from fractions import Fraction

import numpy as np
import pandas as pd
import pytest
import scipy.sparse as sp
import strategies
from conftest import Small
from containers import Container
from hypothesis import given, settings
from hypothesis import strategies as st
from registered import NAMES, quick_sampler

from skml_aemlo import MLROS, MLRUS, MLSMOTE, REMEDIAL
from skml_aemlo.measures import SamplingDiagnosis, diagnose

MADE_ONLY = [
    "share_unseen_labelsets",
    "share_duplicates",
    "nearest_real_distance",
    "label_agreement",
]


def rows_of(X, Y):
    """Rows as pairs of tuples, which know whether they are equal."""
    return [(tuple(map(int, x)), tuple(map(int, y))) for x, y in zip(X, Y, strict=True)]


def mean(values):
    """Mean, NaN of nothing."""
    return float(sum(values) / len(values)) if values else math.nan


def made_among(real, after):
    """Positions of rows that are not one of the real ones, each of which counts once."""
    left, made = Counter(real), []
    for i, row in enumerate(after):
        if left[row]:
            left[row] -= 1
        else:
            made.append(i)
    return made


def drift(before, after):
    """Total variation distance of the co-occurrence matrices."""

    def shares(rows):
        pairs = Counter(
            (i, j) for _, y in rows for i, a in enumerate(y) for j, b in enumerate(y) if a and b
        )
        return {pair: Fraction(count, sum(pairs.values())) for pair, count in pairs.items()}

    one, other = shares(before), shares(after)
    if not one or not other:
        return math.nan
    gaps = [abs(one.get(pair, 0) - other.get(pair, 0)) for pair in {*one, *other}]
    return float(sum(gaps) / 2)


def squared_distance(x, z, real, categorical, metric):
    """HEOM with the real rows' ranges, or plain Euclidean, squared."""
    total = Fraction(0)
    for j, (a, b) in enumerate(zip(x, z, strict=True)):
        column = [row[0][j] for row in real]
        span = max(column) - min(column)
        if metric == "euclidean":
            total += (a - b) ** 2
        elif categorical[j]:
            total += a != b
        elif span:
            total += Fraction(a - b, span) ** 2
    return total


def jaccard(y, z):
    """Labels both bear by labels either bears."""
    either = sum(a or b for a, b in zip(y, z, strict=True))
    return Fraction(sum(a and b for a, b in zip(y, z, strict=True)), either) if either else 1


def judged(row, origin, real, categorical, metric, k):
    """Distance to the nearest real row, and agreement with the nearest, but the origin."""
    others = [
        (squared_distance(row[0], other[0], real, categorical, metric), i)
        for i, other in enumerate(real)
        if i != origin
    ]
    near = sorted(others)[: min(k, len(real) - 1)]
    if not near:
        return math.nan, math.nan
    return math.sqrt(near[0][0]), mean([jaccard(row[1], real[i][1]) for _, i in near])


def literal(X, Y, X_res, Y_res, categorical, metric, k, sources=None):
    """Every figure of a diagnosis."""
    real, after = rows_of(X, Y), rows_of(X_res, Y_res)
    made = made_among(real, after)
    looks = [row[0] for row in real]
    copies = [
        after[i][0] in looks or after[i][0] in [after[j][0] for j in made if j < i] for i in made
    ]
    distances, agreements = [], []
    for i in made:
        twins = [j for j, row in enumerate(real) if row == after[i]]
        twins += [j for j, look in enumerate(looks) if look == after[i][0]]
        origin = twins[0] if twins else None
        origin = origin if sources is None else sources[i]
        _, agrees = judged(after[i], origin, real, categorical, metric, k)
        far, _ = judged(after[i], None, real, categorical, metric, k)
        distances.append(0.0 if twins else far)
        agreements.append(agrees)
    leave_one_out = [judged(row, i, real, categorical, metric, k) for i, row in enumerate(real)]
    apart = [far for far, _ in leave_one_out if far > 0]
    relative = mean(distances)
    if any(distances):
        relative = relative / statistics.median(apart) if apart else math.nan
    sets = {row[1] for row in real}
    return {
        "n_rows_before": len(real),
        "n_rows_after": len(after),
        "n_made": len(made),
        "n_dropped": len(real) - (len(after) - len(made)),
        "share_unseen_labelsets": mean([after[i][1] not in sets for i in made]),
        "cooccurrence_drift": drift(real, after),
        "share_duplicates": mean(copies),
        "nearest_real_distance": relative,
        "label_agreement": mean(agreements),
        "label_agreement_real": mean([agrees for _, agrees in leave_one_out]),
    }


@st.composite
def resampled_tables(draw):
    """Draw rows before and after: some kept, some cloned, some torn, some new."""
    X, categorical, Y = draw(strategies.labelled_tables(min_rows=1))
    X_new, _ = draw(strategies.feature_tables(n_rows=3, max_features=1))
    kept = draw(st.lists(st.integers(0, len(X) - 1), min_size=1, max_size=10))
    X_res, Y_res = X[kept].copy(), Y[kept].copy()
    for i in draw(st.lists(st.integers(0, len(kept) - 1), max_size=4)):
        X_res[i] = draw(st.sampled_from([*X_res, *(X + 1), *np.tile(X_new, X.shape[1])]))
    for i in draw(st.lists(st.integers(0, len(kept) - 1), max_size=4)):
        Y_res[i] = draw(st.sampled_from([*Y, *(1 - Y), *(0 * Y)]))
    sources = draw(st.lists(st.integers(0, len(X) - 1), min_size=len(kept), max_size=len(kept)))
    return X, Y, X_res, Y_res, categorical, draw(st.sampled_from([None, sources]))


@pytest.mark.parametrize("container", [np.array, sp.csr_array, pd.DataFrame])
@pytest.mark.parametrize("metric", ["heom", "euclidean"])
@settings(max_examples=150)
@given(tables=resampled_tables(), k=st.integers(1, 6))
def test_every_figure_is_the_literal_one(container, metric, tables, k):
    """Whatever the rows, their ties and copies, constant columns and empty labels included."""
    X, Y, X_res, Y_res, categorical, sources = tables
    found = diagnose(
        container(X),
        Y,
        container(X_res),
        Y_res,
        sample_indices=sources,
        n_neighbors=k,
        metric=metric,
        categorical_features=categorical,
    )
    assert found.to_dict() == pytest.approx(
        literal(X, Y, X_res, Y_res, categorical, metric, k, sources),
        rel=1e-9,
        abs=1e-12,
        nan_ok=True,
    )


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("form", [np.array, sp.csr_array])
def test_the_figures_of_every_sampler_are_the_literal_ones(name, form, small):
    """What the samplers return on one table, in hundredths, fits the same definitions."""
    sampler = quick_sampler(name)
    X_res, Y_res = sampler.fit_resample(form(small.X), form(small.Y))
    source = sampler.sample_indices_
    tables = form(small.X), small.Y, X_res, Y_res
    found = diagnose(*tables, sample_indices=source, n_neighbors=3)
    if sp.issparse(X_res):
        X_res, Y_res = X_res.toarray(), Y_res.toarray()
    # a step of a billionth tells features apart, and leaves whole numbers
    before, after = (np.rint(table * 1e9) for table in (small.X, X_res))
    expected = literal(before, small.Y, after, Y_res, np.zeros(6, bool), "heom", 3, source)
    assert found.to_dict() == pytest.approx(expected, rel=1e-6, abs=1e-6, nan_ok=True)


@pytest.fixture
def pair():
    """Two pairs of rows, 1 apart each, whose labels are those of their partner."""
    return np.array([[0.0], [1.0], [10.0], [11.0]]), np.array([[1, 0], [1, 0], [0, 1], [0, 1]])


def test_a_clone_is_a_duplicate_that_agrees_as_its_original_does(pair):
    """Distance 0, no unseen label set; its original is no witness for it."""
    X, Y = pair
    found = diagnose(X, Y, X[[0, 1, 2, 3, 0, 0]], Y[[0, 1, 2, 3, 0, 0]], n_neighbors=1)
    assert found == SamplingDiagnosis(4, 6, 2, 0, 0.0, found.cooccurrence_drift, 1.0, 0.0, 1.0, 1.0)
    assert found.cooccurrence_drift == pytest.approx(4 / 6 - 1 / 2)


def test_all_rows_cloned_agree_as_all_rows_do(small):
    """The agreement of clones is that of real rows, to the last digit, and nothing drifts."""
    twice = np.tile(np.arange(60), 2)
    found = diagnose(small.X, small.Y, small.X[twice], small.Y[twice])
    assert found.label_agreement == pytest.approx(found.label_agreement_real, rel=1e-12)
    assert (found.n_made, found.cooccurrence_drift) == (60, 0.0)


def test_a_row_among_others_of_other_labels_is_told(pair):
    """A row half way between two rows is half as far as they are, and agrees with neither."""
    X, Y = pair
    found = diagnose(X, Y, [*X, [0.5]], [*Y, [0, 1]], n_neighbors=2)
    assert (found.n_made, found.share_duplicates) == (1, 0.0)
    assert found.nearest_real_distance == pytest.approx(0.5)
    assert found.label_agreement == 0.0
    assert found.label_agreement_real == 0.5


def test_a_row_is_no_witness_for_what_grew_from_it(pair):
    """Its seed is as near as before, but the labels it took from there prove nothing."""
    X, _ = pair
    Y = np.array([[1, 1], [0, 0], [0, 1], [0, 1]])
    tables = X, Y, [*X, [0.25]], [*Y, [1, 1]]
    unknown = diagnose(*tables, n_neighbors=1)
    known = diagnose(*tables, n_neighbors=1, sample_indices=[0, 1, 2, 3, 0])
    assert (unknown.label_agreement, known.label_agreement) == (1.0, 0.0)
    assert unknown.nearest_real_distance == known.nearest_real_distance == pytest.approx(0.25)


def test_distances_have_no_unit(pair):
    """Other units of a feature change nothing, by either metric."""
    X, Y = pair
    for metric in ("heom", "euclidean"):
        figures = [
            diagnose(s * X, Y, s * np.array([*X, [13.0]]), [*Y, [0, 1]], metric=metric)
            for s in (1.0, 2.0**30)
        ]
        assert figures[0] == figures[1]
        assert figures[0].nearest_real_distance == pytest.approx(2.0)


def test_torn_rows_count_as_made_and_their_origin_as_dropped():
    """REMEDIAL makes two rows of one; the pair of labels is gone."""
    X, Y = np.array([[0.0], [1.0]]), np.array([[1, 1], [1, 1]])
    found = diagnose(X, Y, X[[0, 1, 0, 1]], [[1, 0], [1, 0], [0, 1], [0, 1]])
    assert (found.n_made, found.n_dropped) == (4, 2)
    assert (found.share_unseen_labelsets, found.share_duplicates) == (1.0, 1.0)
    assert found.cooccurrence_drift == 0.5
    assert found.label_agreement == 0.5


def test_labels_that_never_met_have_drifted_all_the_way():
    """1 is the most."""
    Y = [[1, 1, 0, 0]] * 2
    assert diagnose([[0.0], [1.0]], Y, [[2.0]], [[0, 0, 1, 1]]).cooccurrence_drift == 1.0


def test_counts_beyond_a_byte_are_no_drift():
    """Labels are kept as int8, whose products would overflow at 128 rows."""
    X, Y = np.arange(400.0)[:, None], np.tile([[1, 1], [0, 1]], (200, 1))
    assert diagnose(X, Y, X[:200], Y[:200]).cooccurrence_drift == 0.0


@pytest.mark.parametrize("order", [slice(None), slice(None, None, -1)], ids=["kept", "reversed"])
def test_an_undersampler_makes_nothing(order, small):
    """The figures of made rows are NaN, whatever the order; that of real rows is not."""
    X_res, Y_res = MLRUS(random_state=0).fit_resample(small.X, small.Y)
    found = diagnose(small.X, small.Y, X_res[order], Y_res[order])
    assert (found.n_made, found.n_dropped) == (0, 60 - len(X_res))
    assert np.isnan([getattr(found, name) for name in MADE_ONLY]).all()
    assert 0 < found.label_agreement_real < 1
    assert 0 < found.cooccurrence_drift < 1


@pytest.mark.parametrize("name", NAMES)
def test_what_counts_as_made_is_what_samplers_tell(name, small):
    """New features, other labels and second copies: all but one row of each source."""
    sampler = quick_sampler(name)
    X_res, Y_res = sampler.fit_resample(small.X, small.Y)
    source = sampler.sample_indices_
    rewritten = (Y_res != small.Y[source]).any(axis=1)
    kept = np.unique(source[~sampler.is_synthetic_ & ~rewritten])
    found = diagnose(small.X, small.Y, X_res, Y_res)
    assert (found.n_made, found.n_dropped) == (len(source) - len(kept), 60 - len(kept))


def test_containers_do_not_matter(x_container: Container, small: Small):
    """The features' container and dtype change no figure."""
    x_cast = x_container.cast(small.X)
    X_res, Y_res = MLSMOTE(random_state=0).fit_resample(x_cast, small.Y)
    given = x_container.make(x_cast.copy()), small.Y, x_container.make(X_res.copy()), Y_res
    found = diagnose(*given, categorical_features=None)
    expected = diagnose(x_cast.astype(float), small.Y, X_res.astype(float), Y_res)
    assert found.to_dict() == pytest.approx(expected.to_dict(), rel=1e-5)


def test_label_containers_do_not_matter(y_container: Container, small: Small):
    """Nor do the labels'."""
    X_res, Y_res = REMEDIAL().fit_resample(small.X, small.Y)
    found = diagnose(small.X, y_container.hold(small.Y), X_res, y_container.hold(Y_res))
    assert found == diagnose(small.X, small.Y, X_res, Y_res)


def test_before_and_after_may_come_in_different_containers(small):
    """What a pipeline made sparse on the way is compared all the same."""
    X_res, Y_res = MLROS(random_state=0).fit_resample(small.X, small.Y)
    expected = diagnose(small.X, small.Y, X_res, Y_res)
    for before, after in (
        (np.array, sp.csc_array),
        (sp.csr_matrix, list),
        (pd.DataFrame, np.array),
    ):
        assert diagnose(before(small.X), small.Y, after(X_res), after(Y_res)) == expected


def test_nominal_values_are_known_by_name():
    """A value that is the first of its column on one side only is the same value."""
    X = pd.DataFrame({"a": [0.0, 0.0, 0.0], "b": ["x", "y", "z"]})
    X_res = pd.DataFrame({"a": [0.0, 0.0], "b": ["z", "w"]})
    found = diagnose(X, [[1], [1], [0]], X_res, [[0], [1]], n_neighbors=2)
    assert (found.n_made, found.n_dropped, found.share_duplicates) == (1, 2, 0.0)
    assert found.nearest_real_distance == 1.0
    as_category = [frame.astype({"b": "category"}) for frame in (X, X_res)]
    as_rows = [frame.to_numpy(object).tolist() for frame in (X, X_res)]
    for before, after in (as_category, as_rows):
        again = diagnose(
            before,
            [[1], [1], [0]],
            after,
            [[0], [1]],
            n_neighbors=2,
            categorical_features=[1],
        )
        assert again == found


def test_zeros_are_zeros_stored_or_negative():
    """They are equal, and so are the rows that hold them."""
    for zero in (0.0, -0.0):
        X = sp.csr_array(([zero, 1.0, 2.0], ([0, 0, 1], [0, 1, 0])), shape=(2, 2))
        found = diagnose(X, [[1], [0]], [[-0.0, 1.0], [2.0, 0.0], [2.0, -0.0]], [[1], [0], [1]])
        assert (found.n_made, found.share_duplicates) == (1, 1.0)


@pytest.mark.parametrize("step", [1.0, 2.0**-20, 2.0**-52])
def test_rows_that_differ_in_one_digit_are_no_duplicates(step):
    """Nor are rows with their values in other places, however regular the numbers."""
    grid = np.stack(np.meshgrid(*[1 + step * np.arange(4.0)] * 4), axis=-1).reshape(-1, 4)
    labels = np.ones((256, 1), int)
    found = diagnose(grid[:1], labels[:1], grid, labels)
    assert (found.n_made, found.share_duplicates) == (255, 0.0)


def test_a_choice_of_rows_stands_for_all():
    """Of very many rows a few are asked for, the same each time unless seeded otherwise."""
    X = np.arange(50.0)[:, None]
    Y = (np.arange(50)[:, None] % [2, 3, 5] == 0).astype(int)
    X_res, Y_res = np.vstack([X, X + 0.25, X + 0.5]), np.vstack([Y, Y, Y])
    whole = diagnose(X, Y, X_res, Y_res, max_rows=None)
    assert diagnose(X, Y, X_res, Y_res, max_rows=100) == whole
    some = [diagnose(X, Y, X_res, Y_res, max_rows=10, random_state=s) for s in (0, 0, *range(1, 9))]
    assert some[0] == some[1] == diagnose(X, Y, X_res, Y_res, max_rows=10)
    distances = {found.nearest_real_distance for found in some}
    # ten rows, each 1/4 or 1/2 from the nearest
    assert len(distances) > 2
    assert all(40 * d == pytest.approx(round(40 * d)) and 0.25 <= d <= 0.5 for d in distances)
    assert whole.nearest_real_distance == pytest.approx(0.375, abs=0.01)
    assert len({found.label_agreement_real for found in some}) > 2
    counted = ["n_made", "share_unseen_labelsets", "share_duplicates", "cooccurrence_drift"]
    for name in counted:
        assert {getattr(found, name) for found in some} == {getattr(whole, name)}


def test_one_row_has_no_neighbours():
    """A clone of it is at distance 0; nothing else can be said."""
    found = diagnose([[1.0]], [[1, 0]], [[1.0], [1.0]], [[1, 0], [1, 0]])
    assert found.nearest_real_distance == 0.0
    assert np.isnan([found.label_agreement, found.label_agreement_real]).all()
    assert math.isnan(diagnose([[1.0]], [[1]], [[2.0]], [[1]]).nearest_real_distance)


def test_rows_that_are_all_alike_have_no_unit_of_distance():
    """Clones are at distance 0 all the same."""
    X, Y = np.ones((4, 2)), np.array([[1], [0], [1], [0]])
    options = {"metric": "euclidean"}
    assert diagnose(X, Y, X[[0, 0, 0]], Y[[0, 0, 0]]).nearest_real_distance == 0.0
    assert math.isnan(diagnose(X, Y, 2 * X, Y, **options).nearest_real_distance)


def test_rows_without_labels_agree():
    """No label borne on either side: agreement is whole, and there is nothing to co-occur."""
    X, Y = np.arange(4.0)[:, None], np.zeros((4, 2), int)
    found = diagnose(X, Y, X + 0.25, Y)
    assert (found.label_agreement, found.label_agreement_real) == (1.0, 1.0)
    assert found.share_unseen_labelsets == 0.0
    assert math.isnan(found.cooccurrence_drift)
    assert math.isnan(diagnose(X, Y + 1, X, Y).cooccurrence_drift)


@pytest.mark.parametrize(
    "shapes",
    [
        (4, 4, 5, 6, 2, 2, 1, 1),
        (4, 3, 5, 5, 2, 2, 1, 1),
        (4, 4, 5, 5, 2, 3, 1, 1),
        (4, 4, 5, 5, 2, 2, 1, 2),
    ],
    ids=["rows after", "rows before", "features", "labels"],
)
def test_tables_that_do_not_fit_are_refused(shapes):
    """One sentence names all four."""
    n, n_labelled, m, m_labelled, d, d_res, q, q_res = shapes
    tables = (np.ones(s) for s in ((n, d), (n_labelled, q), (m, d_res), (m_labelled, q_res)))
    with pytest.raises(ValueError, match=r"X \(4, 2\) and Y .* must have the same rows, X_res"):
        diagnose(*tables)


@pytest.mark.parametrize(
    ("options", "problem"),
    [
        ({"metric": "cosine"}, "metric must be 'heom' or 'euclidean'; got 'cosine'"),
        ({"sample_indices": [0, 0]}, r"must be 1 row numbers, .* got int64 of shape \(2,\)"),
        ({"sample_indices": [0.0]}, "must be 1 row numbers, .* got float64"),
        ({"sample_indices": [1]}, "sample_indices must name rows of X, 0 to 0"),
        ({"n_neighbors": 0}, "n_neighbors must be an int of at least 1; got 0"),
        ({"max_rows": 0}, "max_rows must be an int of at least 1, or None; got 0"),
        ({"max_rows": 2.5}, "max_rows must be an int of at least 1, or None; got 2.5"),
    ],
)
def test_wrong_options_are_refused(options, problem):
    """The message names the parameter and what came."""
    with pytest.raises(ValueError, match=problem):
        diagnose([[1.0]], [[1]], [[1.0]], [[1]], **options)


def test_labels_that_are_none_are_refused_by_their_name():
    """It is Y_res that holds a 2."""
    with pytest.raises(ValueError, match="Y_res must be a binary"):
        diagnose([[1.0]], [[1]], [[1.0]], [[2]])


def test_frames_with_other_columns_are_refused():
    """Nominal columns are matched by place, so their names must be in one order."""
    X = pd.DataFrame({"a": ["x", "y"], "b": [1.0, 2.0]})
    with pytest.raises(ValueError, match="same columns in the same order"):
        diagnose(X, [[1], [0]], X.rename(columns={"b": "c"}), [[1], [0]])


def test_a_sparse_table_is_never_made_dense():
    """A table that would take 800 MB is judged in a small part of that."""
    X = sp.csr_array(sp.random(20_000, 5_000, density=0.002, random_state=0, format="csr"))
    Y = sp.csr_array(sp.random(20_000, 300, density=0.01, random_state=1, format="csr") != 0)
    rows = np.append(np.arange(20_000), np.arange(500))
    tracemalloc.start()
    found = diagnose(X, Y, X[rows], Y[rows], max_rows=20)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert found.n_made == 500
    assert peak < 100e6


def test_a_diagnosis_prints_one_figure_a_line(pair):
    """Counts as they are, others to four digits."""
    X, Y = pair
    lines = str(diagnose(X, Y, [*X, [0.5]], [*Y, [1, 0]])).splitlines()
    assert [line.split()[0] for line in lines] == list(SamplingDiagnosis.__annotations__)
    assert lines[2].split() == ["n_made", "1"]
    assert lines[7].split() == ["nearest_real_distance", "0.5000"]
