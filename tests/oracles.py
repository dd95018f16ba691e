"""Slow, literal transcriptions of the definitions, loop by loop, to hold the library against.

Nothing here imports the library. Labels are a dense array of 0 and 1, features a dense array; ties
and thresholds are decided in exact fractions wherever the definition is rational.
"""

import itertools
import math
from decimal import Decimal, localcontext
from fractions import Fraction


def counts(Y):
    """Positives of each label."""
    return [sum(int(row[j]) for row in Y) for j in range(len(Y[0]))]


def irlbl(Y):
    """IRLbl of each label, in fractions; None for an empty label."""
    found = counts(Y)
    return [Fraction(max(found), c) if c else None for c in found]


def _present(Y, empty):
    if empty == "zero":
        return [Fraction(0) if ratio is None else ratio for ratio in irlbl(Y)]
    return [ratio for ratio in irlbl(Y) if ratio is not None]


def mean_ir(Y, empty="ignore"):
    """MeanIR; NaN without any value to average."""
    ratios = _present(Y, empty)
    return float(sum(ratios) / len(ratios)) if ratios else math.nan


def max_ir(Y):
    """MaxIR; NaN when no label has a positive."""
    return float(max(_present(Y, "ignore"), default=math.nan))


def variation(values):
    """Sample standard deviation over mean; NaN with fewer than two values or a mean of 0."""
    values = [Fraction(value) for value in values]
    if len(values) < 2 or sum(values) == 0:
        return math.nan
    mean = sum(values) / len(values)
    variance = sum((value - mean) ** 2 for value in values) / (len(values) - 1)
    return math.sqrt(variance) / float(mean)


def cvir(Y, empty="ignore"):
    """CVIR."""
    return variation(_present(Y, empty))


def imr(Y):
    """ImR of each label; infinity where it is constant."""
    n = len(Y)
    return [
        max(c, n - c) / min(c, n - c) if min(c, n - c) else math.inf  # the rarer value is absent
        for c in counts(Y)
    ]


def minority(Y):
    """Labels with IRLbl > MeanIR."""
    ratios, present = irlbl(Y), _present(Y, "ignore")
    return [j for j, r in enumerate(ratios) if r is not None and r > sum(present) / len(present)]


def majority(Y):
    """Labels that occur and are no minority labels."""
    return [j for j, c in enumerate(counts(Y)) if c and j not in minority(Y)]


def scumble_rows(Y):
    """SCUMBLE of each row: 1 - geometric / arithmetic mean of the IRLbl it bears."""
    ratios = irlbl(Y)
    result = []
    for row in Y:
        borne = [ratios[j] for j, value in enumerate(row) if value]
        if len(set(borne)) < 2:  # no label, one label, or labels of one frequency
            result.append(0.0)
            continue
        geometric = float(math.prod(borne)) ** (1 / len(borne))
        result.append(1 - geometric / float(sum(borne) / len(borne)))
    return result


def scumble(Y):
    """SCUMBLE."""
    return math.fsum(scumble_rows(Y)) / len(Y)


def _over_bearers(Y, summary):
    rows = scumble_rows(Y)
    return [
        summary([value for value, row in zip(rows, Y, strict=True) if row[j]])
        for j in range(len(Y[0]))
    ]


def scumble_labels(Y):
    """SCUMBLELbl; NaN for an empty label."""
    return _over_bearers(Y, lambda v: math.fsum(v) / len(v) if v else math.nan)


def scumble_cv(Y):
    """SCUMBLE.CV."""
    return variation(scumble_rows(Y))


def scumble_cv_labels(Y):
    """SCUMBLE.CV over the rows that bear each label; 0 rather than 0 / 0, as in R's mldr."""
    return _over_bearers(Y, lambda v: variation(v) if any(v) or len(v) < 2 else 0.0)


def cardinality(Y):
    """Mean number of labels per row."""
    return sum(counts(Y)) / len(Y)


def density(Y):
    """Cardinality over the number of labels."""
    return sum(counts(Y)) / (len(Y) * len(Y[0]))


def labelset_ids(Y):
    """Number of each row's label set, in order of first appearance."""
    seen = {}
    return [seen.setdefault(tuple(int(v) for v in row), len(seen)) for row in Y]


