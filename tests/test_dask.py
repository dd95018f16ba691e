"""Dask as joblib's backend: worker processes of their own give the scores of one process."""

import os
import signal
import sys
import warnings
from contextlib import nullcontext

import numpy as np
import pytest
from guide import blocks, run
from joblib import parallel_config
from sklearn.model_selection import GridSearchCV, KFold, cross_val_score, cross_validate
from sklearn.tree import DecisionTreeClassifier
from tables import learnable

import skml_aemlo
from skml_aemlo import MLSMOTE, MultiLabelResampledClassifier, cli, compare
from skml_aemlo.cli import cluster
from skml_aemlo.datasets import make_imbalanced_multilabel, save_arff

distributed = pytest.importorskip("distributed")

FOLDS = KFold(4, shuffle=True, random_state=0)
MODEL = MultiLabelResampledClassifier(
    DecisionTreeClassifier(random_state=0), MLSMOTE(), random_state=0
)


@pytest.fixture(scope="module")
def client():
    """Start two worker processes, once, on free ports of this machine."""
    with (
        distributed.LocalCluster(
            n_workers=2,
            threads_per_worker=1,
            processes=True,
            dashboard_address="127.0.0.1:0",
            host="127.0.0.1",
        ) as cluster,
        distributed.Client(cluster) as client,
    ):
        yield client


@pytest.fixture
def data():
    """Return 120 learnable rows with 4 labels."""
    return learnable(120, (0.0, 0.4, 0.7, 1.1), noise=0.4)


def test_there_are_two_other_processes(client):
    """The workers are processes, neither of them this one."""
    pids = set(client.run(os.getpid).values())
    assert len(pids) == 2
    assert os.getpid() not in pids


def test_cross_validation_runs_there_and_scores_as_here(client, data):
    """Scores are those of this process, and every fold was fitted in a worker."""

    class Telling(DecisionTreeClassifier):
        """A tree that notes the process it was fitted in; a class in here travels whole."""

        def fit(self, X, y):
            self.pid_ = os.getpid()
            return super().fit(X, y)

    X, Y = data
    here = cross_validate(MODEL, X, Y, cv=FOLDS, scoring=["f1_macro", "roc_auc"])
    telling = MultiLabelResampledClassifier(Telling(random_state=0), MLSMOTE(), random_state=0)
    with parallel_config("dask"):
        there = cross_validate(
            telling, X, Y, cv=FOLDS, scoring=["f1_macro", "roc_auc"], return_estimator=True
        )
    for name in ("test_f1_macro", "test_roc_auc"):
        np.testing.assert_array_equal(there[name], here[name])
    pids = {fitted.estimator_.pid_ for fitted in there["estimator"]}
    assert pids <= set(client.run(os.getpid).values())


@pytest.mark.usefixtures("client")
def test_a_search_there_finds_what_one_here_finds(data):
    """All scores of a grid and the refitted model are the same."""
    X, Y = data
    grid = {"sampler__n_neighbors": [1, 5], "estimator__max_depth": [2, 5]}
    search = GridSearchCV(MODEL, grid, cv=FOLDS, scoring="f1_macro")
    here = search.fit(X, Y).cv_results_["mean_test_score"], search.predict(X)
    with parallel_config("dask"):
        search.fit(X, Y)
    np.testing.assert_array_equal(search.cv_results_["mean_test_score"], here[0])
    np.testing.assert_array_equal(search.predict(X), here[1])


def test_the_block_of_the_guide_runs(client, monkeypatch):
    """On the cluster that runs already, it gives the scores of this process."""
    started = []

    def running(**options):
        started.append(options)
        return nullcontext(client.cluster)

    monkeypatch.setattr("dask.distributed.LocalCluster", running)
    (block,) = blocks("classifier.md", "dask")
    names = run(block, {"__name__": "__main__"})
    assert [options["n_workers"] for options in started] == [2]
    here = cross_val_score(
        names["model"], names["data"].X, names["data"].Y.toarray(), cv=3, scoring="f1_micro"
    )
    np.testing.assert_array_equal(names["scores"], here)


COMPARE = ["--samplers", "none", "mlros", "--estimators", "lp-tree", "--cv", "1x3", "--no-report"]
COMPARE += ["--no-progress"]


@pytest.fixture
def toy(tmp_path):
    """Return the command that compares two samplers on a small file."""
    save_arff(make_imbalanced_multilabel(60, 5, 4, random_state=0), tmp_path / "toy.arff")
    return ["compare", str(tmp_path / "toy.arff"), *COMPARE]


