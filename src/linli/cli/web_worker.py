"""What each worker process of ``linli serve`` loads: the application, and an end when ``serve`` itself is killed."""

from __future__ import annotations

from linli.config.wsgi import application
from linli.simulator.children import die_with_parent

__all__ = ["application"]

die_with_parent()
