"""Contacts, Regions and e-mail addresses of accounts, through the front, with boto3."""

import pytest

from helpers.refusals import refusal

CONTACT = {
    "FullName": "Ada Byron", "AddressLine1": "1 Analytical Way", "City": "London", "PostalCode": "N1",
    "CountryCode": "GB", "PhoneNumber": "+44 20 7946 0000",
}  # fmt: skip
SECURITY = {
    "AlternateContactType": "SECURITY", "Name": "Security Team", "Title": "On call", "EmailAddress": "sec@example.com",
    "PhoneNumber": "+44 20 7946 0001",
}  # fmt: skip


@pytest.fixture
def management(account):
    return account.client("account")


@pytest.fixture
def member(account):
    organizations = account.client("organizations")
    organizations.create_organization(FeatureSet="ALL")
    return organizations.create_account(AccountName="w", Email="w@example.com")["CreateAccountStatus"]["AccountId"]


def test_contacts_are_kept_after_a_restart(account, management):
    assert refusal(management.get_contact_information) == "ResourceNotFoundException"
    management.put_contact_information(ContactInformation=CONTACT)
    management.put_alternate_contact(**SECURITY)
    again = account.reopened()
    client = again.client("account")
    assert client.get_contact_information()["ContactInformation"] == CONTACT
    assert client.get_alternate_contact(AlternateContactType="SECURITY")["AlternateContact"] == SECURITY
    assert refusal(client.get_alternate_contact, AlternateContactType="BILLING") == "ResourceNotFoundException"
    client.delete_alternate_contact(AlternateContactType="SECURITY")
    assert refusal(client.delete_alternate_contact, AlternateContactType="SECURITY") == "ResourceNotFoundException"
    again.close()


@pytest.mark.parametrize("wrong", [{"CountryCode": "gb"}, {"PhoneNumber": "020"}, {"PostalCode": "1" * 21}])
def test_a_contact_of_another_form_is_refused(management, wrong):
    code = refusal(management.put_contact_information, ContactInformation=CONTACT | wrong)
    assert code == "ValidationException"


def test_the_management_account_sets_its_members_contacts(management, member):
    management.put_alternate_contact(AccountId=member, **SECURITY)
    assert refusal(management.get_alternate_contact, AlternateContactType="SECURITY") == "ResourceNotFoundException"
    found = management.get_alternate_contact(AccountId=member, AlternateContactType="SECURITY")
    assert found["AlternateContact"]["Name"] == "Security Team"
    code = refusal(management.get_alternate_contact, AccountId="9" * 12, AlternateContactType="SECURITY")
    assert code == "AccessDeniedException"
    assert management.get_primary_email(AccountId=member)["PrimaryEmail"] == "w@example.com"
    assert management.get_account_information(AccountId=member)["AccountName"] == "w"
    started = management.start_primary_email_update(AccountId=member, PrimaryEmail="new@example.com")
    assert started["Status"] == "PENDING"


def test_opt_in_regions_are_off_until_they_are_enabled(management):
    status = management.get_region_opt_status
    assert status(RegionName="us-east-1")["RegionOptStatus"] == "ENABLED_BY_DEFAULT"
    assert status(RegionName="eu-south-1")["RegionOptStatus"] == "DISABLED"
    management.enable_region(RegionName="eu-south-1")
    listed = management.list_regions(RegionOptStatusContains=["ENABLED"])["Regions"]
    assert [row["RegionName"] for row in listed] == ["eu-south-1"]
    management.disable_region(RegionName="eu-south-1")
    assert status(RegionName="eu-south-1")["RegionOptStatus"] == "DISABLED"
    assert refusal(management.disable_region, RegionName="us-east-1") == "ValidationException"
    assert refusal(status, RegionName="moon-1") == "ValidationException"
