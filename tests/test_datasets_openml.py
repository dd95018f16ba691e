"""Fetching from OpenML, against recorded and hand-made answers; no test touches the network."""

import gzip
import hashlib
import io
import json
from importlib import resources
from urllib.error import HTTPError, URLError

import numpy as np
import pytest
from scipy import sparse as sp
from sklearn.datasets import _openml

from skml_aemlo import cli
from skml_aemlo.datasets import fetch, load_arff

DENSE = """@relation 'x'
@attribute 'size' numeric
@attribute 'hue' {red, 'dark blue'}
@attribute 'y.1' {FALSE, TRUE}
@attribute 'y.2' {TRUE, FALSE}
@data
2.5,'dark blue',TRUE,FALSE
?,red,FALSE,TRUE
-1,?,TRUE,TRUE
"""

SPARSE = """@relation x
@attribute y1 {FALSE, TRUE}
@attribute y2 {TRUE, FALSE}
@attribute size numeric
@attribute hue {red, blue}
@data
{0 TRUE, 2 1.5}
{3 blue}
{1 FALSE, 2 2}
"""


class Answer(io.BytesIO):
    """What urlopen returns, as far as scikit-learn looks at it."""

    def info(self):
        """Return the headers: nothing is compressed."""
        return {}


class Server:
    """Answers scikit-learn's requests for one data set and keeps their addresses."""

    def __init__(self, text, kind, columns, targets):
        self.requests = []
        self.text = text.encode()
        self.description = {
            "id": "1", "name": "x", "version": "1", "status": "active", "format": kind,
            "description": "by hand", "url": "https://www.openml.org/data/v1/download/1/x.arff",
            "file_id": "1", "default_target_attribute": targets,
            "md5_checksum": hashlib.md5(self.text, usedforsecurity=False).hexdigest(),
        }  # fmt: skip
        self.columns = [
            {
                "index": str(i), "name": name, "data_type": kind, "number_of_missing_values": "0",
                "is_target": "false", "is_ignore": "false", "is_row_identifier": "false",
            }
            for i, (name, kind) in enumerate(columns)
        ]  # fmt: skip
        rows = text.partition("@data\n")[2].count("\n")
        self.qualities = [{"name": "NumberOfInstances", "value": f"{rows}.0"}]

    def __call__(self, request, *_, **__):
        """Stand in for urlopen."""
        url = request.get_full_url()
        self.requests.append(url)
        if "/download/" in url:
            return Answer(self.text)
        if "/features/" in url:
            return self._json({"data_features": {"feature": self.columns}})
        if "/qualities/" in url:
            return self._json({"data_qualities": {"quality": self.qualities}})
        return self._json({"data_set_description": self.description})

    def _json(self, content):
        return Answer(json.dumps(content).encode())


@pytest.fixture
def serve(monkeypatch):
    """Return a function that puts a server in the place of the network."""

    def serve(*description):
        server = Server(*description)
        monkeypatch.setattr(_openml, "urlopen", server)
        return server

    return serve


@pytest.fixture
def dense(serve):
    """Serve a dense set with a nominal feature, missing values and both orders of TRUE/FALSE."""
    columns = [("size", "numeric"), ("hue", "nominal"), ("y.1", "nominal"), ("y.2", "nominal")]
    return serve(DENSE, "ARFF", columns, "y.1,y.2")


@pytest.fixture
def sparse(serve):
    """Serve a sparse set whose labels stand first."""
    columns = [("y1", "nominal"), ("y2", "nominal"), ("size", "numeric"), ("hue", "nominal")]
    return serve(SPARSE, "Sparse_ARFF", columns, "y1,y2")


@pytest.fixture
def offline(monkeypatch):
    """Take the network away, and the waiting between attempts."""

    def refuse(*_, **__):
        raise URLError("no route to host")

    monkeypatch.setattr(_openml, "urlopen", refuse)
    monkeypatch.setattr(_openml.time, "sleep", lambda _: None)


def test_a_dense_set_keeps_its_nominal_features(dense, tmp_path):
    """Numbers, value indices and missing values of the features are OpenML's."""
    data = fetch("emotions", data_home=tmp_path)
    np.testing.assert_array_equal(data.X, [[2.5, 1], [np.nan, 0], [-1, np.nan]])
    assert data.categories == {1: ("red", "dark blue")}
    assert data.categorical.tolist() == [False, True]
    assert (data.feature_names, data.label_names) == (["size", "hue"], ["y.1", "y.2"])
    assert data.name == "emotions"


def test_targets_true_and_false_become_one_and_zero(dense, tmp_path):
    """The order in which TRUE and FALSE are declared does not matter."""
    Y = fetch("emotions", data_home=tmp_path).Y
    assert isinstance(Y, sp.csr_array)
    assert Y.dtype == np.int8
    assert Y.toarray().tolist() == [[1, 0], [0, 1], [1, 1]]


def test_a_sparse_set_stays_sparse(sparse, tmp_path):
    """Absent entries are 0 and the first value, in features and in labels."""
    data = fetch("enron", data_home=tmp_path)
    assert isinstance(data.X, sp.csr_array)
    assert data.X.toarray().tolist() == [[1.5, 0], [0, 1], [2, 0]]
    assert data.X.nnz == 3
    assert data.Y.toarray().tolist() == [[1, 1], [0, 1], [0, 0]]
    assert data.categories == {1: ("red", "blue")}


