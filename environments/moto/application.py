"""moto's application by the shortest way: routes are remembered, and Flask's context around each call is left out.

moto gives every service a Flask application and asks three dozen patterns which one a request is for. No handler of
moto looks at Flask's context, so a request that finds its handler is handed to it directly; every other one (an
unknown path or method) goes through the whole application, which knows the right error.
"""

from collections.abc import Iterable
from typing import Any

import botocore.exceptions
import flask
from werkzeug.exceptions import HTTPException
from werkzeug.routing import MapAdapter
from werkzeug.wrappers import Response

from moto.core.utils import convert_to_flask_response
from moto.moto_server.werkzeug_app import DomainDispatcherApplication, create_backend_app

from .forms import ShortRequest
from .parsed import ParsedAnswers
from .services import install_service

# where the application depends on more than scope, target and S3's control prefix
BY_MORE = frozenset(("execute-api", "mediastore", "sagemaker", "ses", "bedrock", "bedrock-agentcore"))
HIDDEN = ("/moto-api", "/favicon.ico", "/latest/")
Answer = tuple[int, list[tuple[str, str]], bytes]


def create(service: str) -> flask.Flask:
    """moto's application of one service, with ours on it."""
    install_service(service)
    application: flask.Flask = create_backend_app(service)
    return application


class Application:
    """Answers WSGI environs. `parsed`: where an answer may be that need not be written."""

    def __init__(self, parsed: ParsedAnswers) -> None:
        self._parsed = parsed
        self._dispatcher = DomainDispatcherApplication(create)
        self._applications: dict[tuple[str, str, bool], flask.Flask] = {}
        self._adapters: dict[int, MapAdapter] = {}
        self._routes: dict[tuple[int, str], Any] = {}

    def __call__(self, environ: dict[str, Any]) -> Answer:
        application = self._application(environ)
        handler = self._handler(application, environ)
        if handler is None:
            return call_wsgi(application, environ)
        response = self._response(handler, ShortRequest(environ))
        return (200, [], b"") if response is None else call_wsgi(response, environ)

    def _response(self, handler: Any, request: ShortRequest) -> Response | None:
        """The handler's answer, as `convert_to_flask_response` and Flask's handling of HTTP errors make it.

        None: it is parsed already.
        """
        try:
            headers = request.headers if request.is_plain_form else dict(request.headers)
            result = handler(request, request.raw_url, headers)
        except botocore.exceptions.ClientError as error:
            result = 400, {}, error.response["Error"]["Message"]
        except HTTPException as error:
            return flask.Response.force_type(error.get_response(request.environ), request.environ)
        if self._parsed.answer is not None:
            return None
        status, headers, content = result if len(result) == 3 else (200, {}, result)
        response = flask.Response(response=content, status=status, headers=headers)
        if request.method == "HEAD" and "content-length" in headers:
            response.headers["Content-Length"] = headers["content-length"]
        return response

    def _application(self, environ: dict[str, Any]) -> flask.Flask:
        path = environ["PATH_INFO"]
        scope = environ.get("HTTP_AUTHORIZATION", "").partition(",")[0].split("/")
        if len(scope) != 5 or scope[3] in BY_MORE or path.startswith(HIDDEN):
            application: flask.Flask = self._dispatcher.get_application(environ)
            return application
        control = path.startswith("/v20180820/") or "s3-control" in environ.get("HTTP_HOST", "")
        place = f"{scope[2]}/{scope[3]}", environ.get("HTTP_X_AMZ_TARGET", "").partition(".")[0], control
        found = self._applications.get(place)
        if found is None:
            found = self._dispatcher.get_application(environ)
            if len(self._applications) < 4096:
                self._applications[place] = found
        return found

    def _handler(self, application: flask.Flask, environ: dict[str, Any]) -> Any:
        """What answers this path and method; None when nothing does."""
        path, method = environ["PATH_INFO"], environ["REQUEST_METHOD"]
        if path == "/":
            place = id(application), method
            if place not in self._routes:
                self._routes[place] = self._match(application, path, method)
            return self._routes[place]
        return self._match(application, path.encode("latin-1").decode(errors="replace"), method)

    def _match(self, application: flask.Flask, path: str, method: str) -> Any:
        adapter = self._adapters.get(id(application))
        if adapter is None:
            adapter = self._adapters[id(application)] = application.url_map.bind("emulator")
        try:
            endpoint, _ = adapter.match(path, method)
        except HTTPException:  # not found, method not allowed, or a redirect
            return None
        view = application.view_functions[endpoint]
        return view.callback if isinstance(view, convert_to_flask_response) else None


def call_wsgi(application: Any, environ: dict[str, Any]) -> Answer:
    """What a WSGI application answers."""
    started: list[Any] = []
    chunks: Iterable[bytes] = application(environ, lambda status, headers, _=None: started.extend((status, headers)))
    body = b"".join(chunks)
    return int(started[0].split(" ", 1)[0]), [(name, value) for name, value in started[1]], body
