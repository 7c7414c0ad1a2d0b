"""Identity providers: what IAM refuses, and the client ids and tags that moto lacks.

Source: IAM API Reference, "CreateOpenIDConnectProvider", "AddClientIDToOpenIDConnectProvider", "CreateSAMLProvider".
"""

from typing import Any

from ...extend import Call, Refusal
from ._service import missing, service

MAX_CLIENTS = 100


@service.operation
def create_open_id_connect_provider(call: Call[Any]) -> Any:
    """A provider of web identities, one a URL."""
    url = call.input["Url"]
    if not url.startswith("https://"):
        raise Refusal("ValidationError", "Invalid Open ID Connect Provider URL")
    arn = call.arn("iam", f"oidc-provider/{url.removeprefix('https://')}", region="")
    if arn in call.backend.open_id_providers:
        raise Refusal("EntityAlreadyExists", f"Provider with url {url} already exists.")
    return call.moto()


@service.operation
def add_client_id_to_open_id_connect_provider(call: Call[Any]) -> None:
    """Another audience."""
    clients = _oidc(call).client_id_list
    if call.input["ClientID"] in clients:
        return
    if len(clients) >= MAX_CLIENTS:
        raise Refusal("LimitExceeded", f"Cannot exceed quota for ClientIdsPerOpenIdConnectProvider: {MAX_CLIENTS}")
    clients.append(call.input["ClientID"])


@service.operation
def remove_client_id_from_open_id_connect_provider(call: Call[Any]) -> None:
    """One audience less; removing what is not there is no error."""
    clients = _oidc(call).client_id_list
    if call.input["ClientID"] in clients:
        clients.remove(call.input["ClientID"])


@service.operation
def delete_open_id_connect_provider(call: Call[Any]) -> Any:
    """Forget a provider. IAM answers the same when there is none."""
    if call.input["OpenIDConnectProviderArn"] not in call.backend.open_id_providers:
        return None
    return call.moto()


@service.operation
def create_saml_provider(call: Call[Any]) -> Any:
    """A SAML provider with its metadata."""
    if call.input["Name"] in call.backend.saml_providers:
        raise Refusal("EntityAlreadyExists", f"SAMLProvider {call.input['Name']} already exists.")
    _check_metadata(call.input["SAMLMetadataDocument"])
    answer = call.moto()
    _saml_tags(call, call.input["Name"]).update({tag["Key"]: tag["Value"] for tag in call.get("Tags", [])})
    return answer


@service.operation
def update_saml_provider(call: Call[Any]) -> Any:
    """Other metadata."""
    _saml(call)
    if call.get("SAMLMetadataDocument"):
        _check_metadata(call.input["SAMLMetadataDocument"])
    return call.moto()


@service.operation
def delete_saml_provider(call: Call[Any]) -> Any:
    """Forget a SAML provider."""
    call.state.get("saml tags", {}).pop(_saml(call).name, None)
    return call.moto()


@service.operation
def list_saml_provider_tags(call: Call[Any]) -> dict[str, Any]:
    """The tags of a SAML provider."""
    tags = _saml_tags(call, _saml(call).name)
    return {"Tags": [{"Key": key, "Value": value} for key, value in tags.items()], "IsTruncated": False}


@service.operation
def tag_saml_provider(call: Call[Any]) -> None:
    """Tags for a SAML provider."""
    _saml_tags(call, _saml(call).name).update({tag["Key"]: tag["Value"] for tag in call.input["Tags"]})


@service.operation
def untag_saml_provider(call: Call[Any]) -> None:
    """Take tags from a SAML provider."""
    tags = _saml_tags(call, _saml(call).name)
    for key in call.input["TagKeys"]:
        tags.pop(key, None)


def _oidc(call: Call[Any]) -> Any:
    arn = call.input["OpenIDConnectProviderArn"]
    if arn not in call.backend.open_id_providers:
        raise missing(f"OpenIDConnect Provider {arn}")
    return call.backend.open_id_providers[arn]


def _saml(call: Call[Any]) -> Any:
    arn = call.input["SAMLProviderArn"]
    for provider in call.backend.saml_providers.values():
        if provider.arn == arn:
            return provider
    raise missing(f"SAMLProvider {arn}")


def _saml_tags(call: Call[Any], name: str) -> dict[str, str]:
    kept: dict[str, str] = call.state.setdefault("saml tags", {}).setdefault(name, {})
    return kept


def _check_metadata(text: str) -> None:
    """Read as text: metadata comes from strangers, and nothing in it is needed here."""
    if not text.lstrip().startswith("<") or "EntityDescriptor" not in text:
        raise Refusal("InvalidInput", "Could not parse metadata.")
