"""What scikit-multilearn 0.2.0 (2018) needs to run, and to be right, on today's scikit-learn.

Each class below is a subclass of scikit-multilearn's class of the same name, with the same
constructor parameters and with its methods written anew; its *Notes* name the defects it mends.
Nothing of scikit-multilearn is patched, so the classes work in joblib's worker processes and
beside code that uses the originals. All of them share these repairs:

- ``X`` and ``y`` may be any array, list, DataFrame, sparse matrix or sparse array (D7, D8), and
  ``y`` may hold ints, bools or floats, as long as they are 0 and 1 (D9).
- ``fit`` returns the estimator itself, and leaves ``classes_`` (D20), ``n_features_in_`` and a
  truthful ``__sklearn_is_fitted__`` (D13) behind; parameters stay as they were given.
- scikit-learn's tags say: a classifier, of several labels, which takes sparse ``X``.
- ``predict`` and ``predict_proba`` still return scikit-multilearn's kinds of sparse matrix, with
  the columns in label order. scikit-learn's ranking scorers refuse sparse probabilities (D19):
  wrap or densify. ``predict_proba`` exists only where the base classifier has one.
"""

from .files import (
    available_data_sets,
    load_dataset,
    load_dataset_dump,
    load_from_arff,
    save_dataset_dump,
    save_to_arff,
)
from .folds import (
    example_distribution,
    folds_label_combination_pairs_without_evidence,
    folds_without_evidence_for_at_least_one_label_combination,
    get_combination_wise_output_matrix,
    get_indicator_representation,
    get_unique_combinations,
    label_combination_distribution,
    percentage_of_label_combinations_without_evidence_per_fold,
)
from .labelsets import RakelD, RakelO
from .neighbors import BRkNNaClassifier, BRkNNbClassifier, MLkNN
from .patching import patch_skmultilearn
from .stratification import IterativeStratification, iterative_train_test_split
from .transformation import BinaryRelevance, ClassifierChain, LabelPowerset

#: The papers' names of the two.
BRkNNa = BRkNNaClassifier
BRkNNb = BRkNNbClassifier

__all__ = [
    "BRkNNa",
    "BRkNNaClassifier",
    "BRkNNb",
    "BRkNNbClassifier",
    "BinaryRelevance",
    "ClassifierChain",
    "IterativeStratification",
    "LabelPowerset",
    "MLkNN",
    "RakelD",
    "RakelO",
    "available_data_sets",
    "example_distribution",
    "folds_label_combination_pairs_without_evidence",
    "folds_without_evidence_for_at_least_one_label_combination",
    "get_combination_wise_output_matrix",
    "get_indicator_representation",
    "get_unique_combinations",
    "iterative_train_test_split",
    "label_combination_distribution",
    "load_dataset",
    "load_dataset_dump",
    "load_from_arff",
    "patch_skmultilearn",
    "percentage_of_label_combinations_without_evidence_per_fold",
    "save_dataset_dump",
    "save_to_arff",
]
