"""Where studies and the catalogue lie, seen from the repository's folder."""

from __future__ import annotations

from pathlib import Path

CONFIG = Path("workflow", "config")
CATALOGUE = CONFIG / "experiments.yaml"
PUBLISHED = CONFIG / "published.yaml"
CLAIMS = CONFIG / "claims.yaml"
SCHEMAS = CONFIG / "schemas"
FILES_FOR_ALL = (CATALOGUE, PUBLISHED, CLAIMS)  # the others are studies


def study_file(study: str | Path) -> Path:
    """Return the file of a study that is named, or given as a file already."""
    return Path(study) if Path(study).suffix == ".yaml" else CONFIG / f"{study}.yaml"


def study_names() -> list[str]:
    """List the studies that there are."""
    return sorted(path.stem for path in CONFIG.glob("*.yaml") if path not in FILES_FOR_ALL)
