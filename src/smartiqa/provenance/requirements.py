"""Which part of this package's requirements brings a library that is not installed."""

from __future__ import annotations

import re
from importlib.metadata import PackageNotFoundError, requires

from smartiqa.provenance.identity import DISTRIBUTIONS

PACKAGE = "smartiqa"
NAMES = {  # of what brings a module, where it is not the module's own
    **DISTRIBUTIONS,
    "markupsafe": "jinja2",
    "vl_convert": "vl-convert-python",
    "yaml": "pyyaml",
}
REQUIREMENT = re.compile(r"([\w.-]+)[^;]*(?:; *extra == ['\"]([\w-]+)['\"])?")


def how_to_install(error: ModuleNotFoundError) -> str | None:
    """Say in one line how to install what could not be imported; None if we never asked for it."""
    module = (error.name or "").partition(".")[0]
    distribution = NAMES.get(module, module.replace("_", "-"))
    try:
        required = [REQUIREMENT.fullmatch(line) for line in requires(PACKAGE) or ()]
    except PackageNotFoundError:  # it is used as it lies in a clone
        return None
    for found in required:
        if found and found[1].lower() == distribution.lower():
            extra = f"[{found[2]}]" if found[2] else ""
            return f"the package {distribution} is not installed; pip install '{PACKAGE}{extra}'"
    return None
