"""The short address in text messages."""

from django.urls import path

from linli.faces.portal.pages import rating

urlpatterns = [path("r/<str:token>", rating.rate, name="rate_by_link")]
