"""Our static rules see what they say they see, let the right way pass, and find nothing in the code as it is."""

from __future__ import annotations

import importlib.util
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
_spec = importlib.util.spec_from_file_location("security_rules", ROOT / "scripts" / "security_rules.py")
assert _spec is not None and _spec.loader is not None
rules = importlib.util.module_from_spec(_spec)
sys.modules["security_rules"] = rules
_spec.loader.exec_module(rules)

WRONG = {
    "safe-html": ["mark_safe(words)", "safestring.mark_safe(x)", "SafeString(words)"],
    "raw-sql": [
        "connection.cursor()",
        "Resident.objects.raw('select 1')",
        "Resident.objects.filter(x=1).extra(where=['1'])",
        "RawSQL('a', [])",
        "migrations.RunSQL('drop')",
    ],
    "outgoing": ["import httpx", "from urllib.request import urlopen", "import requests", "from http.client import x"],
    "no-timeout": ["requests.get(url)", "urlopen(url)", "httpx.get(url, timeout=None)", "httpx.Client(timeout=None)"],
    "insecure-tls": ["httpx.get(u, verify=False)", "ssl._create_unverified_context()"],
    "deserialising": ["import pickle", "from yaml import load", "import shelve", "import marshal"],
    "dynamic-code": ["eval(words)", "exec(words)", "compile(words, 'x', 'exec')"],
    "shell": ["subprocess.run(c, shell=True)", "os.system(c)", "os.popen(c)"],
    "weak-hash": ["hashlib.md5(x)", "hashlib.sha1(x)", "from hashlib import md5\nmd5(x)"],
    "weak-random": ["random.choice(letters)", "random.randint(0, 9)", "uuid.uuid1()"],
    "no-csrf": ["from django.views.decorators.csrf import csrf_exempt", "@csrf_exempt\ndef f(): ..."],
    "open-redirect": [
        "redirect(request.GET['next'])",
        "redirect(request.POST.get('next'))",
        "HttpResponseRedirect(request.META['HTTP_REFERER'])",
    ],
    "own-spreadsheet": ["csv.writer(out)", "Workbook()", "openpyxl.Workbook(write_only=True)"],
    "mass-assignment": ["Resident(**request.POST)", "Resident(**request.POST.dict())", "fields = '__all__'"],
    "debug": ["DEBUG = True", "settings.DEBUG = True"],
}
RIGHT = {
    "safe-html": "format_html('<b>{}</b>', words)",
    "raw-sql": "Resident.objects.filter(name=words).order_by('pk')",
    "outgoing": "from linli.foundation.security import outgoing\nfrom urllib.parse import urlsplit",
    "no-timeout": "httpx.get(url)\nhttpx.Client(timeout=5)\nrequests.get(url, timeout=3)",
    "insecure-tls": "httpx.get(u, verify=True)",
    "deserialising": "import json",
    "dynamic-code": "re.compile(words)\nast.literal_eval(x)",
    "shell": "subprocess.run([program, words])",
    "weak-hash": "hashlib.sha256(x)",
    "weak-random": "secrets.choice(letters)\nrandom.Random(seed)\nuuid.uuid4()",
    "no-csrf": "from django.views.decorators.csrf import csrf_protect",
    "open-redirect": "redirect(safe_next(request, request.GET.get('next')))\nredirect('home')",
    "own-spreadsheet": "csv.reader(lines)\nload_workbook(x)",
    "mass-assignment": "Resident(name=request.POST['name'])\nfields = ('name',)",
    "debug": "DEBUG = False",
}


@pytest.mark.parametrize(("rule", "code"), [(rule, code) for rule, codes in WRONG.items() for code in codes])
def test_a_rule_sees_what_it_is_for(rule, code):
    assert rule in {one.rule for one in rules.in_python(code, "x.py")}


@pytest.mark.parametrize(("rule", "code"), RIGHT.items())
def test_a_rule_lets_the_right_way_pass(rule, code):
    assert rule not in {one.rule for one in rules.in_python(code, "x.py")}


@pytest.mark.parametrize(
    ("rule", "line"),
    [
        ("unescaped-template", "{{ words|safe }}"),
        ("unescaped-template", "{% autoescape off %}"),
        ("inline", '<i style="--p:3%"></i>'),
        ("inline", "<script>run()</script>"),
        ("inline", '<b onclick="run()">'),
        ("inline", '<a href="javascript:run()">'),
        ("inline", "<style>b{}</style>"),
    ],
)
def test_templates_are_read_too(rule, line):
    assert [one.rule for one in rules.in_template(line, "x.html")] == [rule]


@pytest.mark.parametrize(
    "line", ['<script src="/x.js" type="module"></script>', '<script id="d" type="application/json">', "{{ words }}"]
)
def test_what_a_page_may_have_passes(line):
    assert list(rules.in_template(line, "x.html")) == []


def test_markup_in_scripts_is_seen():
    assert [one.rule for one in rules.in_script("box.innerHTML = words;", "x.ts")] == ["inner-html"]
    assert list(rules.in_script("box.textContent = words;", "x.ts")) == []


def test_every_rule_has_been_seen_to_work():
    seen = set(WRONG) | {"unescaped-template", "inline", "inner-html"}
    assert seen == set(rules.RULES)


def test_the_code_breaks_no_rule_and_no_exception_is_left_over():
    assert [str(one) for one in rules.findings()] == []
    assert rules.unused_exceptions() == []
