"""What Snakemake recorded of each job, kept beside the results, and believed by content.

Snakemake keeps its records in `.snakemake`, and asks files for their times before it asks for their
content. So finished results that were copied into another clone look unknown or outdated, a file
that was replaced by an older one looks unchanged, and one that was damaged looks fine. `mirror`
keeps the records in `results/<study>/jobs.json`, each with the digest of its output; `adopt` puts
them back where they are missing, and settles by digests what times cannot tell:

- an output with other content than its job left gets a record that makes Snakemake run it again;
- an output whose inputs have other content than its job read becomes older than they are;
- an output with neither, that an input looks newer than, gets the present time;
- an output that is not there gets its record too, and runs again if an input has other content.

`ask_for_unrecorded` gives what still has none a record that makes Snakemake run its job.

Results, with their `jobs.json`, may be put over those of this clone, whose own records then tell of
files that are gone. So `mirror` notes the records that it has seen: only a new one counts.

Both may be killed at any moment: every step by itself is true.
"""

from __future__ import annotations

import json
import os
import time
from base64 import urlsafe_b64decode
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from snakemake.persistence import RECORD_FORMAT_VERSION, MetadataRecord
from snakemake.persistence.file import FilePersistence

from smartiqa.core.digests import FILE, TIMESTAMP, Digests
from smartiqa.core.errors import InputError
from smartiqa.core.files import replace_atomically
from smartiqa.reruns.job_ledger import LEDGER, Entries, read_ledger

STATE = Path(".snakemake")
MIRRORED = "mirrored"  # folder in there: by study, the records of this clone that `mirror` has seen
# of a record that asks for a new run
ALTERED = "'its content is not what its job wrote: "
UNRECORDED = "'nothing is recorded of how it was made'"
FAILED = "'the job that was to make it anew has failed'"
RENDERED = (Path("figures"), Path("paper"))  # folders outside of results that jobs write to
LONG_AGO_NS = 1_000_000_000  # older than any input

Record = dict[str, Any]


@dataclass
class Adopted:
    """What `adopt` did, by outputs.

    Attributes:
        taken: had no record, or that of a file that is gone, and got theirs back.
        altered: have other content than their job wrote.
        outdated: have inputs with other content than their job read.
        unreadable: have a record of a newer Snakemake, and were left alone.
    """

    taken: list[str] = field(default_factory=list)
    altered: list[str] = field(default_factory=list)
    outdated: list[str] = field(default_factory=list)
    unreadable: list[str] = field(default_factory=list)


def mirror(results: Path, state: Path = STATE) -> str:
    """Copy Snakemake's records of a study's outputs into its results, with digests.

    Returns what is wrong with those that were there, of which none is used then; or nothing.

    Args:
        results: `results/<study>`, relative to the present folder as Snakemake's records are.
        state: Snakemake's own folder.
    """
    persistence, digests = _persistence(state), Digests(results / FILE)
    ledger, problem = _ledger(results / LEDGER)
    seen, _ = _ledger(_seen(state, results))
    before = _text(ledger), _text(seen)
    found = dict(_records(persistence))
    finished = found.keys() - persistence._filter_incomplete_keys(found)
    for output in sorted(finished):
        record = found[output]
        if not _belongs(record, results) or _asks(record):
            continue
        if _tells(seen.get(output), record):  # no job has made it here since
            ledger.setdefault(output, seen[output])
            continue
        if not _tells(ledger.get(output), record):
            digest = digests.of(Path(output))
            if digest is None:
                continue
            folders = [name for name in record["input"] if Path(name).is_dir()]
            read = {name: digests.of(Path(name)) for name in folders}
            ledger[output] = {"sha256": digest, "folders": read, "record": record}
        seen[output] = ledger[output]
    digests.save()
    places = results / LEDGER, _seen(state, results)
    for place, entries, was in zip(places, (ledger, seen), before, strict=True):
        if _text(entries) != was:
            with replace_atomically(place) as temporary:
                temporary.write_text(_text(entries), encoding="utf-8")
    return problem


def adopt(results: Path, state: Path = STATE) -> Adopted:
    """Make Snakemake believe the records in a study's results as far as digests bear them out.

    Args as those of `mirror`.
    """
    adopted, (ledger, _) = Adopted(), _ledger(results / LEDGER)
    if not ledger:
        return adopted
    seen, _ = _ledger(_seen(state, results))
    persistence, digests = _persistence(state), Digests(results / FILE)
    present = dict(_records(persistence))
    running = persistence._filter_incomplete_keys(ledger)
    unchanged: list[str] = []
    for output, entry in ledger.items():
        record, own = entry["record"], present.get(output)
        digest = digests.of(Path(output))
        replaced = own is not None and own != record and not _asks(own)
        if output in running or (replaced and not _tells(seen.get(output), own)):
            continue
        if digest is None:
            _remember(persistence, output, own, entry, digests)
        elif record["record_format_version"] > RECORD_FORMAT_VERSION:
            adopted.unreadable.append(output)
        elif digest != entry["sha256"]:
            adopted.altered.append(output)
            asking = f"{ALTERED}sha256 {entry['sha256'][:16]}, now {digest[:16]}'"
            _write(persistence, output, own, {**record, "params": [asking]})
        else:
            adopted.taken += [output] if own is None or replaced else []
            _write(persistence, output, own, record)
            if _read_other_content(entry, digests):
                adopted.outdated.append(output)
                _set_time(Path(output), LONG_AGO_NS)
            else:
                unchanged.append(output)
    if any(_looks_outdated(output, ledger[output]["record"]) for output in unchanged):
        now = time.time_ns()
        for output in unchanged:
            _set_time(Path(output), now)
    digests.save()
    return adopted


