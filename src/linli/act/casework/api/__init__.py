"""Requests and cases through the API: two routers, mounted by ``linli.faces.openapi``."""

from linli.act.casework.api.cases import router as cases
from linli.act.casework.api.requests import router as requests

__all__ = ["cases", "requests"]
