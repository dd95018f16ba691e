"""Dask as joblib's backend: worker processes of their own give the scores of one process."""

import os
from contextlib import nullcontext

import numpy as np
import pytest
from guide import blocks, run
from joblib import parallel_config
from sklearn.model_selection import GridSearchCV, KFold, cross_val_score, cross_validate
from sklearn.tree import DecisionTreeClassifier
from tables import learnable

from skml_aemlo import MLSMOTE, MultiLabelResampledClassifier

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
    (block,) = blocks("model_selection.md", "dask")
    names = run(block, {"__name__": "__main__"})
    assert [options["n_workers"] for options in started] == [2]
    here = cross_val_score(
        names["model"], names["data"].X, names["data"].Y.toarray(), cv=3, scoring="f1_micro"
    )
    np.testing.assert_array_equal(names["scores"], here)
