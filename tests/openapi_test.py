#!/usr/bin/env python3
"""docs/openapi.yaml against the API's table of routes and its errors. tests/e2e/api_test.py compares it with answers.

usage: openapi_test.py SOURCE_DIRECTORY
"""

import pathlib
import re
import sys
import unittest

sys.path.append(str(pathlib.Path(__file__).resolve().parent / "support"))
import openapi  # in tests/support

METHOD_OF = {"get": "GET", "post": "POST", "patch": "PATCH", "remove": "DELETE"}
ROUTE = re.compile(r'Route\{HttpMethod::(\w+), "([^"]+)", Role::(\w+), ("[^"]*"|\w+), \w+\}')
NAMED = re.compile(r'constexpr std::string_view (\w+) = "([^"]+)";')
ERROR = re.compile(r'\{\s*(\d{3}),\s*"([a-z_]+)"')
UNKNOWN = re.compile(r'unknown\(\w+, "([a-z_]+)"')

ROOT = pathlib.Path(__file__).resolve().parents[1]


def sources():
    """Of all that answers requests to the API."""
    paths = [*(ROOT / "daemon/api").glob("*.cpp"), *(ROOT / "daemon/console").glob("*.cpp")]
    return [path.read_text(encoding="utf-8") for path in sorted(paths)]


def routes():
    """(method, path): (role, parameters of the query)."""
    text = (ROOT / "daemon/api/api.cpp").read_text(encoding="utf-8")
    named = dict(NAMED.findall(text))
    return {(METHOD_OF[method], path): (role, set((named.get(given) or given.strip('"')).split()))
            for method, path, role, given in ROUTE.findall(text)}


def described_routes():
    found = {}
    for method, path, operation in openapi.operations():
        parameters = [openapi.resolve(each) for each in operation.get("parameters", [])]
        found[method, path] = (operation["x-role"], {each["name"] for each in parameters if each["in"] == "query"})
    return found


class OpenApiTest(unittest.TestCase):
    maxDiff = None

    def test_routes_roles_and_parameters_are_those_of_the_table(self):
        self.assertGreater(len(routes()), 15)
        self.assertEqual(routes(), described_routes())

    def test_errors_are_those_that_the_code_has(self):
        thrown = {}
        for text in sources():
            for status, code in ERROR.findall(text):
                self.assertEqual(thrown.setdefault(code, int(status)), int(status), code)
            thrown.update(dict.fromkeys(UNKNOWN.findall(text), 404))
        self.assertGreater(len(thrown), 15)
        # Codes of the rules are described in docs/specification.md.
        self.assertEqual(thrown, openapi.error_codes())

    def test_references_lead_somewhere_and_objects_say_what_they_have(self):
        def visit(node, where):
            if isinstance(node, list):
                for at, each in enumerate(node):
                    visit(each, f"{where}[{at}]")
            if not isinstance(node, dict):
                return
            if "$ref" in node:
                openapi.resolve(node)
            if node.get("type") == "object":
                self.assertTrue("properties" in node or "additionalProperties" in node, where)
            for name in node.get("required", []) if isinstance(node.get("required"), list) else []:
                self.assertIn(name, node["properties"], where)
            for key, each in node.items():
                visit(each, f"{where}.{key}")

        visit(openapi.document, "openapi.yaml")

    def test_the_comparison_with_answers_notices_what_is_wrong(self):
        client = {"company_id": "1", "display_name": "A", "client_number": None, "type": "", "lead": "",
                  "status": "active", "etag": "x"}
        good = {"firm": "main", "total": 1, "types": [], "leads": [], "clients": [client]}

        def faults(body, status=200, media_type="application/json", path="clients"):
            return openapi.faults_of_answer("GET", path, status, media_type, body)

        self.assertEqual(faults(good), [])
        self.assertTrue(faults({**good, "total": "1"}))
        self.assertTrue(faults({**good, "more": 1}))
        self.assertTrue(faults({**good, "clients": [{**client, "status": "gone"}]}))
        self.assertTrue(faults({key: good[key] for key in ("firm", "total")}))
        self.assertTrue(faults(good, status=201))
        self.assertTrue(faults(good, media_type="text/html"))
        self.assertTrue(faults({"code": "x"}, status=404, media_type="application/problem+json"))


if __name__ == "__main__":
    unittest.main(argv=[sys.argv[0], "-v"])
