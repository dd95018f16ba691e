"""patch_skmultilearn: scikit-multilearn's names mean the mended things, and back again."""

import pickle
import sys
import threading
from importlib import import_module, metadata
from types import ModuleType

import numpy as np
import pytest
import skmultilearn.adapt
import skmultilearn.cluster
import skmultilearn.ensemble
import skmultilearn.model_selection
import skmultilearn.problem_transform
from joblib import Parallel, delayed
from sklearn.base import clone
from sklearn.neighbors import KNeighborsClassifier
from sklearn.tree import DecisionTreeClassifier

from skml_aemlo import skmultilearn as mended
from skml_aemlo.skmultilearn import patch_skmultilearn, patching

# under the names that upstream has for them, before anything is patched
ROOMS = ("adapt", "cluster", "ensemble", "model_selection", "problem_transform")
ORIGINALS = {
    (f"skmultilearn.{room}", name): getattr(import_module(f"skmultilearn.{room}"), name)
    for room in ROOMS
    for name in mended.__all__
    if hasattr(import_module(f"skmultilearn.{room}"), name)
    and not getattr(mended, name).__module__.endswith("refused")
}
CLASSES = {key: value for key, value in ORIGINALS.items() if isinstance(value, type)}
TREE = DecisionTreeClassifier(max_depth=3, random_state=0)

only_original = pytest.mark.skipif(patching.is_ng(), reason="-ng is left as it is")


def state():
    """Return every name of every module of skmultilearn, with what it means."""
    return {
        (path, name): value
        for path, module in list(sys.modules.items())
        if path.split(".")[0] == "skmultilearn"
        for name, value in vars(module).items()
        if not name.startswith("__")
    }


@pytest.fixture
def data():
    """Return rows and labels that hang on them."""
    rng = np.random.default_rng(0)
    X = rng.normal(size=(40, 4))
    return X, (X @ rng.normal(size=(4, 5)) > 0.3).astype(int)


@pytest.fixture
def patch():
    """Patch for one test."""
    with patch_skmultilearn() as patch:
        yield patch


