"""The standard library, and the small packages that stand beside it (PyYAML, python-dotenv, tqdm).

`open` is the LOAD or WRITE of the file that it names. What is then written through the open file is a
WRITE with detail "handle": it has the data, and the file as its `path`, but it is no second file.
"""

from itertools import permutations
from typing import Final

from nbprod.semantic.facts import EventKind
from nbprod.semantic.libraries.tables import each
from nbprod.semantic.library import SELF, Effect, Library, Parameter, Seed, Type
from nbprod.semantic.values import Tag

_FILE: Final = "io.TextIOWrapper"
_PATH: Final = "pathlib.Path"
_SAME: Final = Effect(returns="self")
_TEXT: Final = Effect(returns="builtins.str")
_NUMBER: Final = Effect(returns="builtins.int")
_TRUTH: Final = Effect(returns="builtins.bool")
_LIST: Final = Effect(returns="builtins.list")
_GROW: Final = Effect(inputs={"data": (0, "object")}, mutates=True)
_DRAW: Final = Effect(seed=Seed(generators=("python",)))
_DRAWS: Final = """betavariate choice choices expovariate gammavariate gauss getrandbits lognormvariate normalvariate
    paretovariate randbytes randint random randrange sample shuffle triangular uniform vonmisesvariate weibullvariate"""


def _modes() -> tuple[str, ...]:
    """All the modes that make a file: "w", "wb", "ab+", "w:gz" and so on. "r+" needs one; what is put into it shows."""
    plain = [
        "".join(order)
        for letter in "wax"
        for more in ("", "b", "t", "+", "b+", "t+")
        for order in permutations(letter + more)
    ]
    return (*plain, "w:gz", "w:bz2", "w:xz", "w|gz", "x:gz")  # fmt: skip


_WRITING: Final = _modes()


def _open(detail: str, path: Parameter, mode: Parameter = (1, "mode"), returns: str = _FILE) -> Effect:
    return Effect(
        EventKind.WRITE,
        detail,
        path=path,
        returns=returns,
        when=(mode, _WRITING, "r"),
        otherwise=Effect(EventKind.LOAD, detail, path=path, returns=returns),
    )


def _into(handle: Parameter, data: Parameter) -> Effect:
    return Effect(EventKind.WRITE, "handle", path=handle, inputs={"data": data})


def _at(parameter: str, returns: str | None = None) -> Effect:
    """A call that only looks at a path, or moves files about."""
    return Effect(path=(0, parameter), returns=returns)


_SHELL: Final = Effect(EventKind.SHELL, path=(0, "args"))
_ENVIRONMENT: Final = Effect(tags=Tag.ENVIRONMENT, returns="builtins.str")
_MAIL: Final = Effect(EventKind.HTTP, "mail")

