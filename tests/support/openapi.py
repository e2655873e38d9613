"""docs/openapi.yaml: what it says of the API, and whether an answer is one that it describes."""

import pathlib

import yaml

PAGE = pathlib.Path(__file__).resolve().parents[2] / "docs/openapi.yaml"
METHODS = ("get", "post", "patch", "delete")
TYPES = {"object": dict, "array": list, "string": str, "integer": int, "boolean": bool, "null": type(None)}

document = yaml.safe_load(PAGE.read_text(encoding="utf-8"))


def resolve(node):
    """What a reference names."""
    while "$ref" in node:
        name = node["$ref"]
        node = document
        for part in name.removeprefix("#/").split("/"):
            node = node[part]
    return node


def operations():
    """(method, path without the first `/`, operation) of everything that can be asked."""
    for path, item in document["paths"].items():
        for method in METHODS:
            if method in item:
                yield method.upper(), path.removeprefix("/"), item[method]


def error_codes():
    """The status of each code of an error."""
    return {code: says["status"] for code, says in document["components"]["schemas"]["Problem"]["x-codes"].items()}


def is_of_type(value, name):
    return isinstance(value, TYPES[name]) and not (isinstance(value, bool) and name == "integer")


def faults(schema, value, where="answer"):
    """What is wrong with a value, as a list of sentences. An object has no members but those that are named."""
    schema = resolve(schema)
    if "oneOf" in schema:
        tries = [faults(each, value, where) for each in schema["oneOf"]]
        return [] if [] in tries else min(tries, key=len)
    names = schema.get("type", [])
    names = [names] if isinstance(names, str) else names
    if names and not any(is_of_type(value, name) for name in names):
        return [f"{where} is {value!r}, not {' or '.join(names)}"]
    if "enum" in schema and value not in schema["enum"]:
        return [f"{where} is {value!r}, not one of {schema['enum']}"]
    if isinstance(value, list):
        return [fault for at, each in enumerate(value) for fault in faults(schema["items"], each, f"{where}[{at}]")]
    return faults_of_members(schema, value, where) if isinstance(value, dict) else []


def faults_of_members(schema, value, where):
    known = schema.get("properties", {})
    found = [f"{where} lacks {name}" for name in schema.get("required", []) if name not in value]
    for name, member in value.items():
        if name in known:
            found += faults(known[name], member, f"{where}.{name}")
        elif not schema.get("additionalProperties", False):
            found.append(f"{where} has {name}, which is not described")
    return found


def operation_of(method, path):
    """The operation and the pattern of a path that was asked, such as `imports/12/rows`; None: there is none."""
    parts = path.split("?")[0].split("/")
    patterns = sorted(document["paths"], key=lambda pattern: pattern.count("{"))
    for pattern in patterns:
        wanted = pattern.removeprefix("/").split("/")
        fits = len(wanted) == len(parts) and all(w in (p, "{id}") for w, p in zip(wanted, parts))
        if fits and method.lower() in document["paths"][pattern]:
            return document["paths"][pattern][method.lower()]
    return None


def faults_of_answer(method, path, status, media_type, body):
    """What is wrong with an answer to a request, as a list of sentences. `body`: JSON that was read, or anything else."""
    operation = operation_of(method, path)
    if operation is None:
        return [] if status in (404, 405) else [f"{method} {path} is not described, and is answered with {status}"]
    described = operation["responses"].get(str(status)) or (operation["responses"]["default"] if status >= 400 else None)
    if described is None:
        return [f"the status {status} is not described"]
    content = resolve(described).get("content", {})
    media_type = (media_type or "").split(";")[0]
    if not content:
        return [] if not body else ["there is a body, which is not described"]
    if media_type not in content:
        return [f"the type {media_type} is not described"]
    return faults(content[media_type]["schema"], body) if media_type.endswith("json") else []
