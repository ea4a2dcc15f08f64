"""The public API: one NinjaAPI, one line for each app's router."""

from __future__ import annotations

from ninja import NinjaAPI

from linli import __version__
from linli.act.care.api import router as care
from linli.act.casework.api import cases, requests, understanding
from linli.faces.demo_door.api import router as demo
from linli.faces.openapi.auth import SignedIn
from linli.faces.openapi.parsing import StorableParser
from linli.faces.openapi.problems import render_refusals
from linli.foundation.accounts.api import router as accounts
from linli.foundation.files.api import router as photos
from linli.foundation.privacy.analysis.api import router as analysis
from linli.foundation.privacy.api import router as privacy
from linli.foundation.privacy.charter.api import router as charter
from linli.foundation.privacy.education.api import router as education
from linli.foundation.privacy.joint.api import router as joint
from linli.foundation.privacy.publishing.api import router as publishing
from linli.foundation.privacy.retention.api import router as retention
from linli.foundation.privacy.rights.api import router as rights
from linli.foundation.privacy.sensing.api import router as sensing
from linli.foundation.registry.api import router as registry
from linli.sense.telemetry.api import router as telemetry
from linli.understand.warnings.api import router as warnings

api = NinjaAPI(
    title="Linli",
    version=__version__,
    urls_namespace="api",
    auth=SignedIn(),
    parser=StorableParser(),
    description=(
        "Everything that the pages of Linli do. Sign in at `/sign-in` for a bearer token. "
        "Errors are RFC 9457 problems with a stable `code`."
    ),
)
render_refusals(api)

api.add_router("", accounts)
api.add_router("", photos)
api.add_router("", privacy)
api.add_router("", charter)
api.add_router("", rights)
api.add_router("", retention)
api.add_router("", sensing)
api.add_router("", education)
api.add_router("", publishing)
api.add_router("", joint)
api.add_router("", analysis)
api.add_router("/demo", demo)
api.add_router("", registry)
api.add_router("", telemetry)
api.add_router("", requests)
api.add_router("", cases)
api.add_router("", understanding)
api.add_router("", care)
api.add_router("", warnings)
