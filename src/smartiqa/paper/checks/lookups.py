"""What lies below a shape: at a key, at a place, in a loop, behind a method."""

from __future__ import annotations

import inspect
from collections.abc import Iterator, Sequence

from smartiqa.core.strict import unknown_name
from smartiqa.paper.checks.shapes import (
    Absent,
    Either,
    Function,
    Items,
    Plain,
    Record,
    Row,
    Shape,
    Table,
    Text,
    Unseen,
    either,
    options_of,
)


def item_of(shape: Shape) -> Shape:
    """What a loop over a value gives."""
    return either(map(_item_of, options_of(shape)))


def _item_of(option: Shape) -> Shape:
    match option:
        case Items(of=item):
            return item
        case Row(places=places):
            return either(places)
        case Record(fields=fields):
            return Text(frozenset(fields), option.written)
        case Table(keys=keys):
            return Text(keys)
    return Unseen(f"an item of {title_of(option)}")


def any_below(above: Shape) -> Iterator[Shape]:
    """What may lie at a key that is not known."""
    for option in options_of(above):
        match option:
            case Record():
                yield from option.fields.values()
            case Table(of=of) | Items(of=of):
                yield of
            case Row(places=places):
                yield from places
            case _:
                yield Unseen(f"below {title_of(option)}")


def below(above: Shape, key: str) -> Shape | None:
    """What lies at a key of a shape, or is absent in some of its forms; None if nothing can."""
    found, lacking = [], []
    for option in options_of(above):
        match option:
            case Record(fields=fields) if key in fields:
                found.append(fields[key])
            case Table(of=of, keys=keys) if keys is None or key in keys:
                found.append(of)
            case Row(places=places, names=names) if key in names:
                found.append(places[names.index(key)])
            case Unseen():
                found.append(option)
            case Record(written=written) if written:
                pass  # a mapping of the template itself stands in for what is not there
            case Record() | Table():
                lacking.append(option)
    return either([*found, *(absent(option, key) for option in lacking)]) if found else None


def absent(above: Shape, key: str) -> Absent:
    """What lies at a key that a shape may lack."""
    return Absent(f"{no_key(above, key)}; use it only where it 'is defined'")


def no_key(above: Shape, key: str) -> str:
    """Say that there is no such key, and which is the nearest."""
    keys = sorted({k for option in options_of(above) for k in keys_of(option)})
    return f"{unknown_name('key', key, keys)} of {title_of(above)}"


def texts_in(shape: Shape) -> Text:
    """The texts that a value is or holds."""
    found = [
        texts_in(item_of(option)) if isinstance(option, Items | Row) else option
        for option in options_of(shape)
    ]
    joined = either(found) if found else Text()
    return joined if isinstance(joined, Text) else Text()


def at(shape: Shape, place: int) -> Shape:
    """What stands at a place of a tuple or of a sequence."""
    found = []
    for option in options_of(shape):
        match option:
            case Row(places=places) if place < len(places):
                found.append(places[place])
            case Items(of=of):
                found.append(of)
            case _:
                found.append(Unseen(f"place {place} of {title_of(option)}"))
    return either(found)


def method_of(shape: Shape, name: str) -> Function | None:
    """A method of mappings or sequences; None if there is no such method."""
    for option in options_of(shape):
        match option:
            case Record() | Table() if name in ("items", "values", "keys"):
                keys, of = _item_of(option), either(any_below(option))
                parts = {"items": Row((keys, of)), "values": of, "keys": keys}
                return Function(name, inspect.Signature(), Items(parts[name]))
            case Items() if name == "index":
                return Function(name, inspect.signature(lambda value: value), Plain())
    return None


def keys_of(shape: Shape) -> Sequence[str]:
    """The keys that are known to lie below a shape."""
    match shape:
        case Record(fields=fields):
            return list(fields)
        case Table(keys=keys):
            return sorted(keys or ())
        case Row(names=names):
            return names
    return ()


def title_of(shape: Shape) -> str:
    """A shape in words, for messages."""
    match shape:
        case Record(name=name):
            return name
        case Table():
            return "a table by name"
        case Plain(kind=kind):
            return f"a {kind}"
        case Unseen(why=why):
            return why
        case Either(options=options):
            return " or ".join(map(title_of, options))
    return f"a {type(shape).__name__.lower()}"
