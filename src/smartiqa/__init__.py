"""The public face of smartiqa; everything else may change without notice.

Nothing is imported until it is used, so `import smartiqa` takes no time.

>>> import smartiqa
>>> model = smartiqa.load_model("results/demo/runs/C3/seed1")
>>> round(model.score("photo.jpg").quality) in range(101)
True

`load_model` loads a trained run, an exported folder or a released checkpoint. The `PhotoModel` that
it returns scores files, their bytes, Pillow images, arrays and tensors with `score` and
`score_many`, each as a `PhotoScore`: the quality, its spread over crops, and the attention by
stage; `register_in_pyiqa` shows such models to IQA-PyTorch. `list_datasets` and `list_backbones`
say what there is, `read_results` reads the numbers of a finished study, `compare` any two of its
experiments as a `PairComparison`; a study is given by its name, its file or the folder of its
results. What is wrong with something that was given is said by an `InputError`, in one line.
`__version__` is the version of the package.
"""

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from smartiqa.config.study import BackboneRole
    from smartiqa.core.errors import InputError
    from smartiqa.data.adapters import DatasetFacts
    from smartiqa.evaluation.pairs import PairComparison
    from smartiqa.photos.iqa_pytorch import register_in_pyiqa
    from smartiqa.photos.loading import load_model
    from smartiqa.photos.model import PhotoModel, PhotoScore
    from smartiqa.public import compare, list_backbones, list_datasets, read_results
    from smartiqa.results.paper_results import PaperResults

    __version__: str

__all__ = [
    "BackboneRole",
    "DatasetFacts",
    "InputError",
    "PairComparison",
    "PaperResults",
    "PhotoModel",
    "PhotoScore",
    "__version__",
    "compare",
    "list_backbones",
    "list_datasets",
    "load_model",
    "read_results",
    "register_in_pyiqa",
]
_MODULES = {
    "BackboneRole": "config.study",
    "DatasetFacts": "data.adapters",
    "InputError": "core.errors",
    "PairComparison": "evaluation.pairs",
    "PaperResults": "results.paper_results",
    "PhotoModel": "photos.model",
    "PhotoScore": "photos.model",
    "compare": "public",
    "list_backbones": "public",
    "list_datasets": "public",
    "load_model": "photos.loading",
    "read_results": "public",
    "register_in_pyiqa": "photos.iqa_pytorch",
}

if not TYPE_CHECKING:  # a type checker finds the names above, and says which do not exist

    def __getattr__(name: str) -> Any:
        """Import a public name when it is first used."""
        if name == "__version__":
            return _version()
        if name not in _MODULES:
            raise AttributeError(f"module 'smartiqa' has no attribute '{name}'")
        from importlib import import_module

        try:
            value = getattr(import_module(f"smartiqa.{_MODULES[name]}"), name)
        except ModuleNotFoundError as error:
            from smartiqa.provenance.requirements import how_to_install

            if (remedy := how_to_install(error)) is None:
                raise
            raise ModuleNotFoundError(remedy, name=error.name) from None
        globals()[name] = value
        return value


def __dir__() -> list[str]:
    return sorted(__all__)


def _version() -> str:
    from importlib.metadata import PackageNotFoundError, version

    try:
        return version("smartiqa")
    except PackageNotFoundError:  # it is used as it lies in a clone
        return "unknown"
