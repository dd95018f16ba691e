"""Slow, literal transcriptions of the ensembles' pseudo-code; nothing here imports the package.

Random numbers are drawn from ``numpy`` in the order in which the classes say they draw them.
"""

import numpy as np
from sklearn.base import clone


def f1(truth, guesses):
    """Return F1 of one label by counting."""
    tp = sum(1 for t, g in zip(truth, guesses, strict=True) if t == 1 and g)
    fp = sum(1 for t, g in zip(truth, guesses, strict=True) if t == 0 and g)
    fn = sum(1 for t, g in zip(truth, guesses, strict=True) if t == 1 and not g)
    return 2 * tp / (2 * tp + fp + fn) if tp else 0.0


def threshold(scores, truth):
    """Try 0.05, 0.10, ... 0.95; a later one replaces an earlier one only where it is better."""
    best, found = -1.0, None
    for twentieth in range(1, 20):
        quality = f1(truth, [score >= twentieth / 20 for score in scores])
        if quality > best:
            best, found = quality, twentieth / 20
    return found


def undersampled(target, rng):
    """Return rows of which every class has as many as the rarest."""
    rows = {c: [i for i, t in enumerate(target) if t == c] for c in sorted(set(target))}
    least = min(len(members) for members in rows.values())
    kept = []
    for members in rows.values():
        if len(members) > least:
            members = rng.choice(members, least, replace=False).tolist()
        kept += members
    return sorted(kept)


class Constant:
    """What a single class teaches."""

    def __init__(self, value):
        self.classes_ = [value]

    def predict_proba(self, rows):
        """Be sure."""
        return np.ones((len(rows), 1))


def trained(base, rows, target, rng):
    """Train a seeded copy of a classifier that has one ``random_state``."""
    if len(set(target)) == 1:
        return Constant(target[0])
    return clone(base).set_params(random_state=int(rng.integers(2**31 - 1))).fit(rows, target)


def probability(model, row, value):
    """Ask for the probability of one class on one row."""
    classes = list(model.classes_)
    return model.predict_proba([row])[0][classes.index(value)] if value in classes else 0.0


def cocoa(base, X, Y, X_test, K, seed):
    """IJCAI 2015: f_j(x) = g_j(+1 | x) + sum over k of g_jk(+2 | x), here divided by K + 1."""
    rng = np.random.default_rng(seed)
    n, q = Y.shape
    coupled = []
    for j in range(q):
        others = [k for k in range(q) if k != j]
        coupled.append(rng.choice(others, min(K, q - 1), replace=False).tolist())
    seeds = rng.integers(2**31 - 1, size=q)
    models = []
    for j in range(q):
        draw = np.random.default_rng(seeds[j])
        binary = [int(Y[i, j]) for i in range(n)]
        problems = [binary]
        for k in coupled[j]:
            classes = []
            for i in range(n):
                if Y[i, j] == 1:
                    classes.append(2)
                elif Y[i, k] == 1:
                    classes.append(1)
                else:
                    classes.append(0)
            problems.append(classes)
        rows = [undersampled(target, draw) for target in problems]
        models.append(
            [
                trained(base, X[some], [target[i] for i in some], draw)
                for target, some in zip(problems, rows, strict=True)
            ]
        )

    def f(x, j):
        total = probability(models[j][0], x, 1)
        for tri in models[j][1:]:
            total += probability(tri, x, 2)
        return total / len(models[j])

    return _answers(f, X, Y, X_test)


def _answers(f, X, Y, X_test):
    """Return probabilities and predictions of f(x, j), thresholds tuned on the training rows."""
    q = Y.shape[1]
    t = [threshold([f(x, j) for x in X], Y[:, j]) for j in range(q)]
    scores = np.array([[f(x, j) for j in range(q)] for x in X_test])
    return scores, np.array([[int(row[j] >= t[j]) for j in range(q)] for row in scores])


def chain_numbers(rarer, c, least, most):
    """ACML 2018: min(max(floor(c mean(m) / m_j), least), most)."""
    numbers = []
    for m in rarer:
        share = (c * sum(rarer)) // (len(rarer) * m)
        numbers.append(min(max(share, least), most))
    return numbers


def chains_of(numbers):
    """Return the labels of each chain: those with a chain left, while there are two of them."""
    left, chains = list(numbers), []
    while sum(1 for number in left if number > 0) > 1:
        chains.append([j for j, number in enumerate(left) if number > 0])
        left = [max(number - 1, 0) for number in left]
    return chains


def eccru(base, X, Y, X_test, numbers, seed):
    """ACML 2018: chains on bags, each link undersampled, fed the answers of those before it."""
    rng = np.random.default_rng(seed)
    n = len(Y)
    orders = [rng.permutation(labels).tolist() for labels in chains_of(numbers)]
    seeds = rng.integers(2**31 - 1, size=len(orders))
    ensemble = []
    for order, number in zip(orders, seeds, strict=True):
        draw = np.random.default_rng(number)
        bag = draw.integers(n, size=n).tolist()
        table = [list(X[i]) for i in bag]
        links = []
        for j in order:
            target = [int(Y[i, j]) for i in bag]
            some = undersampled(target, draw)
            link = trained(base, [table[i] for i in some], [target[i] for i in some], draw)
            links.append(link)
            for row in table:
                row.append(float(probability(link, row, 1) >= 0.5))
        ensemble.append((order, links))

    def f(x, j):
        total, asked = 0.0, 0
        for order, links in ensemble:
            row = list(x)
            for label, link in zip(order, links, strict=True):
                share = probability(link, row, 1)
                if label == j:
                    total, asked = total + share, asked + 1
                row.append(float(share >= 0.5))
        return total / asked

    return _answers(f, X, Y, X_test)


def sampling(base, sampler, X, Y, X_test, M, seed):
    """ECML-PKDD 2019: M resampled copies, one binary classifier per label on each, the mean."""
    rng = np.random.default_rng(seed)
    ensemble = []
    for _ in range(M):
        # in the order of the parameters' names: the tree's, the wrapper's, the sampler's
        of_tree, _unused, of_sampler = (int(rng.integers(2**31 - 1)) for _ in range(3))
        copy_X, copy_Y = clone(sampler).set_params(random_state=of_sampler).fit_resample(X, Y)
        ensemble.append(
            [
                clone(base).set_params(random_state=of_tree).fit(copy_X, copy_Y[:, j])
                for j in range(Y.shape[1])
            ]
        )

    def f(x, j):
        return sum(probability(models[j], x, 1) for models in ensemble) / M

    return _answers(f, X, Y, X_test)
