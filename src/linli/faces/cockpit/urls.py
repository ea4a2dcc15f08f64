from django.urls import path

from linli.faces.cockpit import pages

app_name = "cockpit"

urlpatterns = [
    path("", pages.cockpit, name="cockpit"),
    path("state", pages.state, name="state"),
    path("rows/<slug:what>", pages.behind, name="rows"),
]
