"""Paper: PDFs for people to print, sign, keep or take away."""

from linli.foundation.documents.rendering import NoChineseFont, render_pdf
from linli.foundation.documents.symbols import qr_picture, qr_svg

__all__ = ["NoChineseFont", "qr_picture", "qr_svg", "render_pdf"]
