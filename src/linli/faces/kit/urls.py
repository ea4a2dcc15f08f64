from django.urls import path

from linli.faces.kit import pages

app_name = "kit"

urlpatterns = [
    path("manifest.webmanifest", pages.manifest, name="manifest"),
    path("service-worker.js", pages.service_worker, name="service_worker"),
    path("styleguide/", pages.styleguide, name="styleguide"),
    path("offline/", pages.offline, name="offline"),
]