@only_original
class TestPatch:
    """What is changed, and that nothing else is."""

    def test_every_name_in_every_module_is_mended(self, patch):
        """The packages and the modules where things are defined now hold ours."""
        assert len(ORIGINALS) > 10
        for (room, name), original in ORIGINALS.items():
            ours = getattr(mended, name)
            assert getattr(sys.modules[room], name) is ours
            assert getattr(sys.modules[original.__module__], name) is ours
            assert f"{room}.{name}" in patch.changed
            assert f"{original.__module__}.{name}" in patch.changed

    def test_imports_written_for_upstream_give_what_works(self, patch, data):
        """Old imports, old calls: the labels of KNeighborsClassifier, from a class that raised."""
        from skmultilearn.adapt import BRkNNaClassifier, MLkNN
        from skmultilearn.adapt.mlknn import MLkNN as same

        assert same is MLkNN is mended.MLkNN
        expected = KNeighborsClassifier(5).fit(*data).predict(data[0])
        found = BRkNNaClassifier(k=5).fit(*data).predict(data[0])
        np.testing.assert_array_equal(found.toarray(), expected)

    def test_only_names_inside_skmultilearn_change(self):
        """Of all modules' names those change that are listed, and sklearn's none."""
        before = state()
        with patch_skmultilearn() as patch:
            after, changed = state(), patch.changed
            moved = {
                f"{path}.{name}"
                for path, name in after
                if after[path, name] is not before.get((path, name), after[path, name])
            }
        assert moved == set(changed)
        assert len(changed) == len(set(changed))

    def test_the_way_back_is_complete(self):
        """After undo, or after the with block, all is as it was: methods of originals too."""
        methods = {cls: dict(vars(cls)) for cls in CLASSES.values()}
        patch_skmultilearn().undo()
        before = state()
        patch = patch_skmultilearn()
        assert len(patch) == len(patch.changed) > 20
        patch.undo()
        patch.undo()
        with patch_skmultilearn():
            assert state() != before
        after = state()
        assert all(after[key] is before[key] for key in before)
        assert {cls: dict(vars(cls)) for cls in CLASSES.values()} == methods

    def test_a_second_call_changes_nothing(self, patch):
        """Patched twice is patched once; the inner way back leaves the outer patch alone."""
        before = state()
        with patch_skmultilearn() as again:
            assert again.changed == ()
            assert len(again) == 0
        assert state() == before
        assert skmultilearn.adapt.MLkNN is mended.MLkNN

    def test_threads_patch_once(self):
        """Called by many threads at once, each name is changed by one of them."""
        found, barrier = [], threading.Barrier(8)

        def call():
            barrier.wait()
            found.append(patch_skmultilearn())

        threads = [threading.Thread(target=call) for _ in range(8)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        try:
            assert sorted(map(len, found))[:-1] == [0] * 7
            assert max(map(len, found)) > 20
        finally:
            for patch in found:
                patch.undo()

    def test_dataset_is_patched_where_it_can_be_imported(self, monkeypatch):
        """With requests and liac-arff, skmultilearn.dataset holds our functions."""
        if "requests" not in sys.modules:
            monkeypatch.setitem(sys.modules, "requests", ModuleType("requests"))
        known = "skmultilearn.dataset" in sys.modules
        try:
            with patch_skmultilearn() as patch:
                from skmultilearn.dataset import load_from_arff

                assert load_from_arff is mended.load_from_arff
                assert "skmultilearn.dataset.available_data_sets" in patch.changed
        finally:
            if not known:
                del sys.modules["skmultilearn.dataset"], skmultilearn.dataset


@only_original
class TestMendedWhilePatched:
    """Neither construction, nor pickling, nor isinstance comes back to itself."""

    @pytest.mark.parametrize(("room", "name"), CLASSES)
    def test_classes_keep_their_true_originals(self, room, name, patch):
        """Upstream classes are bases of ours: isinstance and issubclass mean upstream's still."""
        ours = getattr(sys.modules[room], name)
        if issubclass(getattr(mended, name), CLASSES[room, name]):
            assert CLASSES[room, name] in ours.__mro__[1:]

    def test_estimators_are_made_cloned_and_pickled(self, patch, data):
        """A patched name makes objects that answer, before and after pickling."""
        for name in ("MLkNN", "BRkNNaClassifier"):
            model = clone(getattr(skmultilearn.adapt, name)(k=3)).fit(*data)
            again = pickle.loads(pickle.dumps(model))
            assert type(again) is getattr(mended, name)
            expected = model.predict(data[0]).toarray()
            np.testing.assert_array_equal(again.predict(data[0]).toarray(), expected)

    def test_pickles_know_their_way_without_the_patch(self, data):
        """A model pickled while patched is read where nothing is patched."""
        with patch_skmultilearn():
            packed = pickle.dumps(skmultilearn.adapt.MLkNN(k=3).fit(*data))
        model = pickle.loads(packed)
        assert type(model) is mended.MLkNN
        assert skmultilearn.adapt.MLkNN is not mended.MLkNN

    def test_workers_need_no_patch_for_mended_objects(self, patch, data):
        """A loky worker fits and answers with a mended object, itself unpatched."""
        model = skmultilearn.problem_transform.BinaryRelevance(TREE)
        there = "__import__('skmultilearn.problem_transform').problem_transform.BinaryRelevance"
        with Parallel(n_jobs=2, backend="loky") as workers:
            (fitted,) = workers([delayed(model.fit)(*data)])
            (labels,) = workers([delayed(fitted.predict)(data[0])])
            (defined_in,) = workers([delayed(eval)(f"{there}.__module__")])
        assert defined_in.split(".")[0] == "skmultilearn"
        np.testing.assert_array_equal(labels.toarray(), model.fit(*data).predict(data[0]).toarray())

    @pytest.mark.parametrize(("room", "name"), CLASSES)
    def test_names_imported_before_still_work(self, room, name, patch):
        """An original that someone holds is made as before, though its own name has moved."""
        original = CLASSES[room, name]
        arguments = {
            "LabelCooccurrenceGraphBuilder": {"weighted": True, "include_self_edges": False},
            "FixedLabelSpaceClusterer": {"clusters": [[0]]},
            "IGraphLabelGraphClusterer": {"graph_builder": _builder(), "method": "infomap"},
            "NetworkXLabelGraphClusterer": {"graph_builder": _builder(), "method": "louvain"},
            "RandomLabelSpaceClusterer": {
                "cluster_size": 1,
                "cluster_count": 1,
                "allow_overlap": False,
            },
        }
        made = original(**arguments.get(name, {}))
        assert type(made) is original

    def test_subclasses_of_originals_still_work(self, data):
        """A class someone derived from an original before the patch is made and fitted after it."""

        class Own(CLASSES["skmultilearn.problem_transform", "BinaryRelevance"]):
            pass

        expected = Own(TREE).fit(*data).predict(data[0]).toarray()
        with patch_skmultilearn():
            found = Own(TREE).fit(*data).predict(data[0]).toarray()
        np.testing.assert_array_equal(found, expected)

    def test_without_pins_originals_would_break(self, monkeypatch):
        """The reason for pinning: super() inside an original asks for the patched name."""
        monkeypatch.setattr(patching, "_pins", lambda original: ())
        with patch_skmultilearn(), pytest.raises(TypeError, match="super"):
            CLASSES["skmultilearn.adapt", "MLkNN"]()


def _builder():
    from skmultilearn.cluster import LabelCooccurrenceGraphBuilder

    return LabelCooccurrenceGraphBuilder(weighted=True, include_self_edges=False)


class TestNg:
    """scikit-multilearn-ng lives in the same folder, and is left as it is."""

    def test_the_installed_distribution_is_recognised(self):
        """Where one distribution is installed, its name says what it is."""
        names = {d.metadata["Name"] for d in metadata.distributions()}
        found = names & {"scikit-multilearn", "scikit-multilearn-ng"}
        assert len(found) == 1
        assert patching.is_ng() == (found == {"scikit-multilearn-ng"})

    @pytest.mark.parametrize("both", [True, False])
    def test_where_both_or_none_are_known_the_code_decides(self, both, monkeypatch):
        """The last one installed wins: its IterativeStratification tells which it was."""

        def version(name):
            if not both:
                raise metadata.PackageNotFoundError(name)

        expected = patching.is_ng()
        monkeypatch.setattr(patching.metadata, "version", version)
        assert patching.is_ng() == expected

    def test_nothing_is_changed_for_ng(self, monkeypatch):
        """The call does nothing and says so."""
        before = state()
        monkeypatch.setattr(patching, "is_ng", lambda: True)
        with patch_skmultilearn() as patch:
            assert patch.changed == ()
            assert state() == before


@only_original
def test_overlapping_blocks_hold_until_the_last_one_ends():
    """A block that began inside another one, in whatever thread, outlives it whole."""
    before = state()
    first, second = patch_skmultilearn(), patch_skmultilearn()
    first.__enter__()
    second.__enter__()
    during = state()
    first.__exit__(None, None, None)
    assert state() == during != before
    assert skmultilearn.adapt.MLkNN is mended.MLkNN
    second.__exit__(None, None, None)
    assert state() == before


@only_original
def test_threads_share_the_patch():
    """The mended classes are there for as long as any thread's block is open."""
    before, opened, closed, seen = state(), threading.Event(), threading.Event(), []

    def later():
        with patch_skmultilearn():
            opened.set()
            closed.wait(10)
            seen.append(skmultilearn.adapt.MLkNN)

    worker = threading.Thread(target=later)
    with patch_skmultilearn():
        worker.start()
        assert opened.wait(10)
    closed.set()
    worker.join(10)
    assert seen == [mended.MLkNN]
    assert state() == before


@only_original
def test_one_patch_entered_twice_ends_with_the_outer_block():
    """And leaves nothing behind."""
    before = state()
    with patch_skmultilearn() as patch:
        with patch:
            pass
        assert skmultilearn.adapt.MLkNN is mended.MLkNN
    assert state() == before
