"""Every answer that is not a success is an RFC 9457 problem: ``type, title, status, detail, code, field, errors``."""

from __future__ import annotations

import logging
from http import HTTPStatus

from django.core.exceptions import PermissionDenied, SuspiciousOperation
from django.db import OperationalError
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.utils.translation import gettext as _
from ninja import NinjaAPI
from ninja.errors import AuthenticationError, HttpError, ValidationError

from linli.foundation.accounts.refusals import NotSignedIn
from linli.foundation.errors import NotFound, Refusal

logger = logging.getLogger(__name__)

API_PREFIX = "/api/"


def problem(
    status: int,
    code: str,
    detail: str,
    *,
    field: str | None = None,
    errors: list[dict] | None = None,
    details: dict | None = None,
) -> HttpResponse:
    """``code`` is for programs, ``detail`` for people; ``errors`` lists ``{"field", "code", "detail"}``."""
    body = {
        "type": f"urn:linli:problem:{code}",
        "title": HTTPStatus(status).phrase,
        "status": status,
        "detail": detail,
        "code": code,
        "field": field,
        "errors": errors or [],
        **(details or {}),
    }
    response = JsonResponse(
        body,
        status=status,
        content_type="application/problem+json",
        json_dumps_params={"ensure_ascii": False, "default": str},
    )
    if status == HTTPStatus.UNAUTHORIZED:
        response.headers["WWW-Authenticate"] = "Bearer"
    if "retry_after" in body:
        response.headers["Retry-After"] = str(body["retry_after"])
    return response


def of_refusal(refusal: Refusal) -> HttpResponse:
    message = str(refusal.message) or _("这个请求不能办理。")
    errors = [{"field": refusal.field, "code": refusal.code, "detail": message}] if refusal.field else []
    reserved = {"type", "title", "status", "detail", "code", "field", "errors"}
    details = {name: value for name, value in refusal.details.items() if name not in reserved}
    return problem(refusal.status, refusal.code, message, field=refusal.field, errors=errors, details=details)


def render_refusals(api: NinjaAPI) -> None:
    """Teach a NinjaAPI to answer with problems only."""

    @api.exception_handler(Refusal)
    def refusal(request: HttpRequest, error: Refusal) -> HttpResponse:
        return of_refusal(error)

    @api.exception_handler(ValidationError)
    def validation(request: HttpRequest, error: ValidationError) -> HttpResponse:
        errors = [_field_error(one) for one in error.errors]
        first = errors[0]["field"] if errors else None
        return problem(422, "invalid", _("有几处填得不对，请看每一项的说明。"), field=first, errors=errors)

    @api.exception_handler(AuthenticationError)
    def authentication(request: HttpRequest, error: AuthenticationError) -> HttpResponse:
        return of_refusal(NotSignedIn())

    @api.exception_handler(Http404)
    def missing(request: HttpRequest, error: Http404) -> HttpResponse:
        return of_refusal(NotFound())

    @api.exception_handler(PermissionDenied)
    def denied(request: HttpRequest, error: PermissionDenied) -> HttpResponse:
        return of_status(403)

    @api.exception_handler(SuspiciousOperation)
    def suspicious(request: HttpRequest, error: SuspiciousOperation) -> HttpResponse:
        return of_status(400)

    @api.exception_handler(HttpError)
    def http(request: HttpRequest, error: HttpError) -> HttpResponse:
        return of_status(error.status_code)

    @api.exception_handler(OperationalError)
    def busy(request: HttpRequest, error: OperationalError) -> HttpResponse:
        """Another writer held SQLite for longer than one waits; the same again may well succeed."""
        if "locked" not in str(error):
            return fault(request, error)
        logger.warning("%s %s found the database busy", request.method, request.path)
        return problem(503, "busy", _("现在太忙了，请过几秒再试。"), details={"retry_after": 1})

    @api.exception_handler(Exception)
    def fault(request: HttpRequest, error: Exception) -> HttpResponse:
        logger.exception("%s %s failed", request.method, request.path, exc_info=error)
        return of_status(500)


def of_status(status: int) -> HttpResponse:
    """A problem for a bare HTTP status, as frameworks raise them."""
    known = {
        400: ("malformed", _("请求的格式不对，请检查 JSON 和字段。")),
        401: ("not_signed_in", _("请先登录。")),
        403: ("not_allowed", _("您没有做这件事的权限。")),
        404: ("not_found", _("没有这个地址，或者没有找到。")),
        405: ("method_not_allowed", _("这个地址不接受这种请求方法。")),
        413: ("too_large", _("内容太大了。")),
        429: ("too_many_tries", _("请求太多了，请过一会儿再试。")),
    }
    code, detail = known.get(status, ("fault", _("系统出了问题，已经记下来了，请稍后再试。")))
    return problem(status, code, detail)


def _field_error(error: dict) -> dict:
    """``loc`` is (where, parameter) or (where, parameter, field…): the caller knows the last part by name."""
    where = [str(part) for part in error.get("loc", ())][1:]
    kind = str(error.get("type", "invalid"))
    field = ".".join(where[1:] or where)
    return {"field": field, "code": kind, "detail": _sentence(kind, error.get("ctx") or {})}


def _sentence(kind: str, context: dict) -> str:
    if kind == "missing":
        return _("这一项必须填。")
    if kind == "string_too_long":
        return _("太长了，最多 %(n)s 个字。") % {"n": context.get("max_length")}
    if kind == "string_too_short":
        return _("太短了，至少 %(n)s 个字。") % {"n": context.get("min_length")}
    if kind in {"int_parsing", "int_type", "int_from_float"}:
        return _("这里要填整数。")
    if kind in {"float_parsing", "float_type", "finite_number"}:
        return _("这里要填数字。")
    if kind.startswith(("datetime", "date", "timezone")):
        return _("时间的格式不对，例如 2026-03-02T09:00:00+08:00。")
    if kind.startswith(("greater_than", "less_than")):
        return _("数值超出了允许的范围。")
    if kind in {"enum", "literal_error"}:
        return _("只能是：%(choices)s。") % {"choices": context.get("expected")}
    if kind == "json_invalid":
        return _("JSON 格式不对。")
    return _("这一项填得不对。")
