"""Saving and loading objects: joblib, pickle and its kin, skops, ONNX, safetensors, HDF5.

Whether a pickle holds a model is not in its name: dumping is PERSIST with detail "pickle", and who reads
the event looks whether the input is fitted.
"""

from typing import Final

from nbprod.semantic.facts import EventKind
from nbprod.semantic.library import SELF, Effect, Library, Type

_WRITING: Final = ("w", "w-", "x", "a", "r+")


def _save(detail: str, model: str, path: str, *, position: int = 1) -> Effect:
    return Effect(EventKind.PERSIST, detail, path=(position, path), inputs={"model": (1 - position, model)})


def _load(path: str, *, detail: str = "model") -> Effect:
    return Effect(EventKind.LOAD, detail, path=(0, path))


def _pickler(module: str) -> dict[str, Effect]:
    return {
        f"{module}.dump": _save("pickle", "obj", "file"),
        f"{module}.dumps": Effect(inputs={"data": (0, "obj")}, returns="builtins.bytes"),
        f"{module}.load": _load("file"),
        f"{module}.loads": Effect(EventKind.LOAD, "model"),
    }


_HDF_WRITE: Final = Effect(EventKind.WRITE, "handle", path=SELF, inputs={"data": (None, "data")})

LIBRARY = Library(
    aliases={
        "cPickle": "pickle",
        "pickle5": "pickle",
        "joblib.numpy_pickle": "joblib",
        "skops.io.dumps": "pickle.dumps",
        "onnx.save": "onnx.save_model",
        "onnx.load": "onnx.load_model",
        "h5py.Group": "h5py.File",
        "compress_pickle": "pickle",
    },
    functions={
        **_pickler("pickle"),
        **_pickler("dill"),
        **_pickler("cloudpickle"),
        "joblib.dump": _save("pickle", "value", "filename"),
        "joblib.load": _load("filename"),
        "skops.io.dump": _save("skops", "obj", "file"),
        "skops.io.load": _load("file"),
        "onnx.save_model": _save("onnx", "proto", "f"),
        "onnx.load_model": _load("f"),
        "onnxruntime.InferenceSession": Effect(
            EventKind.LOAD, "model", path=(0, "path_or_bytes"), returns="onnxruntime.InferenceSession"
        ),
        "safetensors.torch.save_file": _save("safetensors", "tensors", "filename"),
        "safetensors.torch.load_file": _load("filename"),
        "sklearn2pmml.sklearn2pmml": _save("pmml", "estimator", "pmml_path"),
        "bentoml.sklearn.save_model": _save("bentoml", "model", "name", position=0),
        "bentoml.sklearn.load_model": _load("bento_model"),
        "h5py.File": Effect(
            EventKind.WRITE,
            "hdf",
            path=(0, "name"),
            returns="h5py.File",
            when=((1, "mode"), _WRITING, "r"),
            otherwise=Effect(EventKind.LOAD, "hdf", path=(0, "name"), returns="h5py.File"),
        ),
    },
    types={
        "h5py.File": Type(methods={"create_dataset": _HDF_WRITE, "__enter__": Effect(returns="self")}),
        "onnxruntime.InferenceSession": Type(
            methods={"run": Effect(EventKind.PREDICT, inputs={"X": (1, "input_feed")})}
        ),
    },
)
