from django.urls import path

from linli.faces.kit import pages

app_name = "kit"

urlpatterns = [
    path("manifest.webmanifest", pages.manifest, name="manifest"),
]
