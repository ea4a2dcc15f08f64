"""The short addresses in text messages and on signs."""

from django.urls import path

from linli.faces.portal.pages import errand, lessons, rating, sensing

urlpatterns = [
    path("r/<str:token>", rating.rate, name="rate_by_link"),
    path("e/<str:token>", errand.errand, name="errand_by_link"),
    path("e/<str:token>/photo/<int:photo_id>", errand.photo, name="errand_photo"),
    path("d/<str:token>", lessons.practice, name="practice"),
    path("sensing/", sensing.sensing_list, name="sensing_list"),
    path("sensing/<slug:sign>/", sensing.sensing_one, name="sensing_one"),
]
