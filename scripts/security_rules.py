"""Our own rules beside ruff's ``S``: what this code never does, each with the one place that may.

A finding is ``path:line: rule: why``. An exception is a file named in :data:`ALLOWED` with its reason; nothing is excused
by a comment on the line, so that every exception is read in one place.
"""

from __future__ import annotations

import ast
import re
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
SOURCE = ROOT / "src" / "linli"
FRONTEND = ROOT / "frontend" / "src"


@dataclass(frozen=True)
class Finding:
    path: str
    line: int
    rule: str

    def __str__(self) -> str:
        return f"{self.path}:{self.line}: {self.rule}: {RULES[self.rule]}"


RULES = {
    "safe-html": "only the kit may declare a text safe; use format_html",
    "unescaped-template": "a template shows nothing unescaped",
    "inline": "no page carries inline script, style or event handlers",
    "raw-sql": "the database is asked through the ORM",
    "outgoing": "requests to other machines go through foundation/security/outgoing.py",
    "no-timeout": "a request without a timeout hangs for ever",
    "insecure-tls": "certificates are always checked",
    "deserialising": "bytes from outside never become code or objects",
    "dynamic-code": "no text becomes code",
    "shell": "no command goes through a shell",
    "weak-hash": "MD5 and SHA-1 protect nothing",
    "weak-random": "secrets come from the secrets module",
    "no-csrf": "every form is checked for its origin",
    "open-redirect": "where a request wants to go is judged by accounts.pages.safe_next",
    "own-spreadsheet": "files for spreadsheets are written by foundation/documents/spreadsheets.py",
    "mass-assignment": "fields are named one by one",
    "debug": "debugging is never switched on in code",
    "inner-html": "the browser gets text, not markup",
}
ALLOWED: dict[str, dict[str, str]] = {
    "safe-html": {
        "faces/kit/templatetags/kit.py": "icons of our own, and a query that urlencode has made",
    },
    "unescaped-template": {
        "faces/cockpit/templates/cockpit/cockpit.html": "panels that the same process has just rendered from templates",
    },
    "no-csrf": {
        "faces/workbench/pages/unsubscribing.py": "mail programs post there without a cookie (RFC 8058); the signed address ends one subscription",
    },
    "raw-sql": {
        "sense/telemetry/rows.py": "bulk writes that the ORM cannot express; no text of anybody is part of a statement",
        "understand/warnings/rows.py": "many rows with a value each, which the ORM writes too slowly; every value is a parameter",
        "act/casework/searching.py": "full text is each database's own; what is looked for is a parameter",
        "cli/bench_cases_filling.py": "the database counts its rows after a bulk write, as it does by itself in time",
        "foundation/lifecycle/statistics.py": "the database counts its own rows; no text of anybody is part of a statement",
        "cli/backup.py": "the database's own way to copy itself",
        "cli/doctor_checks.py": "asks the database how it is",
        "cli/snapshots.py": "reads a copy that the ORM is not connected to",
        "foundation/privacy/retention/freeing.py": "overwriting freed pages is the database's own; names of tables only",
        "foundation/accounts/limits.py": "the shared cache is no model; what is looked for is a parameter",
        "foundation/vault/migrating.py": "a migration reads columns under their old type",
    },
    "outgoing": {
        "foundation/security/outgoing.py": "is that one way",
        "cli/bench_cases.py": "a measurement knocks at the server that it has just started",
        "simulator/instance.py": "people of the simulator knock at their own instance",
        "simulator/demo.py": "the demo's driver knocks at its own instance",
        "simulator/doors/api.py": "people of the simulator knock at their own instance",
        "simulator/doors/pages.py": "people of the simulator knock at their own instance",
    },
    "weak-random": {},
    "own-spreadsheet": {
        "foundation/documents/spreadsheets.py": "is that one writer",
        "foundation/registry/importing/workbooks.py": "templates and returned rows must be importable as they are; text only",
        "sense/telemetry/importing/actions.py": "returned rows must be importable as they are; their cells pass spreadsheets.plain",
        "faces/workbench/pages/readings.py": "an empty file must be importable as it is; codes of devices pass spreadsheets.plain",
        "sense/telemetry/importing/keeping.py": "a sheet that was brought, for our own reader; nobody is given it",
        "foundation/privacy/rights/packing.py": "a copy for machines; its cells pass spreadsheets.plain",
        "foundation/privacy/analysis/files.py": "carries its own mark on every line; its cells pass spreadsheets.plain",
        "faces/workbench/pages/retention.py": "the deletion register, to be checked by machine: counts and digests",
        "foundation/privacy/publishing/files.py": "open data: published numbers and our own words, which carry no mark",
        "simulator/neighbourhood/import_files.py": "files that are imported, made up",
    },
    "inner-html": {
        "cockpit.ts": "panels that our own server has rendered, fetched from our own address",
    },
}
SAFE = {"mark_safe", "SafeString", "SafeText"}
LIBRARIES = {"httpx", "requests", "urllib.request", "urllib3", "http.client", "aiohttp", "socket"}
SOCKETS_ARE_FINE = {"socket"}
UNPICKLERS = {"pickle", "cPickle", "marshal", "shelve", "dill", "jsonpickle", "yaml"}
VERBS = {"get", "post", "put", "patch", "delete", "head", "options", "request", "stream", "Client", "AsyncClient"}


