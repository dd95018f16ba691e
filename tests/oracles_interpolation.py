"""Slow, literal transcriptions of the interpolating samplers, row by row and feature by feature.

Nothing here imports the library. Each takes a numpy Generator and draws one number at a time, in
the order its docstring states, so that the library fed an equal Generator must make equal rows.
"""

from oracles import (
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
