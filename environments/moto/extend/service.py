"""A service of ours: operations as plain functions, driven by botocore's models, put on moto's response class.

An operation is a function named as boto3 names it. It gets a `Call` and returns a dict of botocore's output shape, or
None for an empty answer, or what `call.moto()` returned. It raises `Refusal` with AWS's error code.
"""

import importlib
import json
import re
import sys
import types
from collections.abc import Callable
from typing import Any

from botocore import xform_name

from moto import backend_index, backends
from moto.core.base_backend import AccountSpecificBackend, BackendDict, BaseBackend
from moto.core.parse import PROTOCOL_PARSERS
from moto.core.request import determine_request_protocol
from moto.core.responses import ActionResult, BaseResponse, EmptyResult
from moto.core.utils import camelcase_to_underscores

from .call import Call
from .inputs import complaints
from .models import operation_model, service_model
from .outputs import check_output
from .pages import InvalidToken, cut_page, paging_of
from .refusal import Refusal
from .tags import TagMembers, Tags

Operation = Callable[[Call[Any]], Any]


class Service:
    """Operations of one AWS service, by botocore's name of it.

    `state` makes what the service keeps for one account and region (one account, where the service is global).
    `invalid` is the error code for an input that breaks the model; `invalid_token` for a page token of no listing;
    `invalid_tag` and `too_many_tags` for tags (`call.tags`).
    `moto` is moto's name of the service where it differs; `response` the class that answers in moto.
    """

    def __init__(
        self,
        name: str,
        *,
        state: Callable[[], Any] = dict,
        invalid: str = "ValidationException",
        invalid_token: str | None = None,
        invalid_tag: str | None = None,
        too_many_tags: str = "LimitExceededException",
        moto: str | None = None,
        response: str | None = None,
        is_global: bool = False,
    ) -> None:
        self.name = name
        self.operations: dict[str, Operation] = {}
        self.patches: list[Callable[[], None]] = []
        self._state, self._invalid, self._invalid_token = state, invalid, invalid_token or invalid
        self._tag_errors = invalid_tag or invalid, too_many_tags
        self._moto, self._response, self._global = moto or name.replace("-", ""), response, is_global

    def operation(self, function: Operation) -> Operation:
        """The function answers the operation of its name, instead of moto."""
        self.operations[self._named(function.__name__)] = function
        return function

    def check_inputs(self, *operations: str) -> None:
        """Check the inputs of these operations of moto's against the model before moto sees them (create_x, ...)."""
        for operation in operations:
            self.operations.setdefault(self._named(operation), _as_moto_does)

    def tag_operations(
        self,
        exists: Callable[[Call[Any], str], bool],
        *,
        missing: str = "ResourceNotFoundException",
        add: str = "TagResource",
        remove: str = "UntagResource",
        read: str = "ListTagsForResource",
    ) -> None:
        """Answer the operations that tag by ARN from `call.tags`.

        `exists` says whether the ARN names a resource of ours; for another one moto answers, where moto has the
        operation, else the call is refused with the code `missing`.
        """
        members = TagMembers.read(self.name, add, remove, read)

        def answered(act: Callable[[Call[Any], str], Any]) -> Operation:
            def operation(call: Call[Any]) -> Any:
                arn = call.input[members.resource]
                if exists(call, arn):
                    return act(call, arn)
                if call.is_motos:
                    return call.moto()
                raise Refusal(missing, f"No resource has the ARN {arn[:256]}.")

            return operation

        self.operations[add] = answered(lambda call, arn: call.tags.put(arn, call.input[members.tags]))
        self.operations[remove] = answered(lambda call, arn: call.tags.drop(arn, call.input[members.keys]))
        self.operations[read] = answered(lambda call, arn: members.answer(call.tags.of(arn)))

    def patch(self, function: Callable[[], None]) -> Callable[[], None]:
        """The function changes moto's own classes, for what is lost below its operations. Called once, at install."""
        self.patches.append(function)
        return function

    def _named(self, function: str) -> str:
        for operation in service_model(self.name).operation_names:
            if xform_name(operation) == function:
                return str(operation)
        raise LookupError(f"{self.name} has no operation {function}")

    # ---- putting it on moto ----

    def install(self) -> None:
        """Put the operations on moto, once, before the first request."""
        response = self._response_class()
        for operation, function in self.operations.items():
            method = camelcase_to_underscores(operation)
            setattr(response, method, self._method(operation, function, getattr(response, method, None)))
        for patch in self.patches:
            patch()

    def state_of(self, account: str, region: str) -> Any:
        """What this service keeps for an account and region: for services that look at each other."""
        return self._state_on(self._backend(account, region))

    def tags_of(self, account: str, region: str) -> Tags:
        """The tags of this service's resources in an account and region."""
        return self._tags_on(self._backend(account, region))

    def _response_class(self) -> Any:
        if self._moto not in backends.list_of_moto_modules():
            return self._new_service()
        importlib.import_module(f"moto.{self._moto}.models")
        urls = importlib.import_module(f"moto.{self._moto}.urls")
        response = self._named_class() if self._response else next(iter(urls.url_paths.values())).__self__
        if service_model(self.name).protocol.startswith("rest"):
            self._add_paths(urls, response)
        return response

    def _named_class(self) -> Any:
        return getattr(importlib.import_module(f"moto.{self._moto}.responses"), self._response or "")

    def _add_paths(self, urls: Any, response: Any) -> None:
        for operation in self.operations:
            path = str(operation_model(self.name, operation).http["requestUri"]).partition("?")[0]
            pattern = re.sub(r"\{\w+\+\}", ".+", path)
            pattern = re.sub(r"\{(\w+)\}", r"(?P<\1>[^/]+)", pattern)
            urls.url_paths.setdefault(f"{{0}}{pattern}$", response.dispatch)

    def _new_service(self) -> Any:
        """A service that moto does not know."""
        service = self
        signing_name = service_model(self.name).signing_name

        class Backend(BaseBackend):  # type: ignore[misc]
            @property
            def _url_module(self) -> Any:
                return urls

        class Response(BaseResponse):  # type: ignore[misc]
            def __init__(self) -> None:
                super().__init__(service_name=service.name)

        base = rf"https?://{re.escape(signing_name)}\.(.+)\.amazonaws\.com"
        paths = {"{0}/$": Response.dispatch, "{0}/.*$": Response.dispatch}
        urls = types.SimpleNamespace(url_bases=[base], url_paths=paths)
        module: Any = types.ModuleType(f"moto.{self._moto}")
        regions = None if self._global else _regions()
        module_backends = BackendDict(
            Backend, self.name, use_boto3_regions=False, additional_regions=regions or ["aws"]
        )
        setattr(module, f"{self._moto}_backends", module_backends)
        sys.modules[module.__name__] = module
        backend_index.backend_url_patterns.append((self._moto, re.compile(base)))
        return Response

    # ---- answering ----

    def _method(self, operation: str, function: Operation, replaced: Any) -> Callable[[Any], Any]:
        model = operation_model(self.name, operation)
        paging = paging_of(self.name, operation)

        def answer(response: Any) -> Any:
            given = self._parse(response, model)
            wrong = _complaints(model, given)
            if wrong:
                count = f"{len(wrong)} validation error{'s' if len(wrong) > 1 else ''} detected: "
                raise Refusal(self._invalid, count + "; ".join(wrong[:5]))
            backend = self._backend(response.current_account, response.region)

            def moto(**changes: Any) -> Any:
                return replaced(_changed(response, changes))

            call: Call[Any] = Call(
                operation, given, response.current_account, response.region, response.access_key,
                self._state_on(backend), self._tags_on(backend), backend, moto, replaced is not None,
            )  # fmt: skip
            result = function(call)
            if result is None:
                return EmptyResult()
            if not isinstance(result, dict):
                return result
            check_output(model.output_shape, result)
            try:
                return ActionResult(cut_page(paging, given, result) if paging else result)
            except InvalidToken:
                raise Refusal(self._invalid_token, "The specified pagination token is invalid.") from None

        answer.__name__ = camelcase_to_underscores(operation)
        answer.__doc__ = function.__doc__
        return answer

    def _parse(self, response: Any, model: Any) -> dict[str, Any]:
        request = response.normalized_request
        protocol = determine_request_protocol(service_model(self.name), request.content_type)
        if model.service_model.protocol.startswith("rest"):
            response._get_action_from_method_and_request_uri(request)  # fills uri_match
        try:
            parsed: dict[str, Any] = PROTOCOL_PARSERS[protocol](model).parse(
                {
                    "method": request.method,
                    "values": request.values,
                    "headers": request.headers,
                    "body": request.data,
                    "url_path": request.path,
                    "url_params": response.uri_match,
                }
            )
        except (ValueError, TypeError, AttributeError, KeyError, RecursionError) as error:
            raise Refusal("SerializationException", f"The request cannot be read: {error}") from error
        return {name: value for name, value in parsed.items() if value is not None}

    def _backend(self, account: str, region: str) -> Any:
        partitions = backends.get_backend(self._moto)[account]
        for name in ("aws", "global") if self._global else (region, "aws", "global"):
            if name in partitions:
                return partitions[name]
        raise Refusal("UnrecognizedClientException", f"{self.name} is not offered in {region}.")

    def _state_on(self, backend: Any) -> Any:
        kept = vars(backend).setdefault("_hardenlab", {})
        if self.name not in kept:
            kept[self.name] = self._state()
        return kept[self.name]

    def _tags_on(self, backend: Any) -> Tags:
        tags: Tags = vars(backend).setdefault("_hardenlab_tags", {}).setdefault(self.name, Tags(*self._tag_errors))
        return tags


def _changed(response: Any, changes: dict[str, Any]) -> Any:
    """The request with other members: for services that speak JSON."""
    if changes:
        response.body = json.dumps(json.loads(response.body) | changes)
    return response


def _complaints(model: Any, given: dict[str, Any]) -> list[str]:
    try:
        return complaints(model.input_shape, given) if model.input_shape else []
    except RecursionError:
        raise Refusal("SerializationException", "The request is nested too deeply.") from None


def _as_moto_does(call: Call[Any]) -> Any:
    return call.moto()


def _regions() -> list[str]:
    """The regions of EC2: botocore names none for some services that moto lacks."""
    return list(AccountSpecificBackend.get_session().get_available_regions("ec2"))
