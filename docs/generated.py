"""The reference that is made of the code: settings, commands, targets, modules, as Markdown.

A page says where by a mark, `<!-- generated: commands -->`. `python docs/generated.py` writes what
stands between it and `<!-- end -->`, so that pages can be read where nothing is built; a mark
without an end is filled by Sphinx alone.
"""

from __future__ import annotations

import ast
import inspect
import re
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import Any

from pydantic import BaseModel
from typer.main import get_command

from smartiqa.claims.schema import Ledger
from smartiqa.cli import app, stages
from smartiqa.config.catalogue import Catalogue
from smartiqa.config.experiment import Recipe
from smartiqa.config.study import Study
from smartiqa.data.adapters import adapter_names, load_adapter

HERE = Path(__file__).parent
ROOT = HERE.parent
SNAKEFILE = ROOT / "workflow" / "Snakefile"
SOURCE = ROOT / "src" / "smartiqa"
MARK = re.compile(
    r"(?P<mark><!-- generated: (?P<part>\w+) -->\n)"
    r"(?:(?:(?!<!-- generated).)*?(?P<end><!-- end -->\n))?",
    re.DOTALL,
)
WRITTEN = [HERE / "reference" / f"{name}.md" for name in ("settings", "commands", "targets")]
RULE = re.compile(
    r'^ *(?:rule|checkpoint) (?P<name>\w+):\n +"""(?P<text>.*?)"""'
    r"(?P<body>.*?)(?=^\S|^ {4}rule|\Z)",
    re.MULTILINE | re.DOTALL,
)


def filled(text: str) -> str:
    """Write what the marks of a page stand for behind them."""
    return MARK.sub(_part, text)


def _part(found: re.Match[str]) -> str:
    text = re.sub(r"\n{3,}", "\n\n", PARTS[found["part"]]().strip("\n"))
    return f"{found['mark']}\n{text}\n\n{found['end'] or ''}"


def table(heads: Iterable[str], rows: Iterable[Iterable[str]]) -> str:
    """Write a table in Markdown."""
    lines = [[*heads], *([cell.replace("|", r"\|") for cell in row] for row in rows)]
    lines.insert(1, ["---"] * len(lines[0]))
    return "\n".join(f"| {' | '.join(line)} |" for line in lines) + "\n"


# ------------------------------------------------------------------------------------- commands


def commands() -> str:
    """Every stage: what it does, its options, an example."""
    return "\n".join(command(name) for name in stages())


def command(name: str) -> str:
    """One stage, as its own `--help` tells it."""
    made: Any = get_command(app).get_command(None, name)  # type: ignore[attr-defined]
    context = made.make_context(name, [], resilient_parsing=True)
    records = (parameter.get_help_record(context) for parameter in made.params)
    rows = [(f"`{names}`", " ".join(text.split())) for names, text in filter(None, records)]
    example = inspect.cleandoc(made.epilog.replace("\b\n", "").partition("Example:\n")[2])
    parts = [f"## {name}", plain(made.help), table(("option", ""), rows)]
    return "\n\n".join([*parts, f"```text\n{example}\n```", ""])


def plain(text: str) -> str:
    """A docstring as Markdown: its paragraphs, without the sections of Google's style."""
    text = re.split(r"\n\n(?:Args|Attributes|Raises|Returns):", inspect.cleandoc(text))[0]
    return text.replace("<", r"\<")


# ------------------------------------------------------------------------------------- settings


def study() -> str:
    """The keys of a study."""
    return models(Study)


def catalogue() -> str:
    """The keys of the catalogue, and of what its recipes and experiments may set."""
    return models(Catalogue) + models(Recipe)


def claims() -> str:
    """The keys of the ledger of claims."""
    return models(Ledger)


def datasets() -> str:
    """The options that each dataset takes."""
    return "\n".join(dataset(name) for name in adapter_names())


def dataset(name: str) -> str:
    """What is known of a dataset, and its options."""
    adapter: Any = load_adapter(name)
    facts = adapter.FACTS
    cited = f": {facts.citation}" if facts.citation else ""
    known = f"{facts.title}{cited}. Licence: {facts.licence}."
    schema = adapter.Options.model_json_schema()
    options = keys(schema, "option") if schema.get("properties") else "No options.\n"
    return f"### {name}\n\n{known}\n\n{options}"


def models(model: type[BaseModel]) -> str:
    """A model of settings, and the models that it is made of."""
    schema = model.model_json_schema()
    parts = {model.__name__: schema, **schema.get("$defs", {})}
    return "\n".join(
        f"### {name}\n\n{plain(part.get('description', ''))}\n\n{keys(part, 'key')}"
        for name, part in parts.items()
        if "properties" in part
    )


