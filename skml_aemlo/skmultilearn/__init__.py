"""What scikit-multilearn 0.2.0 (2018) needs to run, and to be right, on today's scikit-learn.

Each class below is a subclass of scikit-multilearn's class of the same name, with the same
constructor parameters and with its methods written anew; its *Notes* name the defects it mends.
Three are not, for their namesakes cannot be imported: `EmbeddingClassifier`, `SKLearnEmbedder` and
`CLEMS`. `GraphToolLabelGraphClusterer`, `StochasticBlockModel`, `OpenNetworkEmbedder`, `Meka` and
`Keras` are refused: their constructors raise with the reason and the remedy.
Nothing of scikit-multilearn is patched, so the classes work in joblib's worker processes and
beside code that uses the originals. All classifiers share these repairs:

- ``X`` and ``y`` may be any array, list, DataFrame, sparse matrix or sparse array (D7, D8), and
  ``y`` may hold ints, bools or floats, as long as they are 0 and 1 (D9).
- ``fit`` returns the estimator itself, and leaves ``classes_`` (D20), ``n_features_in_`` and a
  truthful ``__sklearn_is_fitted__`` (D13) behind; parameters stay as they were given.
- scikit-learn's tags say: a classifier, of several labels, which takes sparse ``X``.
- ``predict`` and ``predict_proba`` still return scikit-multilearn's kinds of matrix (arrays, of
  `MLARAM` and `MLTSVM`), with the columns in label order. scikit-learn's ranking scorers refuse sparse
  probabilities (D19): wrap or densify. ``predict_proba`` exists only where the base classifier has
  one; `MLTSVM` has a ``decision_function`` instead.

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
from .graphs import (
    IGraphLabelGraphClusterer,
    LabelCooccurrenceGraphBuilder,
    NetworkXLabelGraphClusterer,
)
from .labelsets import RakelD, RakelO
from .neighbors import BRkNNaClassifier, BRkNNbClassifier, MLkNN
from .neural import MLARAM
from .partition import LabelSpacePartitioningClassifier, MajorityVotingClassifier
from .refused import (
    GraphToolLabelGraphClusterer,
    Keras,
    Meka,
    OpenNetworkEmbedder,
    StochasticBlockModel,
)
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
]
