"""What every page's frame needs to know."""


def page(request) -> dict:
    return {}
