"""PyTorch, torchvision, torchaudio, Lightning, fastai.

A training loop has no `fit`: `loss.backward()` is the FIT. Layers draw their first weights from torch's
generator, so that every such FIT is random.
"""

from typing import Final

from nbprod.semantic.facts import EventKind
from nbprod.semantic.libraries.tables import each
from nbprod.semantic.library import SELF, Condition, Effect, Library, Seed, Type
from nbprod.semantic.values import Tag

_TENSOR: Final = "torch.Tensor"
_MODULE: Final = "torch.nn.Module"
_DATASET: Final = "torch.utils.data.Dataset"
_TORCH: Final = ("torch",)
_SAME: Final = Effect(returns="self")
_NEW: Final = Effect(returns=_TENSOR)
_LIKE: Final = Effect(returns="argument")
_DRAW: Final = Effect(returns=_TENSOR, seed=Seed((None, "generator"), generators=_TORCH))
_FIT: Final = Effect(EventKind.FIT, "network", inputs={"X": SELF}, seed=Seed(generators=_TORCH))
_FORWARD: Final = Effect(inputs={"X": (0, "input")}, returns=_TENSOR, tags=Tag.PREDICTION)
_TRACK: Final = Effect(EventKind.LOG, "tracker")
_SEED_ALL: Final = Effect(EventKind.SEED, "python numpy torch")


def _save(parameter: str, path: str, detail: str = "network") -> Effect:
    return Effect(EventKind.PERSIST, detail, path=(1, path), inputs={"model": (0, parameter)})


def _load_model(path: str, returns: str | None = None) -> Effect:
    return Effect(EventKind.LOAD, "model", path=(0, path), returns=returns, tags=Tag.FITTED)


def _example_data(train: Condition) -> Type:
    """A dataset that downloads itself, of which a parameter takes the training or the test part."""
    test = Effect(EventKind.LOAD, "toy", path=(0, "root"), tags=Tag.TEST)
    return Type(
        bases=(_DATASET,),
        make=Effect(EventKind.LOAD, "toy", path=(0, "root"), tags=Tag.TRAIN, when=train, otherwise=test),
    )


_DOWNLOAD: Final = Effect(EventKind.HTTP, "download", returns=_MODULE, tags=Tag.FITTED)
# `pretrained=True` until 0.13, then `weights=…`
_PRETRAINED: Final = Effect(
    EventKind.HTTP, "download", returns=_MODULE, tags=Tag.FITTED,
    when=((0, "pretrained"), (True,), False),
    otherwise=Effect(returns=_MODULE, when=((None, "weights"), (None,), None), otherwise=_DOWNLOAD),
)  # fmt: skip
_TRAINER: Final = Type(
    methods={
        "fit": Effect(EventKind.FIT, "network", inputs={"model": (0, "model"), "X": (1, "train_dataloaders")},
                      tags=Tag.FITTED, mutates=True, seed=Seed(generators=_TORCH)),
        **each("test validate", Effect(EventKind.EVALUATE, "network", tags=Tag.METRIC,
                                       inputs={"model": (0, "model"), "X": (1, "dataloaders")})),
        "predict": Effect(EventKind.PREDICT, inputs={"model": (0, "model")}, tags=Tag.PREDICTION),
        "save_checkpoint": Effect(EventKind.PERSIST, "network", path=(0, "filepath"), inputs={"model": SELF}),
    }
)  # fmt: skip
_LEARNER: Final = Type(
    methods={
        **each("fit fit_one_cycle fine_tune", Effect(EventKind.FIT, "network", inputs={"X": SELF}, tags=Tag.FITTED,
                                                     mutates=True, seed=Seed(generators=_TORCH))),
        **each("export save", Effect(EventKind.PERSIST, "network", path=(0, "fname"), inputs={"model": SELF})),
        **each("predict get_preds", Effect(EventKind.PREDICT, inputs={"X": (0, "item")}, tags=Tag.PREDICTION)),
        "validate": Effect(EventKind.EVALUATE, "network", tags=Tag.METRIC),
    }
)  # fmt: skip

