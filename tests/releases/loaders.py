"""Runs the model loaders of one release of Xinference; a script for a process of its own.

    python -I loaders.py FOLDER < JOB > ANSWER

FOLDER has the package as its wheel has it. JOB and ANSWER are JSON. Only `xinference.model` runs:
what it imports from elsewhere is replaced by stand-ins, except pydantic and the standard library.
No socket can be opened, and memory, time and the size of files are limited.

JOB: {"describe": true} → the fields of the families, as types of pydantic v1;
{"load": {type: [records of one model, …]}} → for each the refusal of the loader, or null;
{"start": {type: [[list, packaged], …]}} → for each how a start with it ends: `Loader.start`.
"""

from __future__ import annotations

import importlib
import importlib.abc
import importlib.machinery
import json
import os
import resource
import sys
import tempfile
import types
import typing
import warnings

SECONDS, MEMORY, FILE = 120, 3 << 30, 64 << 20
OURS = ("xinference.model", "xinference.constants", "xinference._model_catalog")
REAL = {
    "pydantic",
    "pydantic_core",
    "typing_extensions",
    "annotated_types",
    "typing_inspection",
    "packaging",
}
NOT_RUN = ("xinference.model.scheduler", "xinference.model.llm.vllm.distributed_executor")


class StandInType(type):
    """A class that has every attribute, and can be called, indexed and joined as a type."""

    def __getattr__(cls, name: str) -> typing.Any:
        if name == "__version__":
            return "99.0.0"
        if name.startswith("__"):
            raise AttributeError(name)
        return stand_in(name)

    def __getitem__(cls, key: object) -> typing.Any:
        return cls

    def __or__(cls, other: object) -> typing.Any:
        return typing.Any

    __ror__ = __or__

    def __iter__(cls) -> typing.Iterator[typing.Any]:
        return iter(())

    def __bool__(cls) -> bool:
        return False

    def __lt__(cls, other: object) -> bool:
        return False

    __gt__ = __le__ = __ge__ = __lt__


class StandIn(metaclass=StandInType):
    """What stands for an object of a library that is not there."""

    def __init__(self, *_: object, **__: object) -> None:
        pass

    def __call__(self, *args: typing.Any, **_: object) -> typing.Any:
        # As a decorator it gives back what it decorates.
        return args[0] if len(args) == 1 and callable(args[0]) else StandIn()

    def __getattr__(self, name: str) -> typing.Any:
        if name.startswith("__"):
            raise AttributeError(name)
        return StandIn()

    def __enter__(self) -> typing.Any:
        return self

    def __exit__(self, *_: object) -> None:
        pass

    def __iter__(self) -> typing.Iterator[typing.Any]:
        return iter(())

    def __bool__(self) -> bool:
        return False

    def __lt__(self, other: object) -> bool:
        return False

    __gt__ = __le__ = __ge__ = __lt__


def stand_in(name: str) -> typing.Any:
    """A new class of that name."""
    return StandInType(name, (StandIn,), {})


class StandInModule(types.ModuleType):
    """A module that has every name."""

    __path__: typing.Any = []
    __version__ = "99.0.0"

    def __getattr__(self, name: str) -> typing.Any:
        if name.startswith("__"):
            raise AttributeError(name)
        made = stand_in(name)
        setattr(self, name, made)
        return made


class Imports(importlib.abc.MetaPathFinder, importlib.abc.Loader):
    """Gives a stand-in for each module that this process must not, or can't, run."""

    def find_spec(
        self, name: str, path: object = None, target: object = None
    ) -> importlib.machinery.ModuleSpec | None:
        root = name.partition(".")[0]
        if root == "xinference":
            if name.startswith(OURS) and not name.startswith(NOT_RUN):
                return None
        elif root in REAL or root in sys.stdlib_module_names:
            return None
        return importlib.machinery.ModuleSpec(name, self, is_package=True)

    def create_module(self, spec: importlib.machinery.ModuleSpec) -> types.ModuleType:
        if spec.name == "xinference._compat":
            return compatible(spec.name)
        return StandInModule(spec.name)

    def exec_module(self, module: types.ModuleType) -> None:
        pass


def compatible(name: str) -> types.ModuleType:
    """The names of pydantic v1 that `xinference._compat` passes on."""
    import pydantic.v1 as v1
    from pydantic.v1 import parse, utils
    from pydantic.v1 import types as kinds
    from pydantic.v1.error_wrappers import ErrorWrapper

    module = StandInModule(name)
    for key in typing.__all__:
        setattr(module, key, getattr(typing, key))
    for key in dir(v1):
        if not key.startswith("_"):
            setattr(module, key, getattr(v1, key))
    module.ErrorWrapper = ErrorWrapper  # type: ignore[attr-defined]
    module.load_str_bytes = parse.load_str_bytes  # type: ignore[attr-defined]
    module.StrBytes = kinds.StrBytes  # type: ignore[attr-defined]
    module.ROOT_KEY = utils.ROOT_KEY  # type: ignore[attr-defined]
    return module


