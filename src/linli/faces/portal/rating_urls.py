"""The short addresses in text messages and on signs."""

from django.urls import path

from linli.faces.portal.pages import counter, lessons, rating, sensing

urlpatterns = [
    path("r/<str:token>", rating.rate, name="rate_by_link"),
    path("c/<str:token>", counter.counter, name="counter"),
    path("d/<str:token>", lessons.practice, name="practice"),
    path("sensing/", sensing.sensing_list, name="sensing_list"),
    path("sensing/<slug:sign>/", sensing.sensing_one, name="sensing_one"),
]