def findings() -> list[Finding]:
    """Everything that the rules find and no exception covers."""
    found = [
        one
        for path in sorted(SOURCE.rglob("*.py"))
        if not _is_test(path)
        for one in in_python(path.read_text(), _name(path))
    ]
    found += [one for path in sorted(SOURCE.rglob("*.html")) for one in in_template(path.read_text(), _name(path))]
    found += [one for path in sorted(FRONTEND.glob("*.ts")) for one in in_script(path.read_text(), path.name)]
    return [one for one in found if one.path not in ALLOWED.get(one.rule, {})]


def unused_exceptions() -> list[str]:
    """Exceptions for files that no longer need one."""
    needed = {
        (one.rule, one.path)
        for path in [*SOURCE.rglob("*.py"), *SOURCE.rglob("*.html"), *FRONTEND.glob("*.ts")]
        if not _is_test(path)
        for one in _any(path)
    }
    return [f"{rule}: {path}" for rule, files in ALLOWED.items() for path in files if (rule, path) not in needed]


def _any(path: Path) -> Iterator[Finding]:
    text = path.read_text()
    if path.suffix == ".py":
        return in_python(text, _name(path))
    return in_template(text, _name(path)) if path.suffix == ".html" else in_script(text, path.name)


def in_python(text: str, name: str) -> Iterator[Finding]:
    for node in ast.walk(ast.parse(text)):
        for rule, sees in PYTHON.items():
            if sees(node):
                yield Finding(name, getattr(node, "lineno", 1), rule)


def in_template(text: str, name: str) -> Iterator[Finding]:
    for number, line in enumerate(text.splitlines(), start=1):
        if re.search(r"\|\s*(?:safe|safeseq)\b|autoescape\s+off", line):
            yield Finding(name, number, "unescaped-template")
        if re.search(
            r"<style\b|<script(?![^>]*\b(?:src=|type=\"application/json\"))[^>]*>|\sstyle=|\son[a-z]+=\"|javascript:|hx-on",
            line,
        ):
            yield Finding(name, number, "inline")


def in_script(text: str, name: str) -> Iterator[Finding]:
    for number, line in enumerate(text.splitlines(), start=1):
        if re.search(r"\b(?:innerHTML|outerHTML)\s*=|insertAdjacentHTML|document\.write|\beval\(|new Function\(", line):
            yield Finding(name, number, "inner-html")


def _dotted(node: ast.AST) -> str:
    match node:
        case ast.Attribute(value=value, attr=attr):
            return f"{_dotted(value)}.{attr}".lstrip(".")
        case ast.Name(id=name):
            return name
        case ast.Call(func=func):
            return _dotted(func)
    return ""


def _calls(*names: str) -> Callable[[ast.AST], bool]:
    return lambda node: (
        isinstance(node, ast.Call)
        and (_dotted(node.func) in names or _dotted(node.func).rpartition(".")[2] in {n for n in names if "." not in n})
    )


def _imports(modules: set[str]) -> Callable[[ast.AST], bool]:
    def sees(node: ast.AST) -> bool:
        if isinstance(node, ast.Import):
            return any(alias.name in modules or alias.name.partition(".")[0] in modules for alias in node.names)
        return (
            isinstance(node, ast.ImportFrom)
            and node.level == 0
            and (node.module in modules or (node.module or "").partition(".")[0] in modules)
        )

    return sees