def test_our_reader_agrees_on_the_same_file(dense, tmp_path):
    """The remedy of the offline error, load_arff on the file, gives the same data set."""
    (tmp_path / "x.arff").write_text(DENSE)
    read, fetched = load_arff(tmp_path / "x.arff", labels=-2), fetch("scene", data_home=tmp_path)
    np.testing.assert_array_equal(read.X, fetched.X)
    assert (read.Y != fetched.Y).nnz == 0
    assert read.categories == fetched.categories


def test_a_recorded_answer_is_read_as_scikit_learn_reads_it(serve, monkeypatch, tmp_path):
    """On the first rows of OpenML's emotions, scikit-learn's own frames are the oracle."""
    try:
        folder = resources.files("sklearn.datasets.tests.data.openml.id_40589")
    except ModuleNotFoundError:
        pytest.skip("needs the recorded answers of scikit-learn's own tests")
    parts = {
        "download": "data-v1-dl-4644182.arff.gz",
        "features": "api-v1-jdf-40589.json.gz",
        "qualities": "api-v1-jdq-40589.json.gz",
        "json/data/": "api-v1-jd-40589.json.gz",
    }

    def recorded(request, *_, **__):
        url = request.get_full_url()
        part = next(name for key, name in parts.items() if key in url)
        return Answer(gzip.decompress((folder / part).read_bytes()))

    monkeypatch.setattr(_openml, "urlopen", recorded)
    data = fetch("emotions", data_home=tmp_path)
    bunch = _openml.fetch_openml(
        data_id=40589, data_home=tmp_path, as_frame=False, parser="liac-arff"
    )
    np.testing.assert_array_equal(data.X, bunch.data)
    np.testing.assert_array_equal(data.Y.toarray(), bunch.target == "TRUE")
    assert (data.feature_names, data.label_names) == (bunch.feature_names, bunch.target_names)


def test_the_second_fetch_touches_no_network(dense, tmp_path, monkeypatch):
    """A copy in data_home is enough, whatever the case of the name."""
    first = fetch("emotions", data_home=tmp_path)
    asked = len(dense.requests)
    second = fetch("Emotions", data_home=tmp_path)
    assert len(dense.requests) == asked > 0
    np.testing.assert_array_equal(first.X, second.X)


def test_without_cache_nothing_is_kept_or_used(dense, tmp_path, monkeypatch):
    """cache=False asks OpenML again and leaves data_home as it was."""
    home = tmp_path / "home"
    home.mkdir()
    fetch("emotions", data_home=home, cache=False)
    asked = len(dense.requests)
    fetch("emotions", data_home=home, cache=False)
    assert len(dense.requests) == 2 * asked
    assert list(home.iterdir()) == []


def test_offline_one_clear_error_names_the_remedy(offline, tmp_path):
    """No network and no copy: the data set, the reason and load_arff are named, in one line."""
    with pytest.raises(
        ConnectionError, match=r"'langLog' from OpenML.*unreachable.*load_arff"
    ) as e:
        fetch("langlog", data_home=tmp_path)
    assert "\n" not in str(e.value)


def test_offline_the_command_line_speaks_its_own_words(offline, tmp_path, monkeypatch, capsys):
    """Who types a command passes a path, and calls no function."""
    monkeypatch.setenv("SCIKIT_LEARN_DATA", str(tmp_path))
    assert cli.main(["describe", "langlog"]) == 2
    error = capsys.readouterr().err
    assert error.endswith("or download the file elsewhere and give its path as DATA\n")
    assert "load_arff" not in error


def test_a_failing_server_gives_the_same_error(monkeypatch, offline, tmp_path):
    """An HTTP error is no more use to the caller than no network."""

    def fail(request, *_, **__):
        raise HTTPError(request.get_full_url(), 503, "overloaded", {}, io.BytesIO())

    monkeypatch.setattr(_openml, "urlopen", fail)
    with pytest.raises(ConnectionError, match="503"):
        fetch("birds", data_home=tmp_path)


@pytest.mark.parametrize("name", ["iris", "", None, 40589])
def test_an_unknown_name_lists_the_known_ones(name):
    """The error says what may be asked for."""
    with pytest.raises(ValueError, match=r"name is .*birds, emotions, .*yeast.*load_arff"):
        fetch(name)


@pytest.mark.parametrize("targets", ["y.1,y.3", "", None, "size,hue,y.1,y.2"])
def test_targets_that_are_not_among_the_columns_are_refused(dense, tmp_path, targets):
    """An answer that does not say which columns are labels is no multi-label set."""
    dense.description["default_target_attribute"] = targets
    with pytest.raises(ValueError, match=r"OpenML names the targets .*use load_arff"):
        fetch("yeast", data_home=tmp_path)


@pytest.mark.parametrize("targets", ["hue,y.1", "size,y.1"])
def test_a_target_that_is_not_binary_is_refused(dense, tmp_path, targets):
    """Colours and lengths are no labels."""
    dense.description["default_target_attribute"] = targets
    with pytest.raises(ValueError, match="neither TRUE/FALSE nor 0/1"):
        fetch("yeast", data_home=tmp_path)
