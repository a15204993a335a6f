"""What a dataset adapter is, and how one is found by its name.

An adapter is a module `smartiqa/data/datasets/<name>.py` with three names: `FACTS`, what is known
of the dataset; `Options`, the options that a study may give it, typed; and
`read_labels(root, options)`, which turns the dataset's own label file into a frame with the columns
`LABEL_COLUMNS`. Adapters are imported when asked for and never listed anywhere, so adding a dataset
is adding a file.

Options are checked while the workflow is parsed, so this module and the adapters import pandas and
NumPy only where they read.
"""

from __future__ import annotations

import importlib
import importlib.util
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol, cast

from smartiqa.core.errors import InputError
from smartiqa.core.strict import Strict, unknown_name, validated

if TYPE_CHECKING:
    import numpy as np
    import pandas as pd
    from numpy.typing import ArrayLike, NDArray

LABEL_COLUMNS = (
    "id",  # unique within the dataset
    "file",  # the image, relative to the dataset's folder, with forward slashes
    "score",  # mean opinion score on the dataset's own scale, in its own direction
    "spread",  # standard deviation of the single ratings, same scale; NaN if not given
    "ratings",  # how many people rated the image; NaN if not given
    "split",  # the dataset's own split: train, validation, test; "" if it has none
    "reference",  # the undistorted content that the image was made from; "" if unknown
    "distortion",  # name of the distortion; "" if authentic or unknown
    "level",  # severity as the dataset counts it; NaN if it has none
    "source",  # of the dataset's several sources the one that the image is from; "" if it has none
    "scene",  # the categories of what it shows, joined by "|"; "" if there are none
    "content",  # what it shows, of which intervals take a sample: its reference, or itself
)
TEXT_COLUMNS = ("id", "file", "split", "reference", "distortion", "source", "scene")
NUMBER_COLUMNS = ("score", "spread", "ratings", "level")
SEPARATORS = {"scene": "|"}  # of text columns whose cells may hold several names

# Copies of most datasets, kept by the IQA-PyTorch project.
IQA_PYTORCH = "https://huggingface.co/datasets/chaofengc/IQA-PyTorch-Datasets/resolve/main/"


@dataclass(frozen=True)
class Scale:
    """A dataset's own score scale, and its linear, invertible map to a quality of 0 to 100.

    `low` and `high` are the ends of the scale, not the extremes that were observed, so the map does
    not depend on which images are at hand. Scores where lower is better (DMOS, the difference to a
    reference) are flipped: their `high` becomes quality 0.
    """

    low: float
    high: float
    higher_is_better: bool = True

    def to_quality(self, score: ArrayLike) -> NDArray[np.float64]:
        """Map scores of this scale to qualities: 0 worst, 100 best."""
        import numpy as np

        share = (np.asarray(score, dtype=np.float64) - self.low) / (self.high - self.low)
        return 100.0 * (share if self.higher_is_better else 1.0 - share)


@dataclass(frozen=True)
class Mirror:
    """One place that a download can come from.

    `sha256` and `size` are pinned where a publisher states them; an empty checksum is recorded at
    the first download and enforced at every later one. Code hosts pack the archive of a commit
    anew when they like, with other bytes: such a mirror is `packed_on_demand`, and what comes out
    of its archive is verified instead.
    """

    url: str
    sha256: str = ""
    md5: str = ""
    size: int | None = None
    packed_on_demand: bool = False


@dataclass(frozen=True)
class Download:
    """One part of a dataset: the mirrors that offer it, in the order in which they are tried.

    `provides` names a file or folder that is there once the part is; it may lie in the dataset's
    folder or in subfolders of it, since archives of one dataset differ in their top folder. `also`
    are other names of it that the adapter reads.
    """

    provides: str
    mirrors: tuple[Mirror, ...]
    also: tuple[str, ...] = ()