def _without_timeout(node: ast.AST) -> bool:
    """``httpx`` waits five seconds unless it is told not to; the others wait for ever unless they are told."""
    if not isinstance(node, ast.Call):
        return False
    library, _dot, verb = _dotted(node.func).rpartition(".")
    given = {one.arg: one.value for one in node.keywords}
    if library == "httpx" and verb in VERBS:
        return isinstance(given.get("timeout"), ast.Constant) and given["timeout"].value is None  # type: ignore[union-attr]
    return ((library == "requests" and verb in VERBS) or verb == "urlopen") and "timeout" not in given


def _keyword(name: str, value: object) -> Callable[[ast.AST], bool]:
    return lambda node: (
        isinstance(node, ast.keyword)
        and node.arg == name
        and (isinstance(node.value, ast.Constant) and node.value.value is value)
    )


def _raw_sql(node: ast.AST) -> bool:
    if _calls("RawSQL", "cursor", "RunSQL")(node):
        return True
    if not (isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute)):
        return False
    return node.func.attr in {"raw", "extra"} and "objects" in _dotted(node.func.value)


def _redirects_as_told(node: ast.AST) -> bool:
    """``redirect(request.GET[...])``: the address is somebody else's."""
    if not _calls("redirect", "HttpResponseRedirect", "HttpResponsePermanentRedirect")(node):
        return False
    return any(
        _dotted(part).startswith(("request.GET", "request.POST", "request.META", "request.headers"))
        for argument in node.args  # type: ignore[attr-defined]
        for part in ast.walk(argument)
        if not isinstance(argument, ast.Call) or _dotted(argument.func) != "safe_next"
    )


def _assigns_whatever_came(node: ast.AST) -> bool:
    """``Model(**request.POST)`` or ``fields = "__all__"``."""
    if isinstance(node, ast.Call):
        return any(
            one.arg is None and _dotted(one.value).startswith(("request.POST", "request.GET")) for one in node.keywords
        )
    return (
        isinstance(node, ast.Assign)
        and any(_dotted(target) in {"fields", "model_fields"} for target in node.targets)
        and isinstance(node.value, ast.Constant)
        and node.value.value == "__all__"
    )


def _weak_random(node: ast.AST) -> bool:
    return (
        isinstance(node, ast.Call)
        and re.fullmatch(
            r"random\.(?:random|randint|choice|choices|getrandbits|randrange)|uuid\.uuid1|uuid1", _dotted(node.func)
        )
        is not None
    )


PYTHON: dict[str, Callable[[ast.AST], bool]] = {
    "safe-html": _calls(*SAFE),
    "raw-sql": _raw_sql,
    "outgoing": _imports(LIBRARIES - SOCKETS_ARE_FINE),
    "no-timeout": _without_timeout,
    "insecure-tls": lambda node: _keyword("verify", False)(node) or _calls("_create_unverified_context")(node),
    "deserialising": _imports(UNPICKLERS),
    "dynamic-code": lambda node: isinstance(node, ast.Call) and _dotted(node.func) in {"eval", "exec", "compile"},
    "shell": lambda node: _keyword("shell", True)(node) or _calls("os.system", "os.popen")(node),
    "weak-hash": _calls("hashlib.md5", "hashlib.sha1", "md5", "sha1"),
    "weak-random": _weak_random,
    "no-csrf": lambda node: (
        isinstance(node, ast.Name | ast.alias)
        and (node.id if isinstance(node, ast.Name) else node.name) == "csrf_exempt"
    ),
    "open-redirect": _redirects_as_told,
    "own-spreadsheet": _calls("csv.writer", "csv.DictWriter", "Workbook"),
    "mass-assignment": _assigns_whatever_came,
    "debug": lambda node: (
        isinstance(node, ast.Assign)
        and any(_dotted(target).endswith("DEBUG") for target in node.targets)
        and isinstance(node.value, ast.Constant)
        and node.value.value is True
    ),
}


def _is_test(path: Path) -> bool:
    return "tests" in path.parts or path.name == "testing.py"


def _name(path: Path) -> str:
    return path.relative_to(SOURCE).as_posix()


def main() -> int:
    found = [*map(str, findings()), *(f"this exception is not needed any more: {one}" for one in unused_exceptions())]
    for one in found:
        print(one, file=sys.stderr)
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
