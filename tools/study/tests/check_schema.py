#!/usr/bin/env python3
"""Checks JSON lines against a schema, by the few keywords of JSON Schema that ours uses: type, enum,
const, required, properties, additionalProperties, items, minimum, pattern, allOf, if, then.

usage: check_schema.py SCHEMA.json FILE.jsonl"""
import json
import re
import sys

TYPES = {"object": dict, "array": list, "string": str, "boolean": bool, "null": type(None)}
KNOWN = {"$schema", "$id", "title", "description", "type", "enum", "const", "required", "properties",
         "additionalProperties", "items", "minimum", "pattern", "allOf", "if", "then"}


def is_type(value, name):
    if name in ("number", "integer"):
        whole = isinstance(value, int) or (isinstance(value, float) and value.is_integer())
        return not isinstance(value, bool) and (whole or (name == "number" and isinstance(value, float)))
    return isinstance(value, TYPES[name])


def faults(value, schema, path="$"):
    """Every way in which the value breaks the schema."""
    unknown = set(schema) - KNOWN
    if unknown:
        yield f"schema: keywords {unknown} are not known here"
    types = schema.get("type", [])
    types = [types] if isinstance(types, str) else types
    if types and not any(is_type(value, name) for name in types):
        yield f"{path}: {value!r} is no {' or '.join(types)}"
        return
    if "enum" in schema and value not in schema["enum"]:
        yield f"{path}: {value!r} is not among {schema['enum']}"
    if "const" in schema and value != schema["const"]:
        yield f"{path}: {value!r} is not {schema['const']!r}"
    if "minimum" in schema and is_type(value, "number") and value < schema["minimum"]:
        yield f"{path}: {value} is below {schema['minimum']}"
    if "pattern" in schema and isinstance(value, str) and not re.search(schema["pattern"], value):
        yield f"{path}: {value!r} does not fit {schema['pattern']}"
    if isinstance(value, dict):
        known = schema.get("properties", {})
        for name in schema.get("required", []):
            if name not in value:
                yield f"{path}: {name} is missing"
        for name, one in value.items():
            if name in known:
                yield from faults(one, known[name], f"{path}.{name}")
            elif schema.get("additionalProperties") is False:
                yield f"{path}: {name} is not known"
    if isinstance(value, list) and "items" in schema:
        for i, one in enumerate(value):
            yield from faults(one, schema["items"], f"{path}[{i}]")
    for part in schema.get("allOf", []):
        yield from faults(value, part, path)
    if "if" in schema and not any(faults(value, schema["if"], path)):
        yield from faults(value, schema.get("then", {}), path)


def main():
    with open(sys.argv[1]) as file:
        schema = json.load(file)
    found = rows = 0
    with open(sys.argv[2]) as file:
        for number, line in enumerate(file, 1):
            rows += 1
            for fault in faults(json.loads(line), schema):
                print(f"{sys.argv[2]}:{number}: {fault}")
                found += 1
    if rows == 0:
        sys.exit(f"{sys.argv[2]}: no rows")
    sys.exit(1 if found else 0)


if __name__ == "__main__":
    main()
