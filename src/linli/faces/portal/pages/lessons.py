"""Short lessons about one's own information, and a place to show a message that looks wrong."""

from __future__ import annotations

from django.http import HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_http_methods, require_safe

from linli.faces.lessons import ask, first_open, judge
from linli.faces.portal.access import SpeakingRequest, resident_page
from linli.faces.portal.pages.frame import page_of
from linli.foundation.accounts.http import ActorRequest
from linli.foundation.privacy.education.actions import open_practice_link
from linli.foundation.privacy.education.lessons import lesson_for, lessons_for
from linli.foundation.privacy.education.queries import done_by

AUDIENCE = "residents"


@resident_page
@require_safe
def lessons(request: SpeakingRequest) -> HttpResponse:
    context = page_of(request, "me", lessons=lessons_for(AUDIENCE), done=done_by(request.actor))
    return render(request, "portal/lessons.html", context)


@resident_page
@require_safe
def lesson(request: SpeakingRequest, key: str) -> HttpResponse:
    chosen = lesson_for(AUDIENCE, key)
    context = page_of(
        request, "me", lesson=chosen, done=chosen.key in done_by(request.actor), start=first_open(request, chosen)
    )
    return render(request, "portal/lesson.html", context)


@resident_page
@require_http_methods(["GET", "HEAD", "POST"])
def question(request: SpeakingRequest, key: str, number: int) -> HttpResponse:
    asked = ask(request, lesson_for(AUDIENCE, key), number)
    context = page_of(request, "me", asked=asked, done=asked.lesson.key in done_by(request.actor))
    return render(request, "portal/question.html", context)


@resident_page
@require_http_methods(["GET", "HEAD", "POST"])
def suspicious(request: SpeakingRequest) -> HttpResponse:
    judged = judge(request.POST.get("words", "")) if request.method == "POST" else None
    context = page_of(request, "me", judged=judged, empty=request.method == "POST" and judged is None)
    return render(request, "portal/suspicious.html", context)


@require_safe
def practice(request: ActorRequest, token: str) -> HttpResponse:
    """Where the link of a practice message leads: no sign-in, because it must teach whoever followed it."""
    return render(request, "portal/practice.html", {"scenario": open_practice_link(token)})