LIBRARY = Library(
    aliases={
        "torch.autograd.Variable": "torch.tensor",
        "torch.nn.modules.module.Module": _MODULE,
        "torch.utils.data.dataloader": "torch.utils.data",
        "torch.utils.data.dataset": "torch.utils.data",
        "torch.FloatTensor": "torch.tensor",
        "torch.LongTensor": "torch.tensor",
        "lightning.pytorch": "pytorch_lightning",
        "lightning.Trainer": "pytorch_lightning.Trainer",
        "lightning.LightningModule": "pytorch_lightning.LightningModule",
        "lightning.seed_everything": "pytorch_lightning.seed_everything",
        # PaddlePaddle is close enough
        "paddle.save": "torch.save",
        "paddle.load": "torch.load",
        "paddle.seed": "torch.manual_seed",
        "paddle.to_tensor": "torch.tensor",
        "paddle.nn.Layer": _MODULE,
        "paddle.nn": "torch.nn",
        "paddle.io": "torch.utils.data",
        "paddle.Model": "keras.Model",
        "pytorch_lightning.utilities.seed.seed_everything": "pytorch_lightning.seed_everything",
        "torch.utils.tensorboard.SummaryWriter": "tensorboardX.SummaryWriter",
        "torch.utils.tensorboard.writer.SummaryWriter": "tensorboardX.SummaryWriter",
    },
    functions={
        **each("tensor as_tensor from_numpy zeros ones empty full arange linspace eye cat stack", _NEW, "torch"),
        **each("""abs argmax argmin exp log matmul max mean min relu round sigmoid softmax sqrt squeeze sum tanh
               unsqueeze where flatten clamp""", _LIKE, "torch"),
        **each("""cross_entropy binary_cross_entropy binary_cross_entropy_with_logits mse_loss l1_loss nll_loss
               smooth_l1_loss kl_div""", _NEW, "torch.nn.functional"),
        **each("rand randn randint randperm normal bernoulli multinomial rand_like randn_like", _DRAW, "torch"),
        "torch.manual_seed": Effect(EventKind.SEED, "torch"),
        **each("cuda.manual_seed cuda.manual_seed_all mps.manual_seed", Effect(EventKind.SEED, "torch.cuda"), "torch"),
        "pytorch_lightning.seed_everything": _SEED_ALL,
        "fastai.torch_core.set_seed": _SEED_ALL,
        "torch.save": _save("obj", "f"),
        "torch.load": _load_model("f"),
        "torch.jit.save": _save("m", "f"),
        "torch.jit.load": _load_model("f", _MODULE),
        "torch.jit.script": _LIKE,
        "torch.jit.trace": _LIKE,
        "torch.compile": _LIKE,
        "torch.onnx.export": Effect(EventKind.PERSIST, "onnx", path=(2, "f"), inputs={"model": (0, "model")}),
        "torch.hub.load": Effect(
            EventKind.HTTP, "download", path=(0, "repo_or_dir"), returns=_MODULE, tags=Tag.FITTED
        ),
        **each("download_url_to_file load_state_dict_from_url", Effect(EventKind.HTTP, "download", path=(0, "url")),
               "torch.hub"),
        "torch.utils.data.random_split": Effect(
            EventKind.SPLIT, inputs={"data": (0, "dataset")}, results=(Tag.TRAIN, Tag.TEST), returns=_DATASET,
            seed=Seed((2, "generator"), generators=_TORCH),
        ),
        "torchvision.io.read_image": Effect(EventKind.LOAD, "image", path=(0, "path"), returns=_TENSOR),
        "torchvision.utils.save_image": Effect(
            EventKind.WRITE, "image", path=(1, "fp"), inputs={"data": (0, "tensor")}
        ),
        "torchvision.datasets.utils.download_url": Effect(EventKind.HTTP, "download", path=(0, "url")),
        **each("""alexnet convnext_tiny convnext_base densenet121 densenet161 densenet169 densenet201 efficientnet_b0
               efficientnet_b4 efficientnet_b7 googlenet inception_v3 mnasnet1_0 mobilenet_v2 mobilenet_v3_large
               mobilenet_v3_small resnet18 resnet34 resnet50 resnet101 resnet152 resnext50_32x4d shufflenet_v2_x1_0
               squeezenet1_0 squeezenet1_1 swin_t vgg11 vgg13 vgg16 vgg16_bn vgg19 vgg19_bn vit_b_16 wide_resnet50_2
               detection.fasterrcnn_resnet50_fpn detection.maskrcnn_resnet50_fpn segmentation.deeplabv3_resnet101
               segmentation.fcn_resnet101""", _PRETRAINED, "torchvision.models"),
        "torchaudio.load": Effect(EventKind.LOAD, "audio", path=(0, "uri"), results=(0, 0)),
        "torchaudio.save": Effect(EventKind.WRITE, "audio", path=(0, "uri"), inputs={"data": (1, "src")}),
        **each("cnn_learner vision_learner tabular_learner text_classifier_learner collab_learner unet_learner",
               Effect(returns="fastai.learner.Learner"), "fastai.vision.all"),
        "fastai.data.external.untar_data": Effect(EventKind.LOAD, "toy", path=(0, "url")),
    },
    types={
        _TENSOR: Type(
            fluent=True,
            methods={
                "backward": _FIT, "item": Effect(), "tolist": Effect(returns="builtins.list"),
                "numpy": Effect(returns="numpy.ndarray"), "size": Effect(),
            },
            attributes={"shape": "builtins.tuple", "data": _TENSOR, "grad": _TENSOR, "T": _TENSOR},
        ),
        _MODULE: Type(
            methods={
                "__call__": _FORWARD, "forward": _FORWARD, "state_dict": Effect(tags=Tag.FITTED),
                **each("to cuda cpu train eval half float double requires_grad_ apply", _SAME),
                **each("parameters named_parameters children modules", Effect()),
                "load_state_dict": Effect(inputs={"model": (0, "state_dict")}, mutates=True, tags=Tag.FITTED),
            },
        ),
        **each("""Sequential ModuleList Linear Bilinear Conv1d Conv2d Conv3d ConvTranspose2d LSTM
               GRU RNN LSTMCell GRUCell Embedding EmbeddingBag MultiheadAttention Transformer TransformerEncoder
               TransformerEncoderLayer BatchNorm1d BatchNorm2d LayerNorm Dropout Dropout2d Flatten ReLU Sigmoid
               Softmax LogSoftmax Tanh GELU LeakyReLU MaxPool1d MaxPool2d AvgPool2d AdaptiveAvgPool2d Identity
               DataParallel""",
               Type(bases=(_MODULE,)), "torch.nn"),
        "torch.nn.modules.loss.Loss": Type(methods={"__call__": _NEW}),
        "torch.utils.data.DataLoader": Type(
            make=Effect(inputs={"data": (0, "dataset")}),
            seed=Seed((None, "generator"), when=(((2, "shuffle"), (True,), False),), generators=_TORCH),
        ),
        _DATASET: Type(),
        **each("TensorDataset Subset ConcatDataset", Type(bases=(_DATASET,)), "torch.utils.data"),
        **each("CIFAR10 CIFAR100 FashionMNIST KMNIST MNIST QMNIST USPS",
               _example_data(((1, "train"), (True,), True)), "torchvision.datasets"),
        **each("""Caltech101 DTD EMNIST EuroSAT FGVCAircraft Flowers102 Food101 GTSRB OxfordIIITPet PCAM STL10
               SVHN StanfordCars VOCDetection VOCSegmentation""",
               _example_data(((None, "split"), ("train", "trainval"), "train")), "torchvision.datasets"),
        **each("CelebA ImageFolder DatasetFolder CocoDetection ImageNet",
               Type(bases=(_DATASET,), make=Effect(EventKind.LOAD, "image", path=(0, "root"))), "torchvision.datasets"),
        "pytorch_lightning.Trainer": _TRAINER,
        "pytorch_lightning.LightningModule": Type(
            bases=(_MODULE,),
            methods={**each("log log_dict", _TRACK), "save_hyperparameters": Effect(),
                     "load_from_checkpoint": _load_model("checkpoint_path", "self")},
        ),
        "tensorboardX.SummaryWriter": Type(
            methods=each("""add_scalar add_scalars add_histogram add_image add_text add_graph add_figure add_hparams
                         add_pr_curve add_embedding""", _TRACK)
        ),
        "fastai.learner.Learner": _LEARNER,
    },
    families=(("Loss", "torch.nn.modules.loss.Loss"), ("Learner", "fastai.learner.Learner")),
)  # fmt: skip
