"""What scikit-multilearn 0.2.0 (2018) needs to run, and to be right, on today's scikit-learn.

Each class below is a subclass of scikit-multilearn's class of the same name, with the same
constructor parameters and with its methods written anew; its *Notes* name the defects it mends.
Three are not, for their namesakes cannot be imported: `EmbeddingClassifier`, `SKLearnEmbedder` and
`CLEMS`. `GraphToolLabelGraphClusterer`, `StochasticBlockModel`, `OpenNetworkEmbedder`, `Meka` and
`Keras` are refused: their constructors raise with the reason and the remedy.
Nothing of scikit-multilearn is patched (unless you ask for it, with `patch_skmultilearn`), so the
classes work in joblib's worker processes and beside code that uses the originals.

All classifiers share these repairs:

- ``X`` and ``y`` may be any array, list, DataFrame, sparse matrix or sparse array (D7, D8), and
  ``y`` may hold ints, bools or floats, as long as they are 0 and 1 (D9).
- ``fit`` returns the estimator itself, and leaves ``classes_`` (D20), ``n_features_in_`` and a
  truthful ``__sklearn_is_fitted__`` (D13) behind; parameters stay as they were given.
- scikit-learn's tags say: a classifier, of several labels, which takes sparse ``X``.
- ``predict`` and ``predict_proba`` still return scikit-multilearn's kinds of matrix (arrays, of
  `MLARAM` and `MLTSVM`), with the columns in label order. scikit-learn's ranking scorers refuse
  sparse probabilities (D19): wrap or densify. ``predict_proba`` exists only where the base
  classifier has one; `MLTSVM` has a ``decision_function`` instead.

The clusterers of labels take ``y`` in any of these containers, return a list of arrays of label
indices, can be cloned, and have a ``random_state`` where they draw. networkx, python-louvain and
igraph are imported when a clusterer needs them.
"""

from .clustering import (
    BalancedKMeansClusterer,
    FixedLabelSpaceClusterer,
    MatrixLabelSpaceClusterer,
    RandomLabelSpaceClusterer,
)
from .embedding import CLEMS, EmbeddingClassifier, SKLearnEmbedder
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
from .graphs import (
    IGraphLabelGraphClusterer,
    LabelCooccurrenceGraphBuilder,
    NetworkXLabelGraphClusterer,
)
from .labelsets import RakelD, RakelO
from .neighbors import BRkNNaClassifier, BRkNNbClassifier, MLkNN
from .neural import MLARAM
from .partition import LabelSpacePartitioningClassifier, MajorityVotingClassifier
from .patching import patch_skmultilearn
from .refused import (
    GraphToolLabelGraphClusterer,
    Keras,
    Meka,
    OpenNetworkEmbedder,
    StochasticBlockModel,
)
from .stratification import IterativeStratification, iterative_train_test_split
from .svm import MLTSVM
from .transformation import BinaryRelevance, ClassifierChain, LabelPowerset

#: The papers' names of the two.
BRkNNa = BRkNNaClassifier
BRkNNb = BRkNNbClassifier

__all__ = [
    "CLEMS",
    "MLARAM",
    "MLTSVM",
    "BRkNNa",
    "BRkNNaClassifier",
    "BRkNNb",
    "BRkNNbClassifier",
    "BalancedKMeansClusterer",
    "BinaryRelevance",
    "ClassifierChain",
    "EmbeddingClassifier",
    "FixedLabelSpaceClusterer",
    "GraphToolLabelGraphClusterer",
    "IGraphLabelGraphClusterer",
    "IterativeStratification",
    "Keras",
    "LabelCooccurrenceGraphBuilder",
    "LabelPowerset",
    "LabelSpacePartitioningClassifier",
    "MLkNN",
    "MajorityVotingClassifier",
    "MatrixLabelSpaceClusterer",
    "Meka",
    "NetworkXLabelGraphClusterer",
    "OpenNetworkEmbedder",
    "RakelD",
    "RakelO",
    "RandomLabelSpaceClusterer",
    "SKLearnEmbedder",
    "StochasticBlockModel",
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
