"""Literal transcriptions of the tests on ranks, and Demšar's worked example.

Nothing here imports the library. Scores are a list of blocks, each a list of one number a sampler,
higher is better.
"""

import itertools
from fractions import Fraction

# Demšar (2006), Table 6: AUC of C4.5, C4.5+m, C4.5+cf, C4.5+m+cf on 14 data sets, and the ranks the
# paper gives them; those of "voting" (the last but one) tell apart what three digits do not
DEMSAR_SAMPLERS = ["C4.5", "C4.5+m", "C4.5+cf", "C4.5+m+cf"]
DEMSAR_AUC = [
    [0.763, 0.768, 0.771, 0.798],
    [0.599, 0.591, 0.590, 0.569],
    [0.954, 0.971, 0.968, 0.967],
    [0.628, 0.661, 0.654, 0.657],
    [0.882, 0.888, 0.886, 0.898],
    [0.936, 0.931, 0.916, 0.931],
    [0.661, 0.668, 0.609, 0.685],
    [0.583, 0.583, 0.563, 0.625],
    [0.775, 0.838, 0.866, 0.875],
    [1.000, 1.000, 1.000, 1.000],
    [0.940, 0.962, 0.965, 0.962],
    [0.619, 0.666, 0.614, 0.669],
    [0.972, 0.981, 0.975, 0.975],
    [0.957, 0.978, 0.946, 0.970],
]
DEMSAR_RANKS = [
    [4, 3, 2, 1],
    [1, 2, 3, 4],
    [4, 1, 2, 3],
    [4, 1, 3, 2],
    [4, 2, 3, 1],
    [1, 2.5, 4, 2.5],
    [3, 2, 4, 1],
    [2.5, 2.5, 4, 1],
    [4, 3, 2, 1],
    [2.5, 2.5, 2.5, 2.5],
    [4, 2.5, 1, 2.5],
    [3, 2, 4, 1],
    [4, 1, 2, 3],
    [3, 1, 4, 2],
]
# Table 5(a): the number of samplers -> the critical value at 0.05 and at 0.10
DEMSAR_CRITICAL = {
    2: (1.960, 1.645),
    3: (2.343, 2.052),
    4: (2.569, 2.291),
    5: (2.728, 2.459),
    6: (2.850, 2.589),
    7: (2.949, 2.693),
    8: (3.031, 2.780),
    9: (3.102, 2.855),
    10: (3.164, 2.920),
}


def midranks(values):
    """Rank of each value, 1 for the smallest; equal ones share the mean of their places."""
    return [
        sum(other < value for other in values)
        + Fraction(1 + sum(other == value for other in values), 2)
        for value in values
    ]


def ranks(scores):
    """Ranks in each block, 1 for the best."""
    return [midranks([-value for value in block]) for block in scores]


def friedman_chi2(scores):
    """Friedman's chi-square as Demšar writes it, without allowance for ties."""
    n, k = len(scores), len(scores[0])
    means = [sum(column) / n for column in zip(*ranks(scores), strict=True)]
    return Fraction(12 * n, k * (k + 1)) * (
        sum(mean**2 for mean in means) - Fraction(k * (k + 1) ** 2, 4)
    )


def iman_davenport(chi2, n, k):
    """Iman and Davenport's F as Demšar writes it."""
    return (n - 1) * chi2 / (n * (k - 1) - chi2)


def rank_anova(scores):
    """F of samplers in a two-way analysis of variance of the ranks; None without any error."""
    table = ranks(scores)
    n, k = len(table), len(table[0])
    grand = Fraction(k + 1, 2)
    columns = [sum(column) / n for column in zip(*table, strict=True)]
    treatment = n * sum((mean - grand) ** 2 for mean in columns)
    error = sum(
        (table[i][j] - columns[j] - sum(table[i]) / k + grand) ** 2
        for i in range(n)
        for j in range(k)
    )
    return (treatment / (k - 1)) / (error / ((n - 1) * (k - 1))) if error else None


def signed_rank_sums(differences):
    """W+ and W- of the differences that are not zero."""
    moved = [d for d in differences if d]
    places = midranks([abs(d) for d in moved])
    positive = sum(rank for rank, d in zip(places, moved, strict=True) if d > 0)
    return positive, sum(places) - positive


def wilcoxon_exact(differences):
    """Two-sided p-value over all ways to sign the differences that are not zero."""
    sizes = [abs(d) for d in differences if d]
    centre = Fraction(len(sizes) * (len(sizes) + 1), 4)
    seen = abs(signed_rank_sums(differences)[0] - centre)
    places = midranks(sizes)
    sums = [
        sum(rank for rank, sign in zip(places, signs, strict=True) if sign)
        for signs in itertools.product([False, True], repeat=len(sizes))
    ]
    return Fraction(sum(abs(total - centre) >= seen for total in sums), len(sums))


def holm_rejects(p_values, alpha):
    """Step down from the smallest p-value until a hypothesis is retained."""
    rejected = [False] * len(p_values)
    left = len(p_values)
    for index in sorted(range(len(p_values)), key=p_values.__getitem__):
        if p_values[index] > alpha / left:
            break
        rejected[index] = True
        left -= 1
    return rejected
