"""The charter: public, so that it can be read before anybody signs in."""

from django.urls import path

from linli.faces.portal.pages import charter

app_name = "charter"

urlpatterns = [
    path("", charter.which, name="which"),
    path("<slug:community>/", charter.charter, name="charter"),
    path("<slug:community>/charter.pdf", charter.pdf, name="pdf"),
    path("<slug:community>/proposed/", charter.proposed, name="proposed"),
    path("<slug:community>/versions/<int:number>/", charter.version, name="version"),
    path("<slug:community>/for/<slug:key>/", charter.purpose, name="purpose"),
]