@dataclass(frozen=True)
class DatasetFacts:
    """What is known of a dataset before its first byte is there.

    Attributes:
        name: name of the adapter's module.
        title: how papers call it.
        images: number of scored images as published; None where it depends on the user's files.
        scale: the scale that `read_labels` returns scores on.
        score_name: what a score is, for axes and captions, such as "MOS" or "DMOS".
        citation: authors, venue and year.
        licence: its terms as its publisher states them.
        image_sizes: the (width, height) pairs that its images may have; empty if they vary.
        downloads: parts and their mirrors; empty if nothing can be downloaded.
        by_hand: where to ask for it and what to put there, if it cannot simply be downloaded.
        files: where labels are that a copy may lack, by their columns.
        digests: name of a file beside the adapter, in the format of `sha256sum`, with the SHA-256
            of some or all of the images; "" if there is none.
    """

    name: str
    title: str
    images: int | None
    scale: Scale
    score_name: str
    citation: str
    licence: str
    image_sizes: tuple[tuple[int, int], ...] = ()
    downloads: tuple[Download, ...] = ()
    by_hand: str | None = None
    files: Mapping[str, str] = field(default_factory=dict)
    digests: str = ""


class NoOptions(Strict):
    """The options of an adapter that has none."""


class Adapter(Protocol):
    """The names that an adapter module has."""

    FACTS: DatasetFacts
    Options: type[Strict]

    def read_labels(self, root: Path, options: Any) -> pd.DataFrame:
        """Return one row an image with the columns `LABEL_COLUMNS`; `options` are `Options`."""
        ...


def load_adapter(name: str) -> Adapter:
    """Import the adapter `name`.

    Raises:
        InputError: there is no such adapter; the message names the nearest one.
    """
    if name not in adapter_names():
        raise InputError(unknown_name("dataset adapter", name, adapter_names()))
    return cast(Adapter, importlib.import_module(f"smartiqa.data.datasets.{name}"))


def typed_options(adapter: Adapter, given: Any, root: Path, where: str) -> Strict:
    """Check the options that a study gives an adapter; `where` begins the message.

    An adapter may have a function `advice(given, root)`, which says more about what is wrong.

    Raises:
        InputError: an option does not exist, is missing, or is not what it must be.
    """
    try:
        return validated(adapter.Options, given, where)
    except InputError as error:
        advice = getattr(adapter, "advice", lambda *_: "")(given, root)
        raise InputError(f"{error}{advice}") from error


def facts_of(adapter: Adapter, options: Any) -> DatasetFacts:
    """Return the adapter's facts under the user's options.

    Most datasets have fixed facts; an adapter whose facts depend on options (the score scale of
    anybody's own folder) has a function `facts_for(options)`.
    """
    facts: DatasetFacts = getattr(adapter, "facts_for", lambda _: adapter.FACTS)(options)
    return facts


def adapter_names() -> list[str]:
    """Return the names of all adapters, sorted, without importing any."""
    package = importlib.util.find_spec("smartiqa.data.datasets")
    folders = package.submodule_search_locations if package else None
    files = [path for folder in folders or [] for path in Path(folder).glob("*.py")]
    return sorted(path.stem for path in files if not path.stem.startswith("_"))


def label_frame(source: Path, /, **columns: Any) -> pd.DataFrame:
    """Assemble the frame that `read_labels` returns; columns that are not given are "missing".

    `source`, the label file, is kept in `attrs["source"]`, so that later messages can name it.
    """
    import numpy as np
    import pandas as pd

    rows = pd.DataFrame({"id": columns["id"]}).index
    frame = pd.DataFrame(index=rows)
    for name in TEXT_COLUMNS:
        frame[name] = pd.Series(columns.get(name, ""), index=rows, dtype="str")
    for name in NUMBER_COLUMNS:
        try:
            frame[name] = pd.Series(columns.get(name, np.nan), index=rows, dtype="float64")
        except (TypeError, ValueError) as error:
            raise InputError(f"{source}: not every {name} is a number ({error})") from error
    frame["content"] = frame["reference"].where(frame["reference"] != "", frame["id"])
    frame.attrs["source"] = str(source)
    return frame[list(LABEL_COLUMNS)]
