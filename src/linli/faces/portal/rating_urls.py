"""The short addresses in text messages and on signs."""

from django.urls import path

from linli.faces.portal.pages import around, call, counter, errand, lessons, neighbours, rating, sensing

urlpatterns = [
    path("r/<str:token>", rating.rate, name="rate_by_link"),
    path("c/<str:token>", counter.counter, name="counter"),
    path("a/<str:token>", call.call, name="call_by_link"),
    path("e/<str:token>", errand.errand, name="errand_by_link"),
    path("e/<str:token>/photo/<int:photo_id>", errand.photo, name="errand_photo"),
    path("done/<slug:community>/", neighbours.done, name="done"),
    path("done/<slug:community>/<int:card_id>/<int:photo_id>", neighbours.done_photo, name="done_photo"),
    path("d/<str:token>", lessons.practice, name="practice"),
    path("around/", around.which, name="around_which"),
    path("around/<slug:community>/", around.around, name="around"),
    path("sensing/", sensing.sensing_list, name="sensing_list"),
    path("sensing/<slug:sign>/", sensing.sensing_one, name="sensing_one"),
]
