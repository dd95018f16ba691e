"""Classes of scikit-multilearn 0.2.0 that are refused: what stands against them, and what to use.

They are no subclasses of their namesakes, which cannot be imported here at all: importing
`skmultilearn.ext` fails on Keras (D11), `skmultilearn.embedding` on a part of scikit-learn that is
gone, then on OpenNE and TensorFlow (D10), and the graph-tool clusterer on graph-tool.
"""

from typing import Any


class GraphToolLabelGraphClusterer:
    """Refused: stochastic block models of the label graph, fitted with graph-tool.

    Parameters
    ----------
    graph_builder : object, default=None
        As upstream.
    model : object, default=None
        As upstream.

    Notes
    -----
    graph-tool is not on the Python package index. `NetworkXLabelGraphClusterer` and
    `IGraphLabelGraphClusterer` find communities too.

    Examples
    --------
    >>> from skml_aemlo.skmultilearn import GraphToolLabelGraphClusterer
    >>> GraphToolLabelGraphClusterer()
    Traceback (most recent call last):
    NotImplementedError: GraphToolLabelGraphClusterer needs graph-tool, ...
    """

    def __init__(self, graph_builder: Any = None, model: Any = None) -> None:
        raise NotImplementedError(
            "GraphToolLabelGraphClusterer needs graph-tool, which pip cannot install; use "
            "NetworkXLabelGraphClusterer(builder, 'louvain') or "
            "IGraphLabelGraphClusterer(builder, 'infomap')"
        )


class StochasticBlockModel:
    """Refused: the model of `GraphToolLabelGraphClusterer`.

    Parameters
    ----------
    nested : object, default=None
        As upstream.
    use_degree_correlation : object, default=None
        As upstream.
    allow_overlap : object, default=None
        As upstream.
    weight_model : object, default=None
        As upstream.

    Examples
    --------
    >>> from skml_aemlo.skmultilearn import StochasticBlockModel
    >>> StochasticBlockModel()
    Traceback (most recent call last):
    NotImplementedError: StochasticBlockModel needs graph-tool, ...
    """

    def __init__(
        self,
        nested: Any = None,
        use_degree_correlation: Any = None,
        allow_overlap: Any = None,
        weight_model: Any = None,
    ) -> None:
        raise NotImplementedError(
            "StochasticBlockModel needs graph-tool, which pip cannot install; use "
            "NetworkXLabelGraphClusterer or IGraphLabelGraphClusterer, which need no model"
        )


class OpenNetworkEmbedder:
    """Refused: label networks embedded with OpenNE.

    Parameters
    ----------
    graph_builder : object, default=None
        As upstream.
    embedding : object, default=None
        As upstream.
    dimension : object, default=None
        As upstream.
    aggregation_function : object, default=None
        As upstream.
    normalize_weights : object, default=None
        As upstream.
    param_dict : object, default=None
        As upstream.

    Notes
    -----
    OpenNE runs on TensorFlow 1 only, which no supported Python has.

    Examples
    --------
    >>> from skml_aemlo.skmultilearn import OpenNetworkEmbedder
    >>> OpenNetworkEmbedder()
    Traceback (most recent call last):
    NotImplementedError: OpenNetworkEmbedder needs OpenNE ...
    """

    def __init__(
        self,
        graph_builder: Any = None,
        embedding: Any = None,
        dimension: Any = None,
        aggregation_function: Any = None,
        normalize_weights: Any = None,
        param_dict: Any = None,
    ) -> None:
        raise NotImplementedError(
            "OpenNetworkEmbedder needs OpenNE and TensorFlow 1, which no supported Python has; use "
            "SKLearnEmbedder(SpectralEmbedding(n_components=...)), the spectral embedding of labels"
        )


class Meka:
    """Refused: MEKA's and WEKA's classifiers, run by java.

    Parameters
    ----------
    meka_classifier : object, default=None
        As upstream.
    weka_classifier : object, default=None
        As upstream.
    java_command : object, default=None
        As upstream.
    meka_classpath : object, default=None
        As upstream.

    Notes
    -----
    It needs java and a MEKA release from a host of its own, and upstream runs them through a
    shell.

    Examples
    --------
    >>> from skml_aemlo.skmultilearn import Meka
    >>> Meka()
    Traceback (most recent call last):
    NotImplementedError: Meka runs java ...
    """

    def __init__(
        self,
        meka_classifier: Any = None,
        weka_classifier: Any = None,
        java_command: Any = None,
        meka_classpath: Any = None,
    ) -> None:
        raise NotImplementedError(
            "Meka runs java and a MEKA release, which are not on the Python package index; save "
            "the data with skml_aemlo.datasets.save_arff and run MEKA on the files, or use the "
            "classifiers of this module (BinaryRelevance, ClassifierChain, LabelPowerset, RakelD)"
        )


class Keras:
    """Refused: a wrapper around Keras's wrapper for scikit-learn, which is gone.

    Parameters
    ----------
    build_function : object, default=None
        As upstream.
    multi_class : object, default=None
        As upstream.
    keras_params : object, default=None
        As upstream.

    Notes
    -----
    ``keras.wrappers`` left Keras with 2.13. `skml_aemlo.MultiLabelResampledClassifier` takes any
    classifier that follows scikit-learn, those of skorch (PyTorch) and scikeras (Keras) among them.

    Examples
    --------
    >>> from skml_aemlo.skmultilearn import Keras
    >>> Keras()
    Traceback (most recent call last):
    NotImplementedError: Keras needs keras.wrappers, ...
    """

    def __init__(
        self, build_function: Any = None, multi_class: Any = None, keras_params: Any = None
    ) -> None:
        raise NotImplementedError(
            "Keras needs keras.wrappers, which Keras 2.13 removed; wrap the network with skorch or "
            "scikeras, and hand that to BinaryRelevance or MultiLabelResampledClassifier"
        )
