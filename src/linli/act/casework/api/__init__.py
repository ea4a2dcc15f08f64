"""Requests and cases through the API: three routers, mounted by ``linli.faces.openapi``."""

from linli.act.casework.api.cases import router as cases
from linli.act.casework.api.requests import router as requests
from linli.act.casework.api.understanding import router as understanding

__all__ = ["cases", "requests", "understanding"]