def keys(schema: Mapping[str, Any], head: str) -> str:
    """What each key takes, and what it is if it is not given."""
    required = schema.get("required", [])
    rows = [
        (f"`{key}`", kind(part), "needed" if key in required else default(part))
        for key, part in schema["properties"].items()
    ]
    return table((head, "takes", "without it"), rows)


def default(part: Mapping[str, Any]) -> str:
    """What a key is if it is not given."""
    value = part.get("default")
    if value is None:
        return ""
    if isinstance(value, dict) and value:
        return "its defaults"
    return f"`{str(value).lower() if isinstance(value, bool) else value}`"


def kind(part: Mapping[str, Any]) -> str:
    """What a key takes, in words."""
    if "$ref" in part:
        name = part["$ref"].rpartition("/")[2]
        return f"[{name}](#{name.lower()})"
    if "const" in part:
        return f"`{part['const']}`"
    if "enum" in part:
        return ", ".join(f"`{value}`" for value in part["enum"])
    for union in ("anyOf", "oneOf"):
        if union in part:
            return ", or ".join(kind(one) for one in part[union])
    if part.get("type") == "array":
        items = part.get("prefixItems") or [part.get("items", {})]
        each = list(dict.fromkeys(map(kind, items)))
        count = f"{len(items)} of " if "prefixItems" in part else "list of "
        return count + "; ".join(each)
    if part.get("type") == "object":
        values = part.get("additionalProperties")
        return f"names, each with {kind(values)}" if isinstance(values, dict) else "keys"
    return WORDS.get(part.get("type", ""), "anything") + limits(part)


WORDS = {
    "string": "text",
    "integer": "whole number",
    "number": "number",
    "boolean": "`true` or `false`",
    "null": "`null`",
}
BOUNDS = {
    "minimum": "from",
    "exclusiveMinimum": "above",
    "maximum": "to",
    "exclusiveMaximum": "below",
}


MACHINE = 2**31  # bounds from here on are those of the machine


def limits(part: Mapping[str, Any]) -> str:
    """The range of a number, if it has one."""
    found = {word: part[bound] for bound, word in BOUNDS.items() if bound in part}
    given = [f"{word} {value:g}" for word, value in found.items() if value < MACHINE]
    return f" {' '.join(given)}" if given else ""


# -------------------------------------------------------------------------------------- targets


def targets() -> str:
    """Every rule of the workflow: its files and what it is for."""
    names = re.findall(r'^include: "(.*)"', SNAKEFILE.read_text(), re.MULTILINE)
    return "\n".join(rules(SNAKEFILE.with_name("rules") / Path(name).name) for name in names)


def rules(path: Path) -> str:
    """The rules of one file."""
    text = path.read_text(encoding="utf-8")
    rows = [
        (f"`{found['name']}`", " ".join(found["text"].split()), "<br>".join(made(found["body"])))
        for found in RULE.finditer(text)
    ]
    if not rows:
        return ""
    head = ast.get_docstring(ast.parse(text.split('"""\n')[0] + '"""')) or ""
    return f"## {head.partition(chr(10))[0].rstrip('.')}\n\n" + table(("rule", "", "makes"), rows)


def made(body: str) -> list[str]:
    """The files that a rule makes, as its text has them."""
    output = re.search(
        r"^ +output:\n(.*?)^ +(?:log|params|wildcard_constraints):", body, re.M | re.S
    )
    found = re.findall(r'f?"([^"\n]*/[^"\n]*)"', output[1] if output else "")
    paths = [path for path in found if not path.startswith("../captions")]
    return [
        f"`{path.replace('{RESULTS}', 'results/STUDY').replace('{{', '{').replace('}}', '}')}`"
        for path in paths
    ]


# -------------------------------------------------------------------------------------- modules


def modules() -> str:
    """Every package with its modules, and what each is for."""
    packages = sorted({path.parent for path in SOURCE.rglob("*.py")})
    return "\n".join(filter(None, map(package, packages)))


def package(folder: Path) -> str:
    """The modules of one package that say what they are for."""
    rows = []
    for path in sorted(folder.glob("*.py")):
        text = ast.get_docstring(ast.parse(path.read_text(encoding="utf-8"))) or ""
        if text:
            rows.append((f"`{path.stem}`", plain(text).split("\n\n")[0].replace("\n", " ")))
    name = ".".join(("smartiqa", *folder.relative_to(SOURCE).parts))
    return f"## {name}\n\n" + table(("module", ""), rows) if rows else ""


PARTS: Mapping[str, Callable[[], str]] = {
    part.__name__: part for part in (commands, study, catalogue, claims, datasets, targets, modules)
}


if __name__ == "__main__":
    for page in WRITTEN:
        page.write_text(filled(page.read_text(encoding="utf-8")), encoding="utf-8")
