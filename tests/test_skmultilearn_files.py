"""scikit-multilearn's file functions, mended: beside liac-arff and upstream's own."""

import bz2
import pickle
import sys
from importlib.util import find_spec, module_from_spec
from pathlib import Path
from types import ModuleType

import arff
import numpy as np
import pytest
import scipy.sparse as sp
from containers import X_CONTAINERS, Y_CONTAINERS, dense

from skml_aemlo.datasets import ArffError, load_arff
from skml_aemlo.skmultilearn import (
    available_data_sets,
    load_dataset,
    load_dataset_dump,
    load_from_arff,
    save_dataset_dump,
    save_to_arff,
)

DENSE = """@relation 'toy: -C -2'
@attribute size real
@attribute colour {red, blue}
@attribute count integer
@attribute a {0,1}
@attribute b {0,1}
@data
2.5,blue,3,1,0
-1,red,0,0,1
0,blue,?,0,0
"""
SPARSE = """@relation 'toy: -C -2'
@attribute size real
@attribute colour {red, blue}
@attribute count integer
@attribute a {0,1}
@attribute b {0,1}
@data
{0 2.5, 1 blue, 2 3, 3 1}
{0 -1, 4 1}
{}
"""


@pytest.fixture
def table():
    """Return features with long fractions and zeros, and labels."""
    rng = np.random.default_rng(0)
    X = rng.normal(size=(9, 3)) * (rng.random((9, 3)) < 0.7)
    X[0] = [1 / 3, 1e-300, -12345678901234567]
    return X, (rng.random((9, 4)) < 0.4).astype(int)


def saved(folder, text, name="toy.arff"):
    """Write a file and return its path."""
    path = Path(folder, name)
    path.write_text(text)
    return path


class TestLoadFromArff:
    """What stands in the file, in upstream's matrices."""

    @pytest.mark.parametrize(("text", "kind"), [(DENSE, arff.DENSE), (SPARSE, arff.LOD)])
    @pytest.mark.parametrize("at_end", [True, False])
    @pytest.mark.parametrize("load_sparse", [True, False])
    def test_equals_liac_arff(self, text, kind, at_end, load_sparse, tmp_path):
        """Values, nominal ones as their index, are liac-arff's; labels at the end or the start."""
        if not at_end:
            text = text.replace("size real", "size {0,1}").replace("2.5", "1").replace("-1", "1")
        path, count = saved(tmp_path, text), 2 if at_end else 1
        found = load_from_arff(path, count, "end" if at_end else "start", load_sparse=load_sparse)
        rows = arff.loads(text, encode_nominal=True, return_type=kind)["data"]
        if kind == arff.LOD:
            rows = [[row.get(j, 0) for j in range(5)] for row in rows]
        expected = np.array(rows, dtype=float)
        parts = (
            (expected[:, :-2], expected[:, -2:]) if at_end else (expected[:, 1:], expected[:, :1])
        )
        for part, right in zip(found, parts, strict=True):
            assert isinstance(part, sp.lil_matrix)
            np.testing.assert_array_equal(part.toarray(), right)
        assert found[1].dtype == int

    @pytest.mark.parametrize("text", [DENSE, SPARSE])
    def test_definitions_are_names_and_values(self, text, tmp_path):
        """Asked for, each attribute's name comes with its type: liac-arff's, numbers alike."""
        found = load_from_arff(saved(tmp_path, text), 2, return_attribute_definitions=True)
        values = {"colour": ["red", "blue"], "a": ["0", "1"], "b": ["0", "1"]}
        declared = [
            (name, values.get(name, "NUMERIC")) for name in ("size", "colour", "count", "a", "b")
        ]
        assert found[2:] == (declared[:3], declared[3:])

    def test_definitions_of_labels_at_the_start(self, tmp_path):
        """MEKA's order: the labels' definitions are the first ones."""
        text = DENSE.replace("size real", "size {0,1}").replace("2.5", "1").replace("-1", "1")
        found = load_from_arff(saved(tmp_path, text), 1, "start", return_attribute_definitions=True)
        assert found[3] == [("size", ["0", "1"])]
        assert [name for name, _ in found[2]] == ["colour", "count", "a", "b"]

    @pytest.mark.parametrize("dtype", ["float32", "int", float])
    @pytest.mark.parametrize("text", [DENSE.replace("?", "4"), SPARSE])
    def test_features_have_the_dtype_asked_for(self, dtype, text, tmp_path):
        """``input_feature_type`` holds for dense and sparse files alike."""
        X, _ = load_from_arff(saved(tmp_path, text), 2, input_feature_type=dtype)
        assert X.dtype == np.dtype(dtype)
        assert X.shape == (3, 3)

    def test_nominal_numbers_may_stay(self, tmp_path):
        """With ``encode_nominal=False`` numbers in braces are these numbers, absent ones too."""
        text = SPARSE.replace("{red, blue}", "{7, 5}").replace("blue", "5")
        X, _ = load_from_arff(saved(tmp_path, text), 2, encode_nominal=False)
        assert X.toarray()[:, 1].tolist() == [5, 7, 7]
        with pytest.raises(ValueError, match=r"encode_nominal=False.*'colour'.*pass"):
            load_from_arff(saved(tmp_path, SPARSE), 2, encode_nominal=False)

    def test_a_label_declared_the_other_way_round(self, tmp_path):
        """A label ``{1,0}`` is what it says: in a sparse row its absence means 1."""
        text = SPARSE.replace("@attribute b {0,1}", "@attribute b {1,0}").replace("4 1", "4 0")
        assert load_from_arff(saved(tmp_path, text), 1)[1].toarray().ravel().tolist() == [1, 0, 1]

    def test_what_is_wrong_is_named(self, tmp_path):
        """Places, counts, files and lines at fault."""
        path = saved(tmp_path, DENSE)
        with pytest.raises(ValueError, match=r"^label_location='middle'"):
            load_from_arff(path, 2, "middle")
        with pytest.raises(ValueError, match=r"^label_count=0"):
            load_from_arff(path, 0)
        with pytest.raises(ArffError, match="line 9"):
            load_from_arff(saved(tmp_path, DENSE.replace("-1,red", "-1,green")), 2)
        with pytest.raises(FileNotFoundError):
            load_from_arff(tmp_path / "none.arff", 2)


