"""Versions of launch templates that are deleted, which moto cannot.

Source: Amazon EC2 API Reference, "DeleteLaunchTemplateVersions": a number is never used twice, the default stays.
"""

from typing import Any

from moto.ec2.exceptions import InvalidLaunchTemplateVersionNotFound
from moto.ec2.models.launch_templates import LaunchTemplate, LaunchTemplateVersion

from ...extend import Call, Refusal
from ._service import Row, refuse_dry_run, service

MAX_VERSIONS = 200  # a call


@service.patch
def find_versions_by_number() -> None:
    """moto takes a version's place in the list for its number."""

    def create_version(template: Any, data: Any, description: str) -> Any:
        number = template._last_number = vars(template).get("_last_number", 0) + 1
        version = LaunchTemplateVersion(template, number, data, description)
        template.versions.append(version)
        return version

    def get_version(template: Any, number: Any) -> Any:
        if str(number).lower() == "$latest":
            return template.versions[-1]
        if str(number).lower() == "$default":
            return template.default_version()
        for version in template.versions:
            if str(version.number) == str(number):
                return version
        raise InvalidLaunchTemplateVersionNotFound(template_id=template.id, version=number)

    def default_version(template: Any) -> Any:
        return template.get_version(template.default_version_number)

    LaunchTemplate.create_version, LaunchTemplate.get_version = create_version, get_version
    LaunchTemplate.default_version = default_version


@service.operation
def delete_launch_template_versions(call: Call[Any]) -> dict[str, Any]:
    """Forget versions by number; each is answered for itself."""
    if len(call.input["Versions"]) > MAX_VERSIONS:
        raise Refusal("InvalidParameterValue", f"A call takes at most {MAX_VERSIONS} versions.")
    if ("LaunchTemplateId" in call.input) == ("LaunchTemplateName" in call.input):
        raise Refusal("InvalidParameterCombination", "Specify either the ID or the name of the launch template.")
    if "LaunchTemplateId" in call.input:
        template = call.backend.get_launch_template(call.input["LaunchTemplateId"])
    else:
        template = call.backend.get_launch_template_by_name(call.input["LaunchTemplateName"])
    refuse_dry_run(call)
    done: list[Row] = []
    failed: list[Row] = []
    for text in call.input["Versions"]:
        version = next((one for one in template.versions if str(one.number) == text), None)
        row: Row = {"LaunchTemplateId": template.id, "LaunchTemplateName": template.name}
        row |= {"VersionNumber": int(text)} if text.isdigit() else {}
        if version is None or template.is_default(version):
            code = "launchTemplateVersionDoesNotExist" if version is None else "unexpectedError"
            message = "The version does not exist" if version is None else "The default version cannot be deleted"
            failed.append(row | {"ResponseError": {"Code": code, "Message": message}})
        else:
            template.versions.remove(version)
            done.append(row)
    return {
        "SuccessfullyDeletedLaunchTemplateVersions": done,
        "UnsuccessfullyDeletedLaunchTemplateVersions": failed,
    }