_BUILTINS: Final = {
    "open": _open("text", (0, "file")),
    "input": Effect(tags=Tag.EXTERNAL, returns="builtins.str"),
    **each("str repr format ascii chr", _TEXT),
    **each("int len hash id ord", _NUMBER),
    **each("isinstance hasattr callable issubclass bool any all", _TRUTH),
    **each("list sorted", _LIST),
    "float": Effect(returns="builtins.float"),
    "dict": Effect(returns="builtins.dict"),
    "set": Effect(returns="builtins.set"),
    "tuple": Effect(returns="builtins.tuple"),
}
_OS: Final = {
    "system": Effect(EventKind.SHELL, path=(0, "command")),
    "popen": Effect(EventKind.SHELL, path=(0, "cmd")),
    "getenv": _ENVIRONMENT,
    "listdir": _at("path", "builtins.list"),
    "walk": _at("top"),
    **each("scandir chdir mkdir remove unlink stat rmdir", _at("path")),
    **each("path.exists path.isfile path.isdir", _at("path", "builtins.bool")),
    "path.getsize": _at("filename", "builtins.int"),
    "path.getmtime": _at("filename"),
    "makedirs": _at("name"),
    **each("rename replace", Effect(path=(1, "dst"))),
    "getcwd": _TEXT,
    **each("path.join path.abspath path.expanduser path.dirname path.basename", _TEXT),
}
_FILES: Final = {
    "io.open": _open("text", (0, "file")),
    "codecs.open": _open("text", (0, "filename")),
    "gzip.open": _open("text", (0, "filename")),
    "bz2.open": _open("text", (0, "filename")),
    "lzma.open": _open("text", (0, "filename")),
    "zipfile.ZipFile": _open("archive", (0, "file"), returns="zipfile.ZipFile"),
    "tarfile.open": _open("archive", (0, "name"), returns="tarfile.TarFile"),
    "io.StringIO": Effect(returns="io.StringIO"),
    "io.BytesIO": Effect(returns="io.StringIO"),
    "glob.glob": _at("pathname", "builtins.list"),
    "glob.iglob": _at("pathname"),
    **each("copy copy2 copyfile copytree move", Effect(path=(1, "dst")), "shutil"),
    "shutil.rmtree": _at("path"),
    "shutil.make_archive": Effect(EventKind.WRITE, "archive", path=(0, "base_name")),
    "shutil.unpack_archive": Effect(EventKind.LOAD, "archive", path=(0, "filename")),
    "pathlib.Path.home": Effect(returns=_PATH),
    "pathlib.Path.cwd": Effect(returns=_PATH),
    # Reading through an open file: `open` was the LOAD.
    "json.load": Effect(inputs={"data": (0, "fp")}),
    "json.loads": Effect(inputs={"data": (0, "s")}),
    "json.dump": _into((1, "fp"), (0, "obj")),
    "json.dumps": Effect(inputs={"data": (0, "obj")}, returns="builtins.str"),
    "csv.reader": Effect(inputs={"data": (0, "csvfile")}),
    "csv.DictReader": Effect(inputs={"data": (0, "f")}),
    "csv.writer": Effect(inputs={"data": (0, "csvfile")}, returns="csv.Writer"),
    "csv.DictWriter": Effect(inputs={"data": (0, "f")}, returns="csv.Writer"),
    **each("load safe_load full_load", Effect(inputs={"data": (0, "stream")}), "yaml"),
    "toml.load": _at("f"),
}
_REST: Final = {
    **each("run call check_call check_output Popen", _SHELL, "subprocess"),
    "subprocess.getoutput": Effect(EventKind.SHELL, path=(0, "cmd")),
    "subprocess.getstatusoutput": Effect(EventKind.SHELL, path=(0, "cmd")),
    **each(_DRAWS, _DRAW, "random"),
    "random.seed": Effect(EventKind.SEED, "python"),
    "random.Random": Effect(returns="random.Random", seed=Seed((0, "x"), generators=())),
    "copy.copy": Effect(returns="argument"),
    "copy.deepcopy": Effect(returns="argument"),
    "getpass.getpass": Effect(tags=Tag.SECRET, returns="builtins.str"),
    "keyring.get_password": Effect(tags=Tag.SECRET, returns="builtins.str"),
    "dotenv.load_dotenv": _at("dotenv_path"),
    "dotenv.dotenv_values": Effect(path=(0, "dotenv_path"), returns="os.Environ"),
    "smtplib.SMTP": Effect(EventKind.HTTP, "connect", path=(0, "host"), timeout=(3, "timeout"), returns="smtplib.SMTP"),
    "smtplib.SMTP_SSL": Effect(
        EventKind.HTTP, "connect", path=(0, "host"), timeout=(None, "timeout"), returns="smtplib.SMTP"
    ),
    "ftplib.FTP": Effect(EventKind.HTTP, "connect", path=(0, "host"), timeout=(4, "timeout"), returns="ftplib.FTP"),
    "tqdm.tqdm": Effect(returns="argument"),
}