class TestSaveToArff:
    """What was given, as other readers read it."""

    @pytest.mark.parametrize("save_sparse", [True, False])
    @pytest.mark.parametrize("location", ["start", "end"])
    @pytest.mark.parametrize("name", X_CONTAINERS)
    def test_liac_arff_reads_the_very_numbers(self, name, location, save_sparse, table):
        """Any container of X, sparse or dense rows, labels at either end (D17)."""
        X, Y = table
        given = X_CONTAINERS[name].hold(X.clip(-9, 9))
        text = save_to_arff(given, Y, location, save_sparse)
        kind = arff.LOD if save_sparse else arff.DENSE
        read = arff.loads(text, return_type=kind)
        rows = read["data"]
        if save_sparse:
            rows = [[row.get(j, 0) for j in range(7)] for row in rows]
        found = np.array(rows, dtype=float)
        plain = np.asarray(dense(given), dtype=float)
        expected = [plain, Y] if location == "end" else [Y, plain]
        np.testing.assert_array_equal(found, np.hstack(expected))
        assert read["relation"] == f"traindata: -C {-4 if location == 'end' else 4}"

    @pytest.mark.parametrize("save_sparse", [True, False])
    @pytest.mark.parametrize("name", Y_CONTAINERS)
    def test_labels_in_any_container(self, name, save_sparse, table):
        """The container of y changes no byte."""
        X, Y = table
        given = Y_CONTAINERS[name].hold(Y)
        text = save_to_arff(X, given, save_sparse=save_sparse)
        assert text == save_to_arff(X, Y, save_sparse=save_sparse)

    @pytest.mark.parametrize("save_sparse", [True, False])
    @pytest.mark.parametrize("location", ["start", "end"])
    def test_comes_back_to_the_last_bit(self, save_sparse, location, table, tmp_path):
        """A file read again holds the same numbers, missing ones included; so our own reader."""
        X, Y = table
        X[3, 1] = np.nan
        path = tmp_path / "toy.arff"
        assert save_to_arff(X, Y, location, save_sparse, path) is None
        again = load_from_arff(path, 4, location)
        np.testing.assert_array_equal(again[0].toarray(), X)
        np.testing.assert_array_equal(again[1].toarray(), Y)
        np.testing.assert_array_equal(load_arff(path).Y.toarray(), Y)

    def test_what_is_wrong_is_named(self, table):
        """Unequal rows, labels that are none, an unknown place."""
        X, Y = table
        with pytest.raises(ValueError, match="y has 8 rows and X has 9"):
            save_to_arff(X, Y[:8])
        with pytest.raises(ValueError, match=r"y must .* it also holds .*2"):
            save_to_arff(X, 2 * Y)
        with pytest.raises(ValueError, match=r"^label_location='top'"):
            save_to_arff(X, Y, "top")


