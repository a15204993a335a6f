"""Where studies and the catalogue lie, seen from the repository's folder."""

from __future__ import annotations

from pathlib import Path

from smartiqa.core.errors import InputError

CONFIG = Path("workflow", "config")
CATALOGUE = CONFIG / "experiments.yaml"
PUBLISHED = CONFIG / "published.yaml"
CLAIMS = CONFIG / "claims.yaml"
SCHEMAS = CONFIG / "schemas"
FILES_FOR_ALL = (CATALOGUE, PUBLISHED, CLAIMS)  # the others are studies


def study_file(study: str | Path, folder: Path = CONFIG) -> Path:
    """Return the file of a study that is named, or given as a file already.

    Raises:
        InputError: no study has this name (the message has the nearest), or the present folder is
            none that has studies.
    """
    if Path(study).suffix == ".yaml":
        return Path(study)
    if not folder.is_dir():
        raise InputError(
            f"{Path.cwd()} is no folder of smartiqa: it has no {folder}; go to the clone of the "
            "repository (cd) and call this there"
        )
    if str(study) not in (known := studies_in(folder)):
        from smartiqa.core.strict import unknown_name  # takes long, and few names are wrong

        raise InputError(unknown_name("study", str(study), known))
    return folder / f"{study}.yaml"


def build_command(study: str, *targets: object) -> str:
    """Return the command that makes files of a study."""
    return f"snakemake --cores 2 --config study={study} -- {' '.join(map(str, targets))}"


def study_names() -> list[str]:
    """List the studies that there are."""
    return studies_in(CONFIG)


def studies_in(folder: Path) -> list[str]:
    """List the studies whose files are in a folder."""
    others = {path.name for path in FILES_FOR_ALL}
    return sorted(path.stem for path in folder.glob("*.yaml") if path.name not in others)