def prepare(folder: str, home: str) -> None:
    """Limit this process, and make the package's models importable without their `_install`."""
    resource.setrlimit(resource.RLIMIT_CPU, (SECONDS, SECONDS))
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
    resource.setrlimit(resource.RLIMIT_FSIZE, (FILE, FILE))
    os.environ.clear()
    os.environ.update({"XINFERENCE_HOME": home, "HOME": home, "PATH": "/usr/bin:/bin"})
    warnings.simplefilter("ignore")
    import socket

    def refuse(*_: object, **__: object) -> typing.NoReturn:
        raise OSError("The loaders of a release open no socket.")

    socket.socket.connect = refuse  # type: ignore[method-assign,assignment]
    sys.meta_path.insert(0, Imports())
    for name in ("xinference", "xinference.model"):
        module = types.ModuleType(name)
        module.__path__ = [os.path.join(folder, *name.split("."))]
        module.__version__ = "99.0.0"  # type: ignore[attr-defined]
        sys.modules[name] = module


REGISTRIES = {"llm": "BUILTIN_LLM_FAMILIES", **{
    kind: f"BUILTIN_{kind.upper()}_MODELS"
    for kind in ("embedding", "rerank", "image", "audio", "video", "world")
}}  # fmt: skip
FAMILIES = {"llm": "LLMFamilyV2", "embedding": "EmbeddingModelFamilyV2",
            "rerank": "RerankModelFamilyV2", "image": "ImageModelFamilyV2",
            "audio": "AudioModelFamilyV2", "video": "VideoModelFamilyV2",
            "world": "WorldModelFamilyV1"}  # fmt: skip


class Loader:
    """The loader of one type."""

    def __init__(self, kind: str, home: str) -> None:
        self.kind, self.home = kind, home
        self.module = importlib.import_module(f"xinference.model.{kind}")
        self.folder = os.path.join(home, "model", "v2", "builtin", kind)
        self.listed = os.path.join(self.folder, f"{kind}_models.json")
        os.makedirs(self.folder, exist_ok=True)

    def refusal(self, records: list[typing.Any]) -> str | None:
        """Why the loader refuses these records; None if it takes them."""
        path = os.path.join(self.home, "records.json")
        _write(path, records)
        target: typing.Any = [] if self.kind == "llm" else {}
        try:
            self.module.load_model_family_from_json(path, target)
        except Exception as error:  # noqa: BLE001 - whatever it raises is the answer
            return _text(error)
        return None

    def start(
        self, records: list[typing.Any], *, packaged: list[typing.Any] | None
    ) -> dict[str, typing.Any]:
        """How a start with this list ends, if the package ships these records (None: its own).

        `error` ends the start; `refusal` ends the list; `loaded` are the models that the loader
        took before, `live` those that the server then has: name → [[updated_at, how many], …].
        """
        _write(self.listed, records)
        loaded: typing.Any = [] if self.kind == "llm" else {}
        refusal = error_text = None
        real = self.module.load_model_family_from_json
        try:
            real(self.listed, loaded)
        except Exception as error:  # noqa: BLE001
            refusal = _text(error)
        registry = self._registry()
        registry.clear()
        instead = os.path.join(self.home, "packaged.json")
        if packaged is not None:
            _write(instead, packaged)

        # `install_models_with_merge` finds the package's folder by the file of the function.
        def load(path: str, target: typing.Any, **options: typing.Any) -> None:
            real(path if packaged is None or path == self.listed else instead, target, **options)

        load.__code__ = load.__code__.replace(co_filename=real.__code__.co_filename)
        self.module.load_model_family_from_json = load
        try:
            self.module._install()
        except Exception as error:  # noqa: BLE001
            error_text = _text(error)
        finally:
            self.module.load_model_family_from_json = real
            os.unlink(self.listed)
        return {
            "error": error_text,
            "refusal": refusal,
            "loaded": _stamps(loaded),
            "live": _stamps(registry) if error_text is None else {},
        }

    def _registry(self) -> typing.Any:
        name = REGISTRIES[self.kind]
        if not hasattr(self.module, name):
            return getattr(importlib.import_module(f"xinference.model.{self.kind}.core"), name)
        return getattr(self.module, name)


def _write(path: str, records: list[typing.Any]) -> None:
    with open(path, "w", encoding="utf-8") as file:
        json.dump(records, file)


def _text(error: Exception) -> str:
    return f"{type(error).__name__}: {error}"[:600]