def test_a_comparison_there_gives_the_table_of_one_here(client, toy, tmp_path):
    """The command line with and without --dask: the same rows but for the seconds."""
    pandas = pytest.importorskip("pandas")
    address = client.scheduler.address
    assert cli.main([*toy, "--out", str(tmp_path / "here")]) == 0
    assert cli.main([*toy, "--out", str(tmp_path / "there"), "--dask", address]) == 0
    here, there = (
        pandas.read_csv(tmp_path / place / "table.csv").filter(regex=r"^(?!.*_seconds$)")
        for place in ("here", "there")
    )
    pandas.testing.assert_frame_equal(here, there, check_exact=True)


def test_cells_are_computed_by_workers_with_one_thread(client, data):
    """Each tells the process it is fitted in and the threads of its numeric libraries."""
    pytest.importorskip("pandas")

    class Telling(DecisionTreeClassifier):
        """A tree that warns of where it is fitted."""

        def fit(self, X, y):
            from threadpoolctl import threadpool_info

            threads = {library["num_threads"] for library in threadpool_info()}
            warnings.warn(f"{os.getpid()} {threads}", UserWarning, stacklevel=1)
            return super().fit(X, y)

    with parallel_config("dask"), pytest.warns(UserWarning, match="^8 of 8 cells warned"):
        table = compare.run(("toy", *data), ["none", "mlros"], {"telling": Telling()}, cv=FOLDS)
    pids = set(client.run(os.getpid).values())
    assert (table["error"] == "").all()
    assert set(table["warnings"]) <= {f"UserWarning: {pid} {{1}}" for pid in pids}


@pytest.mark.usefixtures("client")
def test_data_travel_once(data):
    """Eight tasks, and the features are pickled for one of them."""
    pytest.importorskip("pandas")
    pickled = []

    class Counted(np.ndarray):
        """Features that note when they are sent."""

        def __reduce_ex__(self, protocol):
            pickled.append(protocol)
            return np.array(self).__reduce_ex__(protocol)

    X, Y = data
    with parallel_config("dask"):
        table = compare.run(
            ("toy", X.view(Counted), Y), ["none", "mlros"], {"tree": DecisionTreeClassifier()}, cv=4
        )
    assert (table["error"] == "").all()
    assert len(table) == 8
    assert len(pickled) == 1


def test_a_killed_worker_costs_its_own_cell_only(client, data, monkeypatch):
    """Dask starts another; what was queued behind the deadly cell is computed after all."""
    pytest.importorskip("pandas")
    X, Y = data

    class Deadly(DecisionTreeClassifier):
        """A tree that kills its process where row 0 is the first to train on."""

        def fit(self, rows, y):
            if rows[0, 0] == X[0, 0]:
                os.kill(os.getpid(), signal.SIGKILL)
            return super().fit(rows, y)

    # one death is enough here; by default Dask gives up after the fourth
    monkeypatch.setattr(client.cluster.scheduler, "allowed_failures", 0)
    with parallel_config("dask"), pytest.warns(UserWarning, match="^1 of 2 cells failed"):
        table = compare.run(("toy", X, Y), ["none"], {"deadly": Deadly()}, cv=KFold(2))
    assert table["error"].str.startswith("WorkerDied: ").tolist() == [False, True]
    assert table["macro_f"].notna().tolist() == [True, False]


@pytest.mark.parametrize(
    ("address", "options", "problem"),
    [
        ("nowhere", (), "missing port number"),
        ("http://127.0.0.1:80", (), "unknown address scheme"),
        ("tcp://127.0.0.1:9", (), "no Dask scheduler answers there"),
        ("tcp://127.0.0.1:9", ("--jobs", "2"), "give one of the two"),
    ],
)
def test_a_wrong_address_is_one_line(toy, tmp_path, capsys, monkeypatch, address, options, problem):
    """Nothing is computed, and no file is made."""
    pytest.importorskip("pandas")
    monkeypatch.setattr(cluster, "PATIENCE", 0.5)
    out = tmp_path / "runs"
    assert cli.main([*toy, "--out", str(out), "--dask", address, *options]) == 2
    (line,) = capsys.readouterr().err.splitlines()
    assert line.startswith("error: ")
    assert problem in line
    assert not out.exists()


def test_workers_of_another_version_are_refused(client, toy, tmp_path, capsys, monkeypatch):
    """Their cells would have other keys' results, or none."""
    pytest.importorskip("pandas")
    monkeypatch.setattr(skml_aemlo, "__version__", "77.0")
    command = [*toy, "--out", str(tmp_path / "runs"), "--dask", client.scheduler.address]
    assert cli.main(command) == 2
    assert "here is 77.0; install that version on every worker" in capsys.readouterr().err


def test_missing_distributed_names_the_remedy(toy, tmp_path, capsys, monkeypatch):
    """Before any work."""
    pytest.importorskip("pandas")
    monkeypatch.setitem(sys.modules, "distributed", None)
    assert cli.main([*toy, "--out", str(tmp_path / "runs"), "--dask", "tcp://127.0.0.1:9"]) == 2
    assert "pip install 'skml_aemlo[dask]'" in capsys.readouterr().err
