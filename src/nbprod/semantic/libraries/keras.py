"""Keras and TensorFlow, their datasets, model hubs and tuners."""

from typing import Final

from nbprod.semantic.facts import EventKind
from nbprod.semantic.libraries.tables import each
from nbprod.semantic.library import SELF, Effect, Library, Parameter, Seed, Type
from nbprod.semantic.values import Tag

_MODEL: Final = "keras.Model"
_LAYER: Final = "keras.layers.Layer"
_DATASET: Final = "tensorflow.data.Dataset"
_TENSOR: Final = "tensorflow.Tensor"
_TENSORFLOW: Final = ("tensorflow",)
_SAME: Final = Effect(returns="self")
_X: Final[dict[str, Parameter]] = {"X": (0, "x")}
_XY: Final[dict[str, Parameter]] = {"X": (0, "x"), "y": (1, "y")}
_SCORES: Final = Tag.PREDICTION | Tag.PROBABILITY
_PREDICT: Final = Effect(EventKind.PREDICT, inputs=_X, returns="numpy.ndarray", tags=_SCORES)
_EVALUATE: Final = Effect(EventKind.EVALUATE, "network", inputs=_XY, tags=Tag.METRIC)
_DRAW: Final = Effect(returns=_TENSOR, seed=Seed((None, "seed"), generators=_TENSORFLOW))
_TRACK: Final = Effect(EventKind.LOG, "tracker")
_TO_SEQUENCE: Final = Effect(inputs={"X": (0, "texts")}, returns="builtins.list", tags=Tag.FITTED)


def _fit(parameter: str = "x") -> Effect:
    """A network starts from random weights, so that every fit is a random step."""
    return Effect(
        EventKind.FIT, "network", inputs={"X": (0, parameter), "y": (1, "y")}, returns="keras.callbacks.History",
        tags=Tag.FITTED, mutates=True, seed=Seed(generators=_TENSORFLOW),
    )  # fmt: skip


def _learn(parameter: str) -> Effect:
    return Effect(
        EventKind.FIT, "transformer", inputs={"X": (0, parameter)}, tags=Tag.FITTED, mutates=True, returns="self"
    )


def _save(path: str = "filepath") -> Effect:
    return Effect(EventKind.PERSIST, "network", path=(0, path), inputs={"model": SELF})


def _directory(kind: str) -> Effect:
    return Effect(EventKind.LOAD, kind, path=(0, "directory"), returns=_DATASET)


_APPLICATIONS: Final = """ConvNeXtBase DenseNet121 DenseNet169 DenseNet201 EfficientNetB0 EfficientNetB3 EfficientNetB7
    EfficientNetV2B0 EfficientNetV2S InceptionResNetV2 InceptionV3 MobileNet MobileNetV2 MobileNetV3Large
    MobileNetV3Small NASNetLarge ResNet50 ResNet50V2 ResNet101 ResNet101V2 ResNet152 VGG16 VGG19 Xception"""
_PRETRAINED: Final = Effect(
    EventKind.HTTP, "download", returns=_MODEL, tags=Tag.FITTED,
    when=((None, "weights"), ("imagenet",), "imagenet"), otherwise=Effect(returns=_MODEL),
)  # fmt: skip
_DATASETS: Final = "boston_housing california_housing cifar10 cifar100 fashion_mnist imdb mnist reuters"
_READ_RECORDS: Final = Type(
    bases=(_DATASET,), fluent=True, make=Effect(EventKind.LOAD, "tfrecord", path=(0, "filenames"))
)
_HUB: Final = Effect(EventKind.HTTP, "download", path=(0, "handle"), tags=Tag.FITTED)