def _stamps(families: typing.Any) -> dict[str, list[typing.Any]]:
    """Name → the sorted, distinct [updated_at, how many] of its families."""
    if not isinstance(families, dict):
        grouped: dict[str, list[typing.Any]] = {}
        for each in families:
            grouped.setdefault(each.model_name, []).append(each)
        families = grouped
    counted: dict[str, list[typing.Any]] = {}
    for name, group in families.items():
        stamps = [getattr(each, "updated_at", None) for each in group]
        counted[name] = [[stamp, stamps.count(stamp)] for stamp in sorted(set(stamps), key=str)]
    return counted


def describe(kind: str) -> dict[str, typing.Any]:
    """The classes of a type's families: name → their settings, fields and validators."""
    module = importlib.import_module(
        f"xinference.model.{kind}." + ("llm_family" if kind == "llm" else "core")
    )
    classes: dict[str, typing.Any] = {}
    Description(module, classes).add(getattr(module, FAMILIES[kind]))
    return {"family": FAMILIES[kind], "classes": classes}


class Description:
    """Describes classes of pydantic v1; a name of a forward reference is one of the module."""

    def __init__(self, module: types.ModuleType, into: dict[str, typing.Any]) -> None:
        from pydantic.v1 import BaseModel

        self.module, self.into, self.base = module, into, BaseModel

    def add(self, model: typing.Any) -> None:
        """Describe a class, and those that its fields name."""
        if model.__name__ in self.into:
            return
        fields: dict[str, typing.Any] = {"required": {}, "nullable": {}, "with default": {}}
        described = self.into[model.__name__] = {"fields": fields}
        for name, field in sorted(model.__fields__.items()):
            kind = self.kind(field.annotation)
            # A required field may be nullable, too.
            place = (
                "required"
                if field.required
                else ("nullable" if field.allow_none else "with default")
            )
            if field.required and field.allow_none:
                raise ValueError(f"{model.__name__}.{name} is required and nullable.")
            fields[place][name] = kind
            if field.alias != name:
                raise ValueError(f"{model.__name__}.{name} has an alias.")
        if getattr(model.__config__, "smart_union", False):
            described["smart union"] = True
        checks = {
            name: sorted(
                check.func.__name__ + (" of each" if check.each_item else "") for check in group
            )
            for name, group in sorted(model.__validators__.items())
        }
        if checks:
            described["validators"] = checks
        if model.__pre_root_validators__ or model.__post_root_validators__:
            raise ValueError(f"{model.__name__} has a validator of the whole.")

    def kind(self, kind: typing.Any) -> typing.Any:
        """A type as JSON."""
        origin, args = typing.get_origin(kind), typing.get_args(kind)
        if isinstance(kind, str):
            return self.kind(getattr(self.module, kind))
        if isinstance(kind, typing.ForwardRef):
            return self.kind(getattr(self.module, kind.__forward_arg__))
        if origin is typing.Annotated:
            on = getattr(args[1], "discriminator", None)
            return {"by " + on: self.kind(args[0])["any of"]} if on else self.kind(args[0])
        if origin is typing.Literal:
            return {"one of": list(args)}
        if origin is typing.Union or isinstance(kind, types.UnionType):
            kinds = [self.kind(each) for each in args if each is not type(None)]
            return kinds[0] if len(kinds) == 1 else {"any of": kinds}
        if origin in {list, dict}:
            return {origin.__name__: self.kind(args[-1])}
        if isinstance(kind, type) and issubclass(kind, self.base):
            self.add(kind)
            return kind.__name__
        if kind is typing.Any:
            return "any"
        if kind in {str, int, bool, float, dict, list}:
            return kind.__name__
        if isinstance(kind, type) and issubclass(kind, int):
            bounds = {key: getattr(kind, key) for key in ("gt", "ge", "lt", "le", "multiple_of")}
            return {"int": {key: value for key, value in bounds.items() if value is not None}}
        raise ValueError(f"{kind!r} is a type that no rule describes.")


def main() -> None:
    """Do the job of standard input."""
    job = json.load(sys.stdin)
    answer_to = sys.stdout
    # The package may print.
    sys.stdout = sys.stderr
    with tempfile.TemporaryDirectory() as home:
        prepare(sys.argv[1], home)
        kinds = [
            kind
            for kind in REGISTRIES
            if os.path.isdir(os.path.join(sys.argv[1], "xinference", "model", kind))
        ]
        loaders = {kind: Loader(kind, home) for kind in kinds}
        answer: dict[str, typing.Any] = {"types": kinds}
        if job.get("describe"):
            answer["describe"] = {kind: describe(kind) for kind in kinds}
        if "load" in job:
            answer["load"] = {
                kind: [loaders[kind].refusal(records) for records in job["load"].get(kind, ())]
                for kind in kinds
            }
        if "start" in job:
            answer["start"] = {
                kind: [
                    loaders[kind].start(records, packaged=packaged)
                    for records, packaged in job["start"].get(kind, ())
                ]
                for kind in kinds
            }
        json.dump(answer, answer_to)


if __name__ == "__main__":
    main()