def labelsets(Y):
    """Number of distinct label sets."""
    return len({tuple(int(v) for v in row) for row in Y})


def tcs(Y, n_features):
    """TCS, the logarithm of an exact integer."""
    return math.log(n_features * len(Y[0]) * labelsets(Y))


def _exact(X):
    return [[Fraction(float(value)) for value in row] for row in X]


def heom(X, categorical):
    """Squared HEOM distances between all rows of ``X``, in fractions."""
    return _mixed(X, categorical, lambda j, a, b: Fraction(int(a != b)))


def hvdm(X, categorical, target):
    """Squared distances with nominal columns by value difference: sum_c (P(c|a) - P(c|b))^2."""
    rows = _exact(X)

    def share(j, value, wanted):
        bearers = [int(target[i]) for i, row in enumerate(rows) if row[j] == value]
        return Fraction(sum(t == wanted for t in bearers), len(bearers))

    def vdm(j, a, b):
        return sum((share(j, a, c) - share(j, b, c)) ** 2 for c in (0, 1))

    return _mixed(X, categorical, vdm)


def _mixed(X, categorical, nominal_gap):
    """Sum a nominal gap, or (|a - b| / range)^2, over the columns; a constant one adds 0."""
    rows = _exact(X)
    n, d = len(rows), len(rows[0])
    ranges = [max(r[j] for r in rows) - min(r[j] for r in rows) for j in range(d)]
    table = [[Fraction(0)] * n for _ in range(n)]
    for i in range(n):
        for other in range(n):
            for j in range(d):
                a, b = rows[i][j], rows[other][j]
                if categorical[j]:
                    table[i][other] += nominal_gap(j, a, b)
                elif ranges[j]:
                    table[i][other] += ((a - b) / ranges[j]) ** 2
    return table


def euclidean(X):
    """Squared Euclidean distances between all rows of ``X``, in fractions."""
    rows = _exact(X)
    return [[sum((a - b) ** 2 for a, b in zip(p, q, strict=True)) for q in rows] for p in rows]


def neighbors(distances, k):
    """The k other rows nearest to each row, ties by row index; all others where there are fewer."""
    n = len(distances)
    return [
        sorted((o for o in range(n) if o != i), key=lambda o, i=i: (distances[i][o], o))[:k]
        for i in range(n)
    ]


# --- local imbalance (Liu, Blekas, Tsoumakas 2022) ------------------------------------------------

SAFE, BORDERLINE, RARE, OUTLIER, MAJORITY = 1, 2, 3, 4, 0


def minority_values(Y):
    """The rarer value of each label, 1 on a tie."""
    return [1 if 2 * c <= len(Y) else 0 for c in counts(Y)]


def local_c(Y, near):
    """C: share of neighbours with another value; None where the cell has the majority value."""
    rare = minority_values(Y)
    return [
        [
            Fraction(sum(int(Y[o][j] != Y[i][j]) for o in near[i]), len(near[i]))
            if Y[i][j] == rare[j]
            else None
            for j in range(len(Y[0]))
        ]
        for i in range(len(Y))
    ]


def local_s(C):
    """S: C over its sum down each label, over minority cells with C < 1; elsewhere 0."""
    S = [[Fraction(0)] * len(C[0]) for _ in C]
    for j in range(len(C[0])):
        kept = [i for i in range(len(C)) if C[i][j] is not None and C[i][j] < 1]
        total = sum(C[i][j] for i in kept)
        for i in kept:
            S[i][j] = C[i][j] / total if total else Fraction(0)
    return S


def local_types(C, near):
    """Types of the cells, rare ones turned borderline until nothing changes."""
    types = [[_type_of(c) for c in row] for row in C]
    changed = True
    while changed:
        changed = False
        for i, row in enumerate(types):
            for j, kind in enumerate(row):
                if kind == RARE and any(types[o][j] in (SAFE, BORDERLINE) for o in near[i]):
                    row[j] = BORDERLINE
                    changed = True
    return types


def _type_of(c):
    if c is None:
        return MAJORITY
    if c < Fraction(3, 10):
        return SAFE
    if c < Fraction(7, 10):
        return BORDERLINE
    return RARE if c < 1 else OUTLIER


def reverse_neighbors(near):
    """Rows that have each row among their neighbours."""
    return [[r for r, row in enumerate(near) if i in row] for i in range(len(near))]