class TestDumps:
    """Pickles in bz2, and data sets by name."""

    @pytest.mark.parametrize("wrap", [str, Path])
    @pytest.mark.parametrize(("save_as", "load_as"), [("a", "a"), ("a", "a.bz2"), ("a.bz2", "a")])
    def test_comes_back_with_or_without_its_ending(self, wrap, save_as, load_as, table, tmp_path):
        """The ending may be left out on either side; the file is bz2 of a pickled dict."""
        X, Y = sp.lil_matrix(table[0]), sp.lil_matrix(table[1])
        save_dataset_dump(X, Y, [("x", "NUMERIC")], None, wrap(tmp_path / save_as))
        found = load_dataset_dump(wrap(tmp_path / load_as))
        np.testing.assert_array_equal(found[0].toarray(), table[0])
        np.testing.assert_array_equal(found[1].toarray(), table[1])
        assert found[2:] == ([("x", "NUMERIC")], None)
        stored = pickle.loads(bz2.decompress((tmp_path / "a.bz2").read_bytes()))
        assert sorted(stored) == ["X", "features", "labels", "y"]

    def test_without_a_file_the_dict_comes_back(self):
        """What would be saved."""
        found = save_dataset_dump(1, 2, 3, 4)
        assert found == {"X": 1, "y": 2, "features": 3, "labels": 4}

    def test_missing_dump_is_named(self, tmp_path):
        """The name with its ending."""
        with pytest.raises(FileNotFoundError, match=r"none\.bz2"):
            load_dataset_dump(tmp_path / "none")

    @pytest.mark.parametrize("by_environment", [True, False])
    def test_a_copy_is_found_without_the_server(self, by_environment, tmp_path, monkeypatch):
        """A file that scikit-multilearn has downloaded is read, though no one answers (D22)."""
        save_dataset_dump([[1]], [[0]], ["f"], ["l"], tmp_path / "emotions-train.scikitml.bz2")
        monkeypatch.setenv("SCIKIT_ML_LEARN_DATA", str(tmp_path if by_environment else "nowhere"))
        home = None if by_environment else tmp_path
        assert load_dataset("emotions", "train", home) == ([[1]], [[0]], ["f"], ["l"])
        with pytest.raises(ConnectionError, match=r"no copy of Yeast-train.*fetch\('yeast'\)"):
            load_dataset("Yeast", "train", home)

    def test_available_data_sets_says_what_else_to_use(self):
        """The server is not asked; the error names two ways to data (D22)."""
        with pytest.raises(ConnectionError, match=r"load_from_arff.*langLog.*fetch\('emotions'\)"):
            available_data_sets()


# upstream leaves the files it reads open, for the interpreter to close
@pytest.mark.filterwarnings("ignore:.*FileIO:pytest.PytestUnraisableExceptionWarning")
class TestUpstream:
    """Each defect is still in scikit-multilearn 0.2.0: a failure here is good news."""

    @pytest.fixture
    def upstream(self, monkeypatch):
        """Return upstream's module by itself, with a stand-in where requests is missing."""
        if find_spec("requests") is None:
            stand_in = ModuleType("requests")
            stand_in.get = None
            monkeypatch.setitem(sys.modules, "requests", stand_in)
        spec = find_spec("skmultilearn.dataset")
        module = module_from_spec(spec)
        spec.loader.exec_module(module)
        return module

    def test_upstream_d17_dense_rows(self, upstream, table):
        """D17: arrays cannot be saved."""
        with pytest.raises(AttributeError, match="todok"):
            upstream.save_to_arff(*table)

    def test_upstream_saves_the_same_where_it_can(self, upstream, table):
        """On sparse matrices upstream's file holds the same attributes and rows."""
        X, Y = table[0].clip(-9, 9), table[1]
        theirs = upstream.save_to_arff(sp.csr_matrix(X.round(3)), sp.csr_matrix(Y))
        ours = save_to_arff(X.round(3), Y)
        mine, original = (arff.loads(text, return_type=arff.LOD) for text in (ours, theirs))
        assert mine["attributes"] == original["attributes"]
        assert mine["relation"] == original["relation"]
        assert mine["data"] == original["data"]

    def test_upstream_loses_empty_rows_at_the_end(self, upstream, tmp_path):
        """A sparse file whose last row is empty is read one row short."""
        found = upstream.load_from_arff(str(saved(tmp_path, SPARSE)), 2, load_sparse=True)
        assert found[0].shape[0] == 2

    def test_upstream_knows_no_third_place(self, upstream, tmp_path):
        """An unknown place gives None without a word."""
        assert upstream.load_from_arff(str(saved(tmp_path, DENSE)), 2, "middle") is None

    def test_upstream_saves_what_it_does_not_find(self, upstream, tmp_path):
        """A dump saved without its ending is not found without it."""
        upstream.save_dataset_dump([[1]], [[1]], None, None, str(tmp_path / "toy"))
        with pytest.raises(OSError, match="does not exist"):
            upstream.load_dataset_dump(str(tmp_path / "toy"))

    def test_upstream_d22_asks_the_server_first(self, upstream, monkeypatch):
        """D22: even for a copy on disk, the server is asked over plain http."""
        asked = []
        monkeypatch.setattr(upstream.requests, "get", lambda url: asked.append(url) or 1 / 0)
        with pytest.raises(ZeroDivisionError):
            upstream.load_dataset("emotions", "train")
        assert asked == ["http://scikit.ml/datasets/data.list"]
