"""Slow, literal transcriptions of the interpolating samplers, row by row and feature by feature.

Nothing here imports the library. Each takes a numpy Generator and draws one number at a time, in
the order its docstring states, so that the library fed an equal Generator must make equal rows.
"""

import math

from oracles import (
    BORDERLINE,
    OUTLIER,
    RARE,
    SAFE,
    counts,
    local_c,
    local_s,
    local_types,
    minority_values,
    neighbors,
)


def bag_of(Y, label):
    """Rows that bear a label."""
    return [i for i, row in enumerate(Y) if row[label]]


def near_in_bag(distances, bag, k):
    """Nearest other rows of the same bag, row -> rows."""
    inside = [[distances[a][b] for b in bag] for a in bag]
    return {
        row: [bag[place] for place in places]
        for row, places in zip(bag, neighbors(inside, k), strict=True)
    }


def walk(X, seed, reference, shares_of):
    """Go from seed to reference by a share of each gap; ``shares_of(column)`` draws it."""
    made = [float(value) for value in X[seed]]
    taken = {}
    for j in range(len(made)):
        gap = float(X[reference][j]) - made[j]
        if gap != 0:
            taken[j] = shares_of(j)
            made[j] += taken[j] * gap
    return made, taken


def in_cycles(things, number, rng):
    """Draw without replacement, beginning anew when all are drawn."""
    drawn = []
    while things and len(drawn) < number:
        drawn += [things[i] for i in rng.permutation(len(things))]
    return drawn[:number]


def most_frequent(values):
    """The most frequent value, of several the one that comes first."""
    return max(values, key=lambda v: (values.count(v), -values.index(v)))


def mlsmote(X, categorical, Y, labels, near_of, strategy, number, rng):
    """MLSMOTE: seeds (cycles), then all references, then the shares of one row after another.

    ``near_of(label)`` gives the neighbours in the bag; ``number`` None is one row a seed.
    """
    pairs = [(j, i) for j in labels for i in bag_of(Y, j) if len(bag_of(Y, j)) > 1]
    drawn = pairs if number is None else in_cycles(pairs, number, rng)
    near = {j: near_of(j) for j in labels if len(bag_of(Y, j)) > 1}
    references = [near[j][i][int(rng.integers(len(near[j][i])))] for j, i in drawn]
    numeric = [[v * (not c) for v, c in zip(row, categorical, strict=True)] for row in X]
    X_new, Y_new = [], []
    for (j, i), reference in zip(drawn, references, strict=True):
        made, _ = walk(numeric, i, reference, lambda _: float(rng.random()))
        for column in range(len(made)):
            if categorical[column]:
                made[column] = most_frequent([float(X[o][column]) for o in near[j][i]])
        X_new.append(made)
        voters = [i, *near[j][i]]
        votes = [sum(int(Y[o][label]) for o in voters) for label in range(len(Y[0]))]
        Y_new.append([int(_elected(v, len(voters), strategy)) for v in votes])
    return [i for _, i in drawn], references, X_new, Y_new


def _elected(votes, voters, strategy):
    if strategy == "union":
        return votes >= 1
    if strategy == "intersection":
        return votes == voters
    return 2 * votes > voters


THRESHOLD = {SAFE: 0.5, BORDERLINE: 0.75, RARE: 1 + 1e-5, OUTLIER: -1e-5}


def mlsol_labels(Y, types, seed, reference, closeness):
    """Labels of a new row, closeness being d(seed) / (d(seed) + d(reference))."""
    rare, made = minority_values(Y), []
    for j in range(len(Y[0])):
        if Y[seed][j] == Y[reference][j]:
            made.append(int(Y[seed][j]))
            continue
        central, other, cd = seed, reference, closeness
        if Y[seed][j] != rare[j]:
            central, other, cd = reference, seed, 1 - closeness
        made.append(int(Y[central if cd <= THRESHOLD[types[central][j]] else other][j]))
    return made


def column_ranges(X):
    """Largest minus smallest value of each column."""
    return [float(max(column)) - float(min(column)) for column in zip(*X, strict=True)]


