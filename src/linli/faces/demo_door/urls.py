from django.urls import path

from linli.faces.demo_door import pages

urlpatterns = [
    path("", pages.home, name="home"),
    path("demo/enter/", pages.enter, name="demo_enter"),
    path("demo/speed/", pages.set_speed, name="demo_speed"),
    path("demo/happen/", pages.happen, name="demo_happen"),
    path("demo/bar/", pages.bar, name="demo_bar"),
]
