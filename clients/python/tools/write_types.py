"""Write the types of what goes over the wire, from the hub's OpenAPI description.

    python clients/python/tools/write_types.py [description.json]

`make docs` runs it with the description that the tests hold (`tests/contracts/openapi.json`). Every object of the
description becomes a TypedDict, every list of codes a Literal, so that a type checker knows what the hub knows.
"""

import json
import re
import sys
import textwrap
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

CLIENT = Path(__file__).resolve().parents[1]
DESCRIPTION = CLIENT.parents[1] / "tests/contracts/openapi.json"
TYPES = CLIENT / "src/datahub_client/types"
HEAD = '"""{about} Written by `tools/write_types.py` from the hub\'s description, not by hand."""\n'
WIDTH = 120
# Numbers come back as they were sent, so floats have no place here. Times are text, as on the wire.
SCALARS = {"string": "str", "boolean": "bool", "integer": "int", "number": "Number"}
# The files in which types stand, by the tag of the services that use them alone.
FILES = {
    "agreement": "agreements",
    "connection-state": "connection_requests",
    "customer": "customers",
    "customer-authorization": "authorizations",
    "data-distribution": "distribution",
    "direct-messages": "enquiries",
    "meter": "metering_points",
    "meter-data": "readings",
    "network-bill": "bills",
}
COMMON = "common"
# Lists of codes whose names, made of an object and a field, would say too much or too little.
NAMES = {
    "ChangedConnectionRequestRequestedConnectionState": "RequestedConnectionState",
    "ChangedCustomerCustomerType": "CustomerType",
    "ChangedElectricityCustomerType": "ElectricityCustomerType",
    "ChangedElectricityResolution": "ElectricityResolution",
    "ChangedNaturalGasCustomerType": "NaturalGasCustomerType",
    "ChangedNaturalGasResolution": "NaturalGasResolution",
    "CriteriaIdentityType": "SearchedIdentityType",
    "DirectMessageAttributesRequestStatus": "EnquiryStatus",
    "DirectMessageRequestChangeRequestStatus": "ChangedEnquiryStatus",
    "DirectMessageResponseRequestStatus": "EnquiryResponseStatus",
    "FoundCustomerCustomerType": "FoundCustomerType",
    "NamedIdentityIdentityType": "IdentityType",
    "NewIdentityIdentityType": "NewIdentityType",
    "R": "Resolution",
    "RType": "ReadingType",
    "Status": "DocumentStatus",
}

Schema = dict[str, Any]


class Description:
    """The objects and codes of a description."""

    def __init__(self, described: dict[str, Any]) -> None:
        self.schemas: dict[str, Schema] = described["components"]["schemas"]
        self.used_by = self._uses(described["paths"])
        self.codes = self._name_codes()

    def _uses(self, paths: dict[str, Any]) -> dict[str, set[str]]:
        """Give for each object that a method takes or gives the tags of the services that use it."""
        used: dict[str, set[str]] = {}
        for operation in (one for methods in paths.values() for one in methods.values()):
            found: set[str] = set()
            body = self._referred(operation["requestBody"]["content"]["application/json"]["schema"])
            for name, property_ in self.schemas[body[0]]["properties"].items():
                # Each method's parameters are named by itself; what they hold is what callers need types of.
                if name != "pagination":
                    self._reach(property_, found)
            for status, answer in operation["responses"].items():
                if status.startswith("2") and "content" in answer:
                    self._reach(answer["content"]["application/json"]["schema"], found)
            for name in found:
                used.setdefault(name, set()).update(operation["tags"])
        return used

    def _referred(self, schema: Schema) -> list[str]:
        """Give the names of the objects that a schema names, in their order."""
        return re.findall(r'"\$ref": "#/components/schemas/(\w+)"', json.dumps(schema))

    def _reach(self, schema: Schema, found: set[str]) -> None:
        for name in self._referred(schema):
            if name not in found:
                found.add(name)
                self._reach(self.schemas[name], found)

    def objects(self) -> list[str]:
        """Give the names of the objects in use, each behind those that it names: so they can be read as they stand."""
        wanted = sorted(name for name in self.used_by if "properties" in self.schemas[name])
        found: list[str] = []

        def add(name: str) -> None:
            if name in found or name not in wanted:
                return
            for used in self._referred(self.schemas[name]):
                add(used)
            found.append(name)

        for name in wanted:
            add(name)
        return found

    def file_of(self, name: str) -> str:
        """Give the file in which an object stands."""
        tags = self.used_by[name]
        return FILES[next(iter(tags))] if len(tags) == 1 else COMMON

    def _lists_of_codes(self) -> Iterator[tuple[str, str, tuple[str, ...]]]:
        for name in sorted(self.objects()):
            for field, schema in self.schemas[name]["properties"].items():
                inner = schema.get("items", schema)
                if "enum" in inner and len(inner["enum"]) > 1:
                    yield name, field, tuple(inner["enum"])

    def _name_codes(self) -> dict[tuple[str, ...], str]:
        """Name each list of codes by its field; by its object too where fields of the same name have several lists."""
        lists: dict[str, set[tuple[str, ...]]] = {}
        for _, field, codes in self._lists_of_codes():
            lists.setdefault(self._title(field), set()).add(codes)
        named: dict[tuple[str, ...], str] = {}
        for name, field, codes in self._lists_of_codes():
            title = self._title(field)
            own = title if len(lists[title]) == 1 else f"{name.removesuffix('Characteristics')}{title}"
            named.setdefault(codes, NAMES.get(own, own))
        return named

    def _title(self, field: str) -> str:
        title = field[0].upper() + field[1:]
        return title.removesuffix("s") if title.endswith("Types") else title

    def type_of(self, schema: Schema) -> str:
        """Give the Python type of a schema."""
        if "$ref" in schema:
            return self._referred(schema)[0]
        if len(schema.get("allOf", ())) == 1:
            return self.type_of(schema["allOf"][0])
        if "oneOf" in schema:
            return " | ".join(self.type_of(one) for one in schema["oneOf"])
        if "enum" in schema:
            codes = tuple(schema["enum"])
            return self.codes.get(codes) or f"Literal[{json.dumps(codes[0], ensure_ascii=False)}]"
        if schema["type"] == "array":
            return f"list[{self.type_of(schema['items'])}]"
        return SCALARS[schema["type"]]


