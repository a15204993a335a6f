"""What tables, sections and figures of the paper read, and which of them a study has."""


def template_name(path):
    """A template's name below paper/, without what it ends in."""
    return str(path.relative_to("paper")).removesuffix(".tex.j2")


def quoted_records(template):
    """The ledger and the measured times, where a template quotes them; only those wait for them."""
    text = Path(template).read_text()
    quoted = [
        name for name in RECORDS if re.search(rf"\b{name}(\.\w| is defined)|exhibits\(\)", text)
    ]
    return {name: f"{RESULTS}/{RECORDS[name]}" for name in quoted}


def as_options(inputs):
    """Named inputs as options of a command line."""
    return " ".join(f"--{name} {path}" for name, path in inputs.items())


def table_inputs(wildcards):
    """What one table needs beside values; the index of provenance reads all templates."""
    records = quoted_records(f"paper/tables/{wildcards.name}.tex.j2")
    if wildcards.name != "provenance":
        return records
    others = [*SOURCES, *sorted(Path("paper/tables").glob("*.tex.j2"))]
    return {**records, "others": local([*map(str, others)])}


def shown_by_figures(wildcards):
    """What figures declare to show, for the index of provenance; other tables do not depend on it."""
    if wildcards.name != "provenance":
        return ""
    names = included("figures")
    return json.dumps({name: [*declared_needs(name), *declared_shows(name)] for name in names})


def included(kind):
    """The tables or figures that the paper includes, and the study has something to show in."""
    names = sorted({inclusion.name for inclusion in INCLUDED if inclusion.kind == kind})
    return [name for name in names if planned(f"{kind}/{name}", STUDY, CATALOGUE)]


def figure_inputs(name):
    """The result files that a figure declares in its module."""
    scope = scope_of_plan(STUDY, CATALOGUE)
    return whole_stores(f"{RESULTS}/{path}" for path in expand_needs(declared_needs(name), scope))
