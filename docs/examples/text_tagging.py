"""Tag texts with 150 labels, most of them rare: resample inside the folds of a grid search.

TF-IDF features stay sparse throughout. The texts are made here: every tag has words of its own, and
the n-th tag is on about 1 / n of the texts that the first is on.

Run it with ``python docs/examples/text_tagging.py``.
"""

import numpy as np
from sklearn.base import clone
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.metrics import f1_score, make_scorer
from sklearn.model_selection import GridSearchCV, KFold, train_test_split
from sklearn.tree import DecisionTreeClassifier

from skml_aemlo import MLSMOTE, MultiLabelResampledClassifier, measures

N_TAGS = 150
TREE = DecisionTreeClassifier(max_features=100, random_state=0)


def make_texts(n_texts: int = 900) -> tuple[list[str], np.ndarray]:
    """Return texts and their tags: four words for every tag, and ten that mean nothing."""
    rng = np.random.default_rng(3)
    Y = (rng.random((n_texts, N_TAGS)) < 0.4 / np.arange(1, N_TAGS + 1)).astype(int)
    for tag in range(N_TAGS):
        # enough to be found in every fold
        Y[rng.choice(n_texts, 12, replace=False), tag] = 1
    texts = []
    for tags in Y:
        own = np.repeat(np.flatnonzero(tags), 4)
        words = [f"tag{tag}word{rng.integers(4)}" for tag in own]
        words += [f"word{word}" for word in rng.integers(400, size=10)]
        texts.append(" ".join(words))
    return texts, Y


def macro_f1(Y_true: np.ndarray, Y_pred: np.ndarray) -> float:
    """Return the mean F1 of the tags; a tag that is never said scores 0, without a warning."""
    return float(f1_score(Y_true, Y_pred, average="macro", zero_division=0))


def make_search() -> GridSearchCV:
    """Return a search over the sampler's neighbours; folds are resampled, never what they test."""
    model = MultiLabelResampledClassifier(TREE, MLSMOTE(), random_state=0)
    grid = {"sampler__n_neighbors": [1, 3, 5]}
    folds = KFold(3, shuffle=True, random_state=0)
    return GridSearchCV(model, grid, scoring=make_scorer(macro_f1), cv=folds)


def main() -> None:
    """Search, and compare with the bare classifier on texts kept apart."""
    texts, Y = make_texts()
    read, kept, Y_read, Y_kept = train_test_split(texts, Y, test_size=0.3, random_state=0)
    vectors = TfidfVectorizer().fit(read)
    X_read, X_kept = vectors.transform(read), vectors.transform(kept)
    print(f"{X_read.shape[0]} texts, {X_read.shape[1]} words, {N_TAGS} tags")
    rare = len(measures.minority_labels(Y_read))
    print(f"MeanIR {measures.mean_ir(Y_read):.1f}, {rare} rare tags")
    search = make_search().fit(X_read, Y_read)
    print(f"best: {search.best_params_}")
    bare = clone(TREE).fit(X_read, Y_read)
    for name, model in (("bare", bare), ("resampled", search)):
        print(f"macro F1 {name}: {macro_f1(Y_kept, model.predict(X_kept)):.2f}")


if __name__ == "__main__":
    main()
