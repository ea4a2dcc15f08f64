from django.urls import path

from linli.faces.numbers import pages

app_name = "numbers"

urlpatterns = [
    path("", pages.front, name="front"),
    path("compare/", pages.compare, name="compare"),
    path("<slug:community>/", pages.newest, name="newest"),
    path("<slug:community>/<int:number>/", pages.release, name="release"),
    path("<slug:community>/<int:number>/<slug:what>.<slug:form>", pages.file, name="file"),
]