def _sentence(text: str) -> str:
    return " ".join(text.split())


def _class(described: Description, name: str) -> str:
    """Write the TypedDict of an object."""
    schema = described.schemas[name]
    required = set(schema.get("required", ()))
    about = _sentence(schema.get("description") or f"The wire's {name}.")
    lines = [f"class {name}(TypedDict):", *_docstring(about), ""]
    for field, inner in schema["properties"].items():
        said = _sentence(inner.get("description", ""))
        type_ = described.type_of(inner)
        line = f"    {field}: {type_ if field in required else f'NotRequired[{type_}]'}"
        if said and len(line) + len(said) + 4 <= WIDTH:
            line += f"  # {said}"
        elif said:
            lines += [f"    # {part}" for part in _wrapped(said, WIDTH - 6)]
        lines.append(line)
    return "\n".join(lines) + "\n"


def _docstring(text: str) -> list[str]:
    """Write a docstring; one that is too long for a line has its first sentence alone."""
    if len(text) + 10 <= WIDTH:
        return [f'    """{text}"""']
    first, _, rest = text.partition(". ")
    return [f'    """{first}.', "", *(f"    {part}" for part in _wrapped(rest, WIDTH - 4)), '    """']


def _wrapped(text: str, width: int) -> list[str]:
    return textwrap.wrap(text, width, break_long_words=False, break_on_hyphens=False)


def _literal(name: str, codes: Iterable[str]) -> str:
    """Write the alias of a list of codes."""
    quoted = [json.dumps(code, ensure_ascii=False) for code in codes]
    return _fitting(f"{name} = Literal[", quoted, "]")


def _fitting(start: str, parts: Iterable[str], end: str) -> str:
    """Write a list in a line, or where it is too long one part in each: the form that ruff gives it."""
    parts = list(parts)
    line = f"{start}{', '.join(parts)}{end}"
    if len(line) <= WIDTH:
        return line + "\n"
    return f"{start}\n" + "".join(f"    {part},\n" for part in parts) + f"{end}\n"


def _import(home: str, names: Iterable[str]) -> str:
    named = sorted(names, key=str.lower)
    start = f"from datahub_client.types.{home} import "
    line = f"{start}{', '.join(named)}\n"
    return line if len(line) <= WIDTH + 1 else _fitting(f"{start}(", named, ")")


def _imports(words: set[str], homes: dict[str, str], own: str) -> str:
    """Write the imports of a file that uses some words and is itself the home of others."""
    typing = sorted(words & {"Literal", "NotRequired", "TypedDict"})
    wanted: dict[str, set[str]] = {}
    for word in words & set(homes):
        if homes[word] != own:
            wanted.setdefault(homes[word], set()).add(word)
    others = "".join(_import(home, names) for home, names in sorted(wanted.items()))
    return f"from typing import {', '.join(typing)}\n" + ("\n" + others if others else "")


def files(description: dict[str, Any]) -> dict[str, str]:
    """Give the text of each file of types by its name."""
    described = Description(description)
    homes = {name: described.file_of(name) for name in described.objects()}
    homes |= dict.fromkeys(described.codes.values(), "codes") | {"Number": "numbers"}
    bodies: dict[str, list[str]] = {}
    for name in described.objects():
        bodies.setdefault(homes[name], []).append(_class(described, name))
    literals = [_literal(name, codes) for codes, name in sorted(described.codes.items(), key=lambda one: one[1])]
    written = {
        "codes.py": HEAD.format(about="The market's lists of codes.")
        + "\nfrom typing import Literal\n\n"
        + "".join(literals),
        "numbers.py": HEAD.format(about="Numbers as they are on the wire: exact.")
        + "\nfrom decimal import Decimal\n\nNumber = int | Decimal\n",
    }
    for home, classes in sorted(bodies.items()):
        words = set(re.findall(r"\b[A-Z]\w+\b", re.sub(r'(?s)#[^\n]*|""".*?"""', "", "".join(classes))))
        about = f"What is said of {home.replace('_', ' ')}." if home != COMMON else "What several services say."
        imports = _imports(words, homes, home)
        written[f"{home}.py"] = HEAD.format(about=about) + f"\n{imports}\n\n" + "\n\n".join(classes)
    return written | {"__init__.py": _index(homes)}


def _index(homes: dict[str, str]) -> str:
    """Write the file from which all types are imported."""
    by_home: dict[str, list[str]] = {}
    for name, home in homes.items():
        by_home.setdefault(home, []).append(name)
    imports = "".join(_import(home, names) for home, names in sorted(by_home.items()))
    listed = "".join(f'    "{name}",\n' for name in sorted(homes))
    return HEAD.format(about="All types of what goes over the wire.") + f"\n{imports}\n__all__ = [\n{listed}]\n"


def main() -> None:
    """Write all files of types."""
    source = Path(sys.argv[1]) if len(sys.argv) > 1 else DESCRIPTION
    TYPES.mkdir(exist_ok=True)
    for name, text in files(json.loads(source.read_text(encoding="utf-8"))).items():
        (TYPES / name).write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main()
