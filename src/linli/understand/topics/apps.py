from django.apps import AppConfig


class TopicsConfig(AppConfig):
    name = "linli.understand.topics"
    label = "topics"

    def ready(self) -> None:
        from linli.foundation.privacy.holdings import holds_nothing
        from linli.understand.topics import handlers, retention, tasks  # noqa: F401

        retention.register()
        holds_nothing(
            ["topics.Topic", "topics.TopicRequest"],
            "what many say, counted and masked: the request itself is told, and leaves its topic with it",
        )
        holds_nothing(["topics.TopicFollow", "topics.OfferPutAside"], "what staff watch and decide at their work")