def local_u(C, S, near):
    """u: mean over reverse neighbours of their S, against the row where it agrees."""

    def told(i, r):
        return sum(
            S[r][j] if C[i][j] is None or C[i][j] == 1 else -S[r][j]
            for j in range(len(C[0]))
            if C[r][j] is not None and C[r][j] < 1
        )

    return [
        sum((told(i, r) for r in back), Fraction(0)) / max(len(back), 1)
        for i, back in enumerate(reverse_neighbors(near))
    ]


def mlul_weights(Y, near):
    """V = w - u, moved so that the least is 0."""
    C = local_c(Y, near)
    S = local_s(C)
    v = [sum(row) - u for row, u in zip(S, local_u(C, S, near), strict=True)]
    return [one - min(v) for one in v]


def kept_sets(weights, number):
    """Chance of every set of ``number`` rows, drawn one by one in proportion to the weights.

    Where nothing but weights of 0 is left, the rest is drawn evenly.
    """
    chances = {frozenset(): Fraction(1)}
    for _ in range(number):
        grown = {}
        for taken, chance in chances.items():
            left = [i for i in range(len(weights)) if i not in taken]
            total = sum(weights[i] for i in left)
            for i in left:
                share = Fraction(weights[i]) / total if total else Fraction(1, len(left))
                grown[taken | {i}] = grown.get(taken | {i}, 0) + chance * share
        chances = {rows: chance for rows, chance in grown.items() if chance}
    return chances


# --- cleaning (Charte et al. 2014; Pereira, Costa, Silla 2020) ------------------------------------


def label_distance(a, b, metric):
    """Adjusted Hamming distance between two label sets; 0 when both are empty."""
    apart = sum(int(x != y) for x, y in zip(a, b, strict=True))
    total = sum(int(x) + int(y) for x, y in zip(a, b, strict=True))
    if metric == "jaccard":
        total = sum(int(x or y) for x, y in zip(a, b, strict=True))
    return Fraction(apart, total) if total else Fraction(0)


def contradicted(Y, near, candidates, threshold, metric):
    """Candidates at least half of whose neighbours lie farther than the threshold."""
    dropped = []
    for i in candidates:
        far = [label_distance(Y[i], Y[o], metric) > Fraction(str(threshold)) for o in near[i]]
        if far and 2 * sum(far) >= len(far):
            dropped.append(i)
    return dropped


def rows_bearing(Y, labels):
    """Rows that bear any of the labels."""
    return [i for i, row in enumerate(Y) if any(row[j] for j in labels)]


def rows_without(Y, labels):
    """Rows that bear none of the labels."""
    return [i for i, row in enumerate(Y) if not any(row[j] for j in labels)]


def tomek_threshold(Y):
    """MLTL's threshold; 1 / sqrt(m) > 0.5 means m < 4, and > 0.3 means m < 100 / 9."""
    if scumble(Y) > 0.3 or mean_ir(Y) < 4:
        return 0.5
    return 0.3 if mean_ir(Y) < 100 / 9 else 0.15


# --- numbers of positives -------------------------------------------------------------------------


def least_miss(bears, need, most):
    """The least sum of |column sum - need| over all ways to take each row 0 to ``most`` times."""
    return min(
        sum(
            abs(sum(t * int(row[j]) for t, row in zip(times, bears, strict=True)) - int(wanted))
            for j, wanted in enumerate(need)
        )
        for times in itertools.product(range(most + 1), repeat=len(bears))
    )


# --- random selection (Charte, Rivera, del Jesus, Herrera 2015) ----------------------------------
# Every turn asks ``rng`` for one number, with which it picks from the bag.


def mlros(Y, labels, budget, rng):
    """ML-ROS: the rows cloned, one of each active bag a pass."""
    have, mean = counts(Y), _mean_fraction(Y)
    top = max(have)
    bags = {j: [i for i, row in enumerate(Y) if row[j]] for j in labels}
    active = [j for j in labels if have[j] and Fraction(top, have[j]) > mean]
    clones = []
    while active and len(clones) < budget:
        for j in list(active):
            if Fraction(top, have[j]) <= mean:  # clones of other bags bore it too
                active.remove(j)
                continue
            if len(clones) == budget:
                break
            row = bags[j][int(rng.random() * len(bags[j]))]
            clones.append(row)
            for other in range(len(have)):
                have[other] += int(Y[row][other])
        active = [j for j in active if Fraction(top, have[j]) > mean]
    return clones