LIBRARY = Library(
    aliases={
        **{f"os.{module}": "os.path" for module in ("posixpath", "ntpath")},
        "posixpath": "os.path",
        "pathlib.PosixPath": _PATH,
        "pathlib.PurePath": _PATH,
        "os.environb": "os.environ",
        "argparse.argparse": "argparse",
        "simplejson": "json",
        "ujson": "json",
        "orjson": "json",
        "ruamel.yaml": "yaml",
        "tqdm.notebook.tqdm": "tqdm.tqdm",
        "tqdm.auto.tqdm": "tqdm.tqdm",
        "tqdm.tqdm_notebook": "tqdm.tqdm",
        "tqdm.std.tqdm": "tqdm.tqdm",
    },
    functions={
        **{f"builtins.{name}": effect for name, effect in _BUILTINS.items()},
        **{f"os.{name}": effect for name, effect in _OS.items()},
        **_FILES,
        **_REST,
    },
    types={
        _FILE: Type(
            methods={
                "read": _TEXT, "readline": _TEXT, "readlines": _LIST, "__enter__": _SAME, "close": Effect(),
                "write": _into(SELF, (0, "s")), "writelines": _into(SELF, (0, "lines")),
            }
        ),
        "io.StringIO": Type(methods={"getvalue": _TEXT, "read": _TEXT, "__enter__": _SAME}),
        "csv.Writer": Type(
            methods={"writerow": _into(SELF, (0, "row")), "writerows": _into(SELF, (0, "rows")),
                     "writeheader": Effect()}
        ),
        "zipfile.ZipFile": Type(
            methods={"extractall": Effect(path=(0, "path")), "extract": Effect(path=(1, "path")), "open": Effect(),
                     "read": Effect(), "namelist": _LIST, "write": _into(SELF, (0, "filename")),
                     "writestr": _into(SELF, (1, "data")), "__enter__": _SAME}
        ),
        "tarfile.TarFile": Type(
            methods={"extractall": Effect(path=(0, "path")), "extract": Effect(path=(1, "path")),
                     "getnames": _LIST, "add": _into(SELF, (0, "name")), "__enter__": _SAME}
        ),
        _PATH: Type(
            fluent=True,
            methods={
                "read_text": Effect(EventKind.LOAD, "text", path=SELF, returns="builtins.str"),
                "read_bytes": Effect(EventKind.LOAD, "binary", path=SELF, returns="builtins.bytes"),
                "write_text": Effect(EventKind.WRITE, "text", path=SELF, inputs={"data": (0, "data")}),
                "write_bytes": Effect(EventKind.WRITE, "binary", path=SELF, inputs={"data": (0, "data")}),
                "open": _open("text", SELF, mode=(0, "mode")),
                **each("exists is_file is_dir", Effect(path=SELF, returns="builtins.bool")),
                **each("glob rglob iterdir stat mkdir unlink touch rmdir", Effect(path=SELF)),
                "as_posix": _TEXT,
            },
            attributes={"parent": _PATH, "name": "builtins.str", "stem": "builtins.str", "suffix": "builtins.str"},
        ),
        "os.Environ": Type(
            methods=each("get pop setdefault __getitem__", _ENVIRONMENT), holds=Tag.ENVIRONMENT
        ),
        "sys.Arguments": Type(holds=Tag.PARAMETER),
        "argparse.ArgumentParser": Type(
            methods={
                "parse_args": Effect(tags=Tag.PARAMETER, returns="argparse.Namespace"),
                "parse_known_args": Effect(results=(Tag.PARAMETER, Tag.PARAMETER)),
                "add_argument": Effect(),
                "add_argument_group": _SAME,
            }
        ),
        "argparse.Namespace": Type(holds=Tag.PARAMETER),
        "configparser.ConfigParser": Type(
            methods={
                "read": Effect(EventKind.LOAD, "text", path=(0, "filenames")),
                **each("get getint getfloat getboolean __getitem__", Effect(tags=Tag.PARAMETER)),
            },
            holds=Tag.PARAMETER,
        ),
        "random.Random": Type(methods=each(_DRAWS, Effect())),
        "smtplib.SMTP": Type(methods={"sendmail": _MAIL, "send_message": _MAIL, "__enter__": _SAME}),
        "ftplib.FTP": Type(methods={"retrbinary": Effect(EventKind.HTTP, "download"),
                                    "storbinary": Effect(EventKind.WRITE, "upload")}),
        "builtins.list": Type(
            methods={"append": _GROW, "extend": _GROW, "insert": Effect(inputs={"data": (1, "object")}, mutates=True),
                     **each("sort reverse clear remove", Effect()), **each("index count", _NUMBER), "copy": _SAME}
        ),
        "builtins.dict": Type(methods={"update": _GROW, "copy": _SAME, "clear": Effect()}),
        "builtins.str": Type(
            fluent=True,
            methods={
                **each("split rsplit splitlines", _LIST),
                **each("find index count rfind", _NUMBER),
                **each("startswith endswith isdigit isalpha", _TRUTH),
                "encode": Effect(returns="builtins.bytes"), "partition": Effect(returns="builtins.tuple"),
            },
        ),
    },
    instances={"os.environ": "os.Environ", "sys.argv": "sys.Arguments"},
)  # fmt: skip