def mlsol_closeness(X, lengths, taken, seed, reference):
    """Closeness from the shares taken; ``lengths`` divide gaps, None is a nominal column."""
    to_seed = to_reference = 0.0
    for j, share in taken.items():
        gap = float(X[reference][j]) - float(X[seed][j])
        length = 1.0 if lengths[j] is None else gap / lengths[j]
        to_seed += (share * length) ** 2
        to_reference += ((1 - share) * length) ** 2
    whole = math.sqrt(to_seed) + math.sqrt(to_reference)
    return math.sqrt(to_seed) / whole if whole else 0.5


def mlsol_weights(Y, near):
    """How strongly each row draws seeds."""
    return [float(sum(row)) for row in local_s(local_c(Y, near))]


def mlsol(X, categorical, Y, near, wanted, interpolation, rng):
    """MLSOL in rounds: all seeds, all references, then the shares of one row after another.

    With "row", all rows draw their shares before any nominal feature tosses. A round draws as many
    rows as the share of labelled ones so far suggests.
    """
    weights, types = mlsol_weights(Y, near), local_types(local_c(Y, near), near)
    ranges = column_ranges(X)
    lengths = [None if c else r for c, r in zip(categorical, ranges, strict=True)]
    kept, drawn, most = [], 0, 10 * wanted + 1000
    while sum(weights) and len(kept) < wanted and drawn < most:
        size = -(-(wanted - len(kept)) * (drawn + 1) // (len(kept) + 1))
        size = min(size, most - drawn)
        seeds = [_roulette(weights, float(rng.random())) for _ in range(size)]
        references = [near[s][int(rng.integers(len(near[s])))] for s in seeds]
        for s, r, made, taken in _walks(X, categorical, seeds, references, interpolation, rng):
            closeness = mlsol_closeness(X, lengths, taken, s, r)
            labels = mlsol_labels(Y, types, s, r, closeness)
            if any(labels):
                kept.append((s, r, made, labels))
        drawn += size
    return [list(part) for part in zip(*kept[:wanted], strict=True)] if kept else [[]] * 4


def _roulette(weights, ball):
    total, upto = sum(weights), 0.0
    for i, weight in enumerate(weights):
        upto += weight
        if upto / total > ball:
            return i
    return max(i for i, weight in enumerate(weights) if weight)


def _walks(X, categorical, seeds, references, interpolation, rng):
    if interpolation == "feature":
        for s, r in zip(seeds, references, strict=True):

            def share(j):
                ball = float(rng.random())
                return float(ball >= 0.5) if categorical[j] else ball

            yield s, r, *walk(X, s, r, share)
        return
    shares = [float(rng.random()) for _ in seeds]
    for s, r, u in zip(seeds, references, shares, strict=True):
        yield s, r, *walk(X, s, r, lambda j, u=u: float(rng.random() < u) if categorical[j] else u)


def mlrknnos(X, categorical, Y, labels, near_of, fraction, rng):
    """MLRkNNOS without label completion: label by label seeds, then references; then all shares.

    Returns the label each row was made for, seeds, references and features.
    """
    n = len(Y)
    lacking = [max(0, n - 2 * counts(Y)[j]) if len(bag_of(Y, j)) > 1 else 0 for j in labels]
    if fraction is not None and sum(lacking) > int(fraction * n + 1e-9):
        most, upto = int(fraction * n + 1e-9), 0
        total, before, capped = sum(lacking), 0, []
        for lack in lacking:
            upto += lack
            capped.append(upto * most // total - before)
            before = upto * most // total
        lacking = capped
    own, seeds, references = [], [], []
    for j, number in zip(labels, lacking, strict=True):
        if not number:
            continue
        near = near_of(j)
        reverse = {i: [r for r in near if i in near[r]] for i in near}
        loved = [i for i in near if reverse[i]]
        drawn = [loved[int(rng.integers(len(loved)))] for _ in range(number)]
        references += [reverse[i][int(rng.integers(len(reverse[i])))] for i in drawn]
        seeds, own = seeds + drawn, own + [j] * number
    X_new = [made for _, _, made, _ in _walks(X, categorical, seeds, references, "feature", rng)]
    return own, seeds, references, X_new