def mlrus(Y, labels, budget, rng):
    """ML-RUS: the rows dropped, one of each active bag a pass, never one with a spared label."""
    have, mean = counts(Y), _mean_fraction(Y)
    top = max(have)
    spared = [j for j in minority(Y) if j not in labels]
    pools = {
        j: [i for i, row in enumerate(Y) if row[j] and not any(row[s] for s in spared)]
        for j in labels
    }
    active = [j for j in labels if have[j] and Fraction(top, have[j]) < mean]
    dropped = []
    while active and len(dropped) < budget:
        for j in active:
            if Fraction(top, have[j]) >= mean or len(dropped) == budget:
                continue
            row = _pick_droppable(pools[j], dropped, rng)
            if row is None:
                continue
            dropped.append(row)
            for other in range(len(have)):
                have[other] -= int(Y[row][other])
        active = [j for j in active if pools[j] and Fraction(top, have[j]) < mean]
    return dropped


def _pick_droppable(pool, dropped, rng):
    while pool:
        place = int(rng.random() * len(pool))
        row, pool[place] = pool[place], pool[-1]
        pool.pop()
        if row not in dropped:
            return row
    return None


def _mean_fraction(Y):
    present = _present(Y, "ignore")
    return sum(present) / len(present) if present else Fraction(0)


def lpros(Y, budget, rng):
    """LP-ROS: the rows cloned, of label sets below the mean size, the largest first."""
    bags = _by_labelset(Y)
    mean = Fraction(len(Y), len(bags))
    small = sorted((bag for bag in bags if len(bag) < mean), key=lambda bag: -len(bag))
    clones = []
    for turn, bag in enumerate(small):
        share = (budget - len(clones)) // (len(small) - turn)
        for _ in range(min(math.floor(mean - len(bag)), share)):
            clones.append(bag[int(rng.random() * len(bag))])
    return clones


def lprus(Y, budget, rng):
    """LP-RUS: the rows dropped, of label sets above the mean size, the smallest first.

    Every row gets a random number; those of a set with the least ones go.
    """
    bags = _by_labelset(Y)
    mean = Fraction(len(Y), len(bags))
    keys = [rng.random() for _ in Y]
    large = sorted((bag for bag in bags if len(bag) > mean), key=len)
    dropped = []
    for turn, bag in enumerate(large):
        share = (budget - len(dropped)) // (len(large) - turn)
        quota = min(math.floor(len(bag) - mean), share)
        dropped += sorted(bag, key=keys.__getitem__)[:quota]
    return dropped


def _by_labelset(Y):
    bags = {}
    for i, number in enumerate(labelset_ids(Y)):
        bags.setdefault(number, []).append(i)
    return list(bags.values())


# --- decoupling (Charte, Rivera, del Jesus, Herrera 2019) ---------------------------------------


def remedial(Y, threshold=None):
    """REMEDIAL: origin and labels of every row after it, torn at 50 digits."""
    ratios = irlbl(Y)
    with localcontext() as context:
        context.prec = 50
        levels = [_scumble_decimal(row, ratios) for row in Y]
        bound = sum(levels) / len(levels) if threshold is None else Decimal(threshold)
        torn = [level - bound > Decimal("1e-40") for level in levels]
    rare = minority(Y)
    kept, copies = [], []
    for i, row in enumerate(Y):
        borne = [j for j, value in enumerate(row) if value]
        if torn[i]:
            copies.append((i, [int(j in borne and j not in rare) for j in range(len(row))]))
            borne = [j for j in borne if j in rare]
        kept.append((i, [int(j in borne) for j in range(len(row))]))
    return kept + copies


def _scumble_decimal(row, ratios):
    borne = [ratios[j] for j, value in enumerate(row) if value]
    if len(set(borne)) < 2:
        return Decimal(0)
    borne = [Decimal(ratio.numerator) / ratio.denominator for ratio in borne]
    geometric = math.prod(borne) ** (1 / Decimal(len(borne)))
    return 1 - geometric / (sum(borne) / len(borne))
