"""Linli (邻里): a neighbourhood governs itself on one record of what it needs, what was done, and whether it helped."""

__version__ = "0.1.0"
