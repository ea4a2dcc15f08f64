"""Build hook: a wheel carries the compiled front end and translations, so that installing it needs no Node."""

from pathlib import Path

from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po
from hatchling.builders.hooks.plugin.interface import BuildHookInterface

BUILT = "src/linli/faces/kit/static/linli/app.css"


class Assets(BuildHookInterface):
    PLUGIN_NAME = "custom"

    def initialize(self, version, build_data):
        root = Path(self.root)
        if version == "editable":
            return
        if not (root / BUILT).exists():
            raise RuntimeError("the front end is not built; run  make setup  first")
        for po in root.glob("src/linli/**/locale/en/LC_MESSAGES/django.po"):
            with po.open("rb") as source, po.with_suffix(".mo").open("wb") as target:
                write_mo(target, read_po(source, locale="en"))
