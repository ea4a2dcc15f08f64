"""Translations: ``compile`` the catalogues, ``check`` that every Chinese text has an English one.

Chinese is the source language; each app keeps ``locale/en/LC_MESSAGES/django.po``. Babel reads and writes them, so
that nothing outside PyPI is needed.
"""

from __future__ import annotations

import io
import os
import re
import sys
from pathlib import Path

from babel.messages.extract import extract_python
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po

ROOT = Path(__file__).resolve().parent.parent
SOURCE = ROOT / "src" / "linli"
KEYWORDS = {
    "_": None, "gettext": None, "gettext_lazy": None, "gettext_noop": None, "pgettext": ((1, "c"), 2),
    "pgettext_lazy": ((1, "c"), 2), "ngettext": (1, 2), "ngettext_lazy": (1, 2), "npgettext": ((1, "c"), 2, 3),
}  # fmt: skip
PLACEHOLDER = re.compile(r"%\((\w+)\)[sd]|\{(\w+)\}")


def catalogues() -> list[Path]:
    return sorted(SOURCE.glob("**/locale/en/LC_MESSAGES/django.po"))


def compile_all() -> int:
    stale = [po for po in catalogues() if not po.with_suffix(".mo").exists()
             or po.with_suffix(".mo").stat().st_mtime < po.stat().st_mtime]  # fmt: skip
    for po in stale:
        with po.open("rb") as source, po.with_suffix(".mo").open("wb") as target:
            write_mo(target, read_po(source, locale="en"))
    return 0 if stale else 3


def texts_in(path: Path):
    """(line, message ids) of a Python file or a template."""
    code = path.read_text()
    if path.suffix in {".html", ".txt"}:
        from django.utils.translation.template import templatize

        code = templatize(code)
    for line, _function, messages, _comments in extract_python(
        io.BytesIO(code.encode()), KEYWORDS, [], {"encoding": "utf-8"}
    ):
        # What is put together only at run time has no text here.
        ids = [messages] if isinstance(messages, str) else [m for m in messages or () if m]
        yield line, ids


def check() -> int:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "linli.config.test_settings")
    import django

    django.setup()
    known: dict[str, str] = {}
    faults: list[str] = []
    for po in catalogues():
        with po.open("rb") as source:
            for message in read_po(source, locale="en"):
                if not message.id:
                    continue
                ids = message.id if isinstance(message.id, tuple) else (message.id,)
                strings = message.string if isinstance(message.string, tuple) else (message.string,)
                if message.fuzzy or not all(strings):
                    faults.append(f"{po.relative_to(ROOT)}: no English for {ids[0]!r}")
                for original, english in zip(ids, strings, strict=False):
                    if set(PLACEHOLDER.findall(original)) != set(PLACEHOLDER.findall(english)):
                        faults.append(f"{po.relative_to(ROOT)}: placeholders differ in {original!r}")
                    known[original] = english
    files = [p for p in SOURCE.glob("**/*.py") if "/tests/" not in str(p) and "/migrations/" not in str(p)]
    files += [p for p in SOURCE.glob("**/templates/**/*") if p.suffix in {".html", ".txt"}]
    for path in sorted(files):
        for line, ids in texts_in(path):
            faults += [
                f"{path.relative_to(ROOT)}:{line}: not translated: {text!r}"
                for text in ids
                if text not in known and re.search(r"[\u4e00-\u9fff]", text)
            ]
    for path in sorted(files):
        if path.suffix == ".html":
            faults += [
                f"{path.relative_to(ROOT)}:{n}: text outside translation: {bare!r}" for n, bare in bare_chinese(path)
            ]
    print("\n".join(faults) or "every text is translated")
    return 1 if faults else 0


def bare_chinese(path: Path):
    """Chinese in a template that no translation tag covers."""
    code = path.read_text()
    blank = lambda match: "\n" * match.group().count("\n")  # noqa: E731
    code = re.sub(r"{%\s*blocktrans.*?endblocktrans\s*%}|{%\s*comment.*?endcomment\s*%}|{#.*?#}|{%.*?%}|{{.*?}}|<!--.*?-->",
                  blank, code, flags=re.S)  # fmt: skip
    for number, line in enumerate(code.splitlines(), start=1):
        if re.search(r"[\u4e00-\u9fff]", line):
            yield number, line.strip()[:60]


if __name__ == "__main__":
    sys.exit(compile_all() if sys.argv[1:] == ["compile"] else check())