LIBRARY = Library(
    aliases={
        "tensorflow.keras": "keras",
        "tensorflow.python.keras": "keras",
        "tensorflow.contrib.keras": "keras",
        "tensorflow.compat.v1": "tensorflow",
        "tensorflow.compat.v2": "tensorflow",
        "tensorflow.set_random_seed": "tensorflow.random.set_seed",
        "tensorflow.random.set_random_seed": "tensorflow.random.set_seed",
        "tensorflow.python.data.ops.dataset_ops": "tensorflow.data",
        "keras.src": "keras",
        "keras.models.Sequential": "keras.Sequential",
        "keras.models.Model": _MODEL,
        "keras.engine.training.Model": _MODEL,
        "keras.engine.sequential.Sequential": "keras.Sequential",
        "keras.saving.load_model": "keras.models.load_model",
        "keras.preprocessing.image_dataset_from_directory": "keras.utils.image_dataset_from_directory",
        "keras.preprocessing.text_dataset_from_directory": "keras.utils.text_dataset_from_directory",
        "keras.utils.data_utils.get_file": "keras.utils.get_file",
        "keras.utils.np_utils": "keras.utils",
        "keras.preprocessing.sequence.pad_sequences": "keras.utils.pad_sequences",
        "keras.utils.load_img": "keras.preprocessing.image.load_img",
        "keras_preprocessing": "keras.preprocessing",
        "keras.layers.experimental.preprocessing": "keras.layers",
        "keras.random.set_seed": "keras.utils.set_random_seed",
        "kerastuner": "keras_tuner",
    },
    functions={
        **{
            f"keras.datasets.{name}.load_data": Effect(EventKind.LOAD, "toy", results=(Tag.TRAIN, Tag.TEST))
            for name in _DATASETS.split()
        },
        **each(_APPLICATIONS, _PRETRAINED, "keras.applications"),
        "keras.utils.get_file": Effect(EventKind.HTTP, "download", path=(1, "origin")),
        "keras.utils.set_random_seed": Effect(EventKind.SEED, "python numpy tensorflow"),
        "tensorflow.random.set_seed": Effect(EventKind.SEED, "tensorflow"),
        "keras.models.load_model": Effect(
            EventKind.LOAD, "model", path=(0, "filepath"), returns=_MODEL, tags=Tag.FITTED
        ),
        "keras.models.save_model": Effect(
            EventKind.PERSIST, "network", path=(1, "filepath"), inputs={"model": (0, "model")}
        ),
        **each("clone_model model_from_json", Effect(returns=_MODEL), "keras.models"),
        "keras.utils.image_dataset_from_directory": _directory("image"),
        "keras.utils.text_dataset_from_directory": _directory("text"),
        "keras.utils.audio_dataset_from_directory": _directory("audio"),
        "keras.preprocessing.image.load_img": Effect(
            EventKind.LOAD, "image", path=(0, "path"), returns="PIL.Image.Image"
        ),
        "keras.preprocessing.image.img_to_array": Effect(returns="numpy.ndarray"),
        "keras.utils.to_categorical": Effect(returns="numpy.ndarray"),
        "keras.utils.pad_sequences": Effect(returns="numpy.ndarray"),
        "tensorflow.io.read_file": Effect(EventKind.LOAD, "binary", path=(0, "filename"), returns=_TENSOR),
        "tensorflow.saved_model.save": Effect(
            EventKind.PERSIST, "network", path=(1, "export_dir"), inputs={"model": (0, "obj")}
        ),
        "tensorflow.saved_model.load": Effect(
            EventKind.LOAD, "model", path=(0, "export_dir"), returns=_MODEL, tags=Tag.FITTED
        ),
        **each("normal uniform truncated_normal gamma poisson shuffle categorical", _DRAW, "tensorflow.random"),
        **each("constant convert_to_tensor zeros ones cast reshape concat stack expand_dims", Effect(returns=_TENSOR),
               "tensorflow"),
        "tensorflow_datasets.load": Effect(
            EventKind.LOAD, "toy", path=(0, "name"), returns=_DATASET, limits=(1, "split")
        ),
        "tensorflow_hub.load": _HUB,
        "tensorflow_hub.KerasLayer": _HUB,
        "tflearn.datasets.mnist.load_data": Effect(EventKind.LOAD, "toy"),
    },
    types={
        _MODEL: Type(
            methods={
                "compile": Effect(), "summary": Effect(), "add": Effect(), "get_weights": Effect(tags=Tag.FITTED),
                "fit": _fit(), "fit_generator": _fit("generator"), "train_on_batch": _fit(),
                **each("evaluate test_on_batch evaluate_generator", _EVALUATE),
                **each("predict predict_on_batch predict_generator predict_proba", _PREDICT),
                "predict_classes": Effect(EventKind.PREDICT, inputs=_X, returns="numpy.ndarray", tags=Tag.PREDICTION),
                "__call__": Effect(inputs={"X": (0, "inputs")}, returns=_TENSOR, tags=_SCORES),
                **each("save save_weights export", _save()),
                "load_weights": Effect(EventKind.LOAD, "model", path=(0, "filepath"), tags=Tag.FITTED, mutates=True),
                "to_json": Effect(returns="builtins.str"), "get_layer": Effect(returns=_LAYER),
            },
        ),
        "keras.Sequential": Type(bases=(_MODEL,)),
        _LAYER: Type(methods={"__call__": Effect(returns=_TENSOR), "adapt": _learn("data")}),
        **each("""Activation Add BatchNormalization Bidirectional Concatenate Conv1D Conv2D Conv2DTranspose Conv3D Dense
               Dropout Embedding Flatten GRU GlobalAveragePooling2D GlobalMaxPooling1D Input LSTM LayerNormalization
               MaxPooling2D MultiHeadAttention Rescaling Reshape SimpleRNN TimeDistributed""",
               Type(bases=(_LAYER,)), "keras.layers"),
        **each("TextVectorization Normalization StringLookup IntegerLookup Discretization CategoryEncoding",
               Type(bases=(_LAYER,)), "keras.layers"),
        "keras.callbacks.History": Type(attributes={"history": "builtins.dict"}, holds=Tag.METRIC),
        **each("TensorBoard CSVLogger BackupAndRestore", Type(make=_TRACK), "keras.callbacks"),
        "keras.callbacks.ModelCheckpoint": Type(make=Effect(path=(0, "filepath"))),
        "keras.preprocessing.text.Tokenizer": Type(
            methods={
                "fit_on_texts": _learn("texts"), "fit_on_sequences": _learn("sequences"),
                **each("texts_to_sequences texts_to_matrix sequences_to_matrix", _TO_SEQUENCE),
            }
        ),
        "keras.preprocessing.image.ImageDataGenerator": Type(
            methods={
                "flow_from_directory": Effect(EventKind.LOAD, "image", path=(0, "directory"), returns=_DATASET),
                "flow_from_dataframe": Effect(EventKind.LOAD, "image", path=(1, "directory"), returns=_DATASET),
                "flow": Effect(inputs=_XY, returns=_DATASET), "fit": _learn("x"),
            }
        ),
        _DATASET: Type(
            fluent=True,
            methods={
                **each("from_tensor_slices from_tensors from_generator", _SAME),
                "list_files": Effect(EventKind.LOAD, "image", path=(0, "file_pattern"), returns="self"),
                "shuffle": Effect(returns="self", seed=Seed((1, "seed"), generators=_TENSORFLOW)),
                "take": Effect(returns="self", limits=(0, "count")),
                "as_numpy_iterator": Effect(), "cardinality": Effect(), "save": Effect(
                    EventKind.WRITE, "tfrecord", path=(0, "path"), inputs={"data": SELF}),
            },
        ),
        **each("TFRecordDataset TextLineDataset CsvDataset", _READ_RECORDS, "tensorflow.data"),
        _TENSOR: Type(fluent=True, methods={"numpy": Effect(returns="numpy.ndarray")},
                      attributes={"shape": "builtins.tuple"}),
        "tensorflow.lite.TFLiteConverter": Type(fluent=True),
        "keras_tuner.Tuner": Type(
            methods={
                "search": Effect(EventKind.FIT, "search", inputs=_XY, tags=Tag.FITTED, mutates=True,
                                 seed=Seed(generators=_TENSORFLOW)),
                "get_best_models": Effect(results=(Tag.FITTED,), returns=_MODEL), "get_best_hyperparameters": Effect(),
            }
        ),
        **each("RandomSearch BayesianOptimization Hyperband",
               Type(bases=("keras_tuner.Tuner",), seed=Seed((None, "seed"), generators=())), "keras_tuner"),
    },
)  # fmt: skip
