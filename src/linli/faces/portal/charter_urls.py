"""The charter: public, so that it can be read before anybody signs in."""

from django.urls import path

from linli.faces.portal.pages import charter

app_name = "charter"

urlpatterns = [
    path("", charter.which, name="which"),
    path("<slug:code>/", charter.charter, name="charter"),
    path("<slug:code>/charter.pdf", charter.pdf, name="pdf"),
    path("<slug:code>/proposed/", charter.proposed, name="proposed"),
    path("<slug:code>/versions/<int:number>/", charter.version, name="version"),
    path("<slug:code>/for/<slug:key>/", charter.purpose, name="purpose"),
]
