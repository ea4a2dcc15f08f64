"""The short addresses in text messages."""

from django.urls import path

from linli.faces.portal.pages import lessons, rating

urlpatterns = [
    path("r/<str:token>", rating.rate, name="rate_by_link"),
    path("d/<str:token>", lessons.practice, name="practice"),
]
