"""What never reaches the API's own error handlers (unknown address, wrong method) still answers as a problem."""

from __future__ import annotations

from linli.faces.openapi.problems import API_PREFIX, of_status


class ProblemMiddleware:
    def __init__(self, get_response):
        self.get_response = get_response

    def __call__(self, request):
        response = self.get_response(request)
        if (
            response.status_code < 400
            or not request.path.startswith(API_PREFIX)
            or "json" in response.headers.get("Content-Type", "")
        ):
            return response
        answer = of_status(response.status_code)
        for header in ("Allow", "WWW-Authenticate"):
            if header in response.headers:
                answer.headers[header] = response.headers[header]
        return answer
