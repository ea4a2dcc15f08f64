"""What a person sees when something cannot be done: why, what to do instead, and a number to call."""

from __future__ import annotations

from collections.abc import Callable

from django.conf import settings
from django.contrib.auth.views import redirect_to_login
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.template.loader import render_to_string
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from linli.faces.kit.context import HOTLINE
from linli.foundation.errors import Refusal

API_PREFIX = "/api/"


class RefusalMiddleware:
    """A :class:`Refusal` that a page let through becomes a page (or, for a part of a page, a message) in words."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]):
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        return self.get_response(request)

    def process_exception(self, request: HttpRequest, exception: Exception) -> HttpResponse | None:
        if not isinstance(exception, Refusal) or request.path.startswith(API_PREFIX):
            return None
        if exception.status == 401:
            return redirect_to_login(request.get_full_path())
        return answer(request, exception.status, str(exception))


def answer(request: HttpRequest, status: int, message: str = "", said: tuple[str, str] | None = None) -> HttpResponse:
    """The whole page, or for htmx one message that leaves the page as it is; ``said`` is another title and advice."""
    title, advice = said or _words(status)
    if getattr(request, "htmx", False):
        response = render(request, "kit/toast.html", {"words": message or title}, status=status)
        response.headers["HX-Retarget"] = "#toasts"
        response.headers["HX-Reswap"] = "beforeend"
        return response
    return render(
        request,
        "kit/failed.html",
        {"status": status, "title": title, "words": message, "advice": advice},
        status=status,
    )


def bad_request(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    return answer(request, 400)


def forbidden(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    return answer(request, 403)


def expired_form(request: HttpRequest, reason: str = "") -> HttpResponse:
    title = _("这一页放得太久了")
    advice = _("为了安全，请退回上一页，刷新以后再交一次。您写的话还在手机里。")
    return answer(request, 403, "" if not getattr(request, "htmx", False) else f"{title}。{advice}", (title, advice))


def not_found(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    return answer(request, 404)


def too_many(request: HttpRequest) -> HttpResponse:
    return answer(request, 429)


def broken(request: HttpRequest) -> HttpResponse:
    """Asks nothing of the database, which may be what broke."""
    language = get_language() or settings.LANGUAGE_CODE
    page = render_to_string("kit/broken.html", {"help_phone": HOTLINE, "chinese": language.startswith("zh")})
    return HttpResponse(page, status=500)


def _words(status: int) -> tuple[str, str]:
    return {
        400: (_("这个请求我们看不懂"), _("请退回上一页再试一次。还不行就打电话，我们帮您办。")),
        403: (_("这一页不给您这个身份看"), _("如果您觉得应该能看，请打社区电话，或换一个账号登录。")),
        404: (_("没有找到这一页"), _("可能已经移走，也可能网址少了几个字。从首页进去多半能找到。")),
        409: (_("刚才有人先动了"), _("请退回上一页，刷新后再看一眼最新的情况。")),
        413: (_("东西太大了，传不上来"), _("照片请少选几张，或拍小一点。")),
        422: (_("有一处填得不对"), _("请退回上一页改一下再交。")),
        429: (_("点得太快了"), _("请等一分钟再试。急事请直接打电话。")),
    }.get(status, (_("这件事没有办成"), _("请稍后再试，或者打电话，我们帮您办。")))
