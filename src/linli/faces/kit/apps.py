from django.apps import AppConfig


class KitConfig(AppConfig):
    name = "linli.faces.kit"
    label = "kit"

    def ready(self) -> None:
        from linli.faces.kit.sentences import say_it_plainly

        say_it_plainly()
