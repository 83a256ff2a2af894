"""A checker for the few keywords of JSON Schema that this project's schemas use; any other one is a fault
of the schema. Python's standard library has none."""
import re

KEYWORDS = {"$schema", "title", "description", "type", "required", "properties", "additionalProperties",
            "items", "pattern", "if", "then"}


def violations(value, schema, path):
    """Where a value breaks a JSON Schema; `path` is what to call it."""
    kinds = {"object": dict, "array": list, "string": str, "integer": int,
             "number": (int, float), "boolean": bool, "null": type(None)}
    unknown = set(schema) - KEYWORDS
    if unknown:
        yield "the schema of %s has %s" % (path, sorted(unknown))
    if "if" in schema and next(violations(value, schema["if"], path), None) is None:
        yield from violations(value, schema.get("then", {}), path)
    types = schema.get("type", list(kinds))
    types = [types] if isinstance(types, str) else types
    if not any(isinstance(value, kinds[t]) and not (t in ("integer", "number") and isinstance(value, bool))
               for t in types):
        yield "%s is no %s" % (path, " or ".join(types))
    elif isinstance(value, dict):
        known = schema.get("properties", {})
        for key in schema.get("required", []):
            if key not in value:
                yield "%s lacks %s" % (path, key)
        for key, inner in value.items():
            rule = known.get(key, schema.get("additionalProperties", {}))
            if rule is False:
                yield "%s has an unknown key %s" % (path, key)
            else:
                yield from violations(inner, rule or {}, "%s.%s" % (path, key))
    elif isinstance(value, list):
        for i, inner in enumerate(value):
            yield from violations(inner, schema.get("items", {}), "%s[%d]" % (path, i))
    elif isinstance(value, str) and not re.search(schema.get("pattern", ""), value):
        yield "%s does not match %s" % (path, schema["pattern"])