def ask_for_unrecorded(
    results: Path, is_output: Callable[[str], bool], state: Path = STATE
) -> list[str]:
    """Make Snakemake run again what left an output without a record; return these outputs.

    It looks for changes only where all outputs of a job have records, and believes the others. To
    be called after `adopt`.

    Args:
        results: as that of `mirror`.
        is_output: whether a path is an output of some rule.
        state: as that of `mirror`.
    """
    persistence = _persistence(state)
    recorded = {output for output, _ in _records(persistence)}
    places = (place for folder in (results, *RENDERED) for place in _outputs_in(folder, is_output))
    unknown = [output for output in places if output not in recorded]
    unknown = sorted({*unknown} - persistence._filter_incomplete_keys(unknown))
    for output in unknown:
        persistence._write_record(output, _asking(UNRECORDED))
    return unknown


def ask_again(failed: Iterable[Any], state: Path = STATE) -> None:
    """Make Snakemake run again what failed jobs should have made anew, and still is the old one.

    Snakemake 9 puts an output that is marked `update` back when its job fails, with the time of
    now, and records that job as finished, with the parameters and inputs that it had. Has to be
    called before `mirror`, whose ledger knows how what lies there was made.

    Args:
        failed: jobs of a build that has ended.
        state: as that of `mirror`.
    """
    outputs = [str(o) for job in failed for o in job.output if o.flags.get("update")]
    if not outputs:
        return
    persistence = _persistence(state)
    for output in outputs:
        if persistence._read_record(output) is not None:
            persistence._write_record(output, _asking(FAILED))


def _asking(reason: str) -> MetadataRecord:
    return MetadataRecord(
        params=[reason], input=[], log=[], record_format_version=RECORD_FORMAT_VERSION
    )


def _outputs_in(folder: Path, is_output: Callable[[str], bool]) -> Iterator[str]:
    for root, folders, files in os.walk(folder):
        for name in [*folders, *files]:
            if is_output(path := f"{root}/{name}"):
                yield path
        folders[:] = [
            name for name in folders if name[0] != "." and not is_output(f"{root}/{name}")
        ]


def _persistence(state: Path) -> Any:
    return FilePersistence(nolock=True, path=state.absolute())


def _ledger(path: Path) -> tuple[Entries, str]:
    """Return the ledger, or an empty one and what is wrong with it."""
    try:
        return read_ledger(path), ""
    except InputError as problem:
        return {}, str(problem)


def _seen(state: Path, results: Path) -> Path:
    return state / MIRRORED / f"{results.name}.json"


def _text(entries: Entries) -> str:
    return json.dumps(entries, sort_keys=True)


def _tells(entry: Record | None, record: Record | None) -> bool:
    return entry is not None and entry["record"] == record


def _records(persistence: Any) -> Iterator[tuple[str, Record]]:
    """Yield every output with its record; a name is spread over folders if it is long."""
    root = Path(persistence.path, "metadata")
    for path in root.rglob("*"):
        if path.is_file():
            parts = path.relative_to(root).parts
            name = "".join(part.removeprefix("@") for part in parts)
            try:
                yield urlsafe_b64decode(name).decode(), json.loads(path.read_text())
            except ValueError:  # being written now, or by something else
                continue


def _belongs(record: Record, results: Path) -> bool:
    """Whether a job is one of the study: every rule logs into its results."""
    return any(Path(log).is_relative_to(results) for log in record.get("log") or [])


def _asks(record: Record) -> bool:
    reasons = (ALTERED, FAILED, UNRECORDED)
    return any(str(value).startswith(reasons) for value in record.get("params") or [])


def _remember(
    persistence: Any, output: str, own: Record | None, entry: Record, digests: Digests
) -> None:
    """Keep the record of an output that is not there, such as a store that did not travel.

    Snakemake asks a job for changes of code or settings only if all outputs have records, and for
    changed inputs only if an output has a time.
    """
    record = entry["record"]
    if _read_other_content(entry, digests):
        record = {**record, "params": [f"{ALTERED}it is gone, and an input is another one'"]}
    if record["record_format_version"] <= RECORD_FORMAT_VERSION:
        _write(persistence, output, own, record)


def _write(persistence: Any, output: str, own: Record | None, record: Record) -> None:
    if record != own:
        persistence._write_record(output, MetadataRecord.model_validate(record))


def _read_other_content(entry: Record, digests: Digests) -> bool:
    """Whether an input that is there differs from what the job read."""
    read: Mapping[str, str] = {**entry["record"]["input_checksums"], **entry["folders"]}
    found = ((digests.of(Path(name)), digest) for name, digest in read.items())
    return any(now is not None and now != then.rpartition(":")[2] for now, then in found)


def _looks_outdated(output: str, record: Record) -> bool:
    made = _time_of(Path(output))
    return any(_time_of(Path(name)) > made for name in record["input"])


def _time_of(path: Path) -> int:
    """The time that Snakemake goes by; 0 if there is no such file."""
    for place in (path / TIMESTAMP, path):
        try:
            return place.stat().st_mtime_ns
        except OSError:
            continue
    return 0


def _set_time(path: Path, nanoseconds: int) -> None:
    places = [path / TIMESTAMP, path] if path.is_dir() else [path]
    for place in places:
        if place.exists() and place.stat().st_mtime_ns != nanoseconds:
            os.utime(place, ns=(nanoseconds, nanoseconds))
