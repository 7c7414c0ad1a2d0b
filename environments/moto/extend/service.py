"""A service of ours: operations as plain functions, driven by botocore's models, put on moto's response class.

An operation is a function named as boto3 names it. It gets a `Call` and returns a dict of botocore's output shape, or
None for an empty answer, or what `call.moto()` returned. It raises `Refusal` with AWS's error code.
"""

import importlib
import json
import re
from collections.abc import Callable
from functools import cached_property
from typing import Any

from botocore import xform_name

from moto import backends
from moto.core.parse import PROTOCOL_PARSERS
from moto.core.request import determine_request_protocol
from moto.core.responses import ActionResult, EmptyResult
from moto.core.utils import camelcase_to_underscores

from .announce import announced
from .call import Call
from .inputs import complaints
from .models import operation_model, service_model
from .outputs import check_output
from .pages import InvalidToken, cut_page, paging_of
from .refusal import Refusal
from .tags import TagMembers, Tags

Operation = Callable[[Call[Any]], Any]
WHOLE = 1_000_000  # rows: more than any list has


class Service:
    """Operations of one AWS service, by botocore's name of it.

    `state` makes what the service keeps for one account and region (one account, where the service is global).
    `invalid` is the error code for an input that breaks the model; `invalid_token` for a page token of no listing;
    `invalid_tag` and `too_many_tags` for tags (`call.tags`).
    `moto` is moto's name of the service where it differs; `response` the class that answers in moto.

    Nothing is read of botocore's models before the first request to the service: a start would wait for them.
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
        self._functions: dict[str, Operation] = {}
        self._tagging: list[Callable[[], dict[str, Operation]]] = []
        self._installed = False
        self.patches: list[Callable[[], None]] = []
        self._state, self._invalid, self._invalid_token = state, invalid, invalid_token or invalid
        self._tag_errors = invalid_tag or invalid, too_many_tags
        self._moto, self._response, self._global = moto or name.replace("-", ""), response, is_global

    def operation(self, function: Operation) -> Operation:
        """The function answers the operation of its name, instead of moto."""
        self._functions[function.__name__] = function
        return function

    def check_inputs(self, *operations: str) -> None:
        """Check the inputs of these operations of moto's against the model before moto sees them (create_x, ...)."""
        for operation in operations:
            self._functions.setdefault(operation, _as_moto_does)

    def page_whole(self, *operations: str) -> None:
        """Let moto answer all that these operations of its list, and cut that into AWS's pages: moto knows none."""
        for operation in operations:
            self._functions[operation] = self._as_moto_lists

    def _as_moto_lists(self, call: Call[Any]) -> dict[str, Any]:
        paging = paging_of(self.name, call.operation)
        if paging is None:
            raise LookupError(f"{self.name}: {call.operation} is not paged")
        changes = {paging.input_token: None} | ({paging.limit: WHOLE} if paging.limit else {})
        answer: dict[str, Any] = call.moto(**changes).result
        known = operation_model(self.name, call.operation).output_shape.members.keys()
        return {name: answer[name] for name in known & answer.keys() - {paging.output_token, paging.more}}

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

        def answering() -> dict[str, Operation]:
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

            return {
                add: answered(lambda call, arn: call.tags.put(arn, call.input[members.tags])),
                remove: answered(lambda call, arn: call.tags.drop(arn, call.input[members.keys])),
                read: answered(lambda call, arn: members.answer(call.tags.of(arn))),
            }

        self._tagging.append(answering)

    def patch(self, function: Callable[[], None]) -> Callable[[], None]:
        """The function changes moto's own classes, for what is lost below its operations. Called once, at install."""
        self.patches.append(function)
        return function

    @cached_property
    def operations(self) -> dict[str, Operation]:
        """The functions by botocore's names of their operations."""
        names = {xform_name(str(operation)): str(operation) for operation in service_model(self.name).operation_names}
        unknown = sorted(self._functions.keys() - names.keys())
        if unknown:
            raise LookupError(f"{self.name} has no operation {unknown[0]}")
        found = {names[function]: operation for function, operation in self._functions.items()}
        for answering in self._tagging:
            found |= answering()
        return found

    # ---- putting it on moto ----

    @property
    def moto_name(self) -> str:
        """What moto calls the service: the name of its package, and of the service's file here."""
        return self._moto

    def install(self) -> None:
        """Put the operations on moto: before the first request to the service, once."""
        if self._installed:
            return
        self._installed = True
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
            return announced(self._moto)
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

    # ---- answering ----

    def _method(self, operation: str, function: Operation, replaced: Any) -> Callable[[Any], Any]:
        def answer(response: Any) -> Any:
            model = operation_model(self.name, operation)  # read at the first call: there are hundreds
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
            paging = paging_of(self.name, operation)
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
    """The request with other members; None takes one away. For services that speak JSON or that moto parses itself."""
    if not changes:
        return response
    if response.automated_parameter_parsing:
        response.params = _with(response.params, changes)
    else:
        response.body = json.dumps(_with(json.loads(response.body), changes))
    return response


def _with(members: dict[str, Any], changes: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in (members | changes).items() if value is not None}


def _complaints(model: Any, given: dict[str, Any]) -> list[str]:
    try:
        return complaints(model.input_shape, given) if model.input_shape else []
    except RecursionError:
        raise Refusal("SerializationException", "The request is nested too deeply.") from None


def _as_moto_does(call: Call[Any]) -> Any:
    return call.moto()
