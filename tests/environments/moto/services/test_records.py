"""Records of a zone, through the front, with boto3."""

import pytest


@pytest.fixture
def change(account):
    route53 = account.client("route53")
    zone = route53.create_hosted_zone(Name="shop.example", CallerReference="1")["HostedZone"]["Id"]

    def change(action, name="www.shop.example", kind="A", value="192.0.2.1", **more):
        record = {"Name": name, "Type": kind, "TTL": 60, "ResourceRecords": [{"Value": value}], **more}
        batch = {"Changes": [{"Action": action, "ResourceRecordSet": record}]}
        return route53.change_resource_record_sets(HostedZoneId=zone, ChangeBatch=batch)

    return change


def test_a_record_is_made_once_and_deleted_when_it_is_there(change, refused):
    assert refused(change, "DELETE") == "InvalidChangeBatch"
    change("CREATE")
    assert refused(change, "CREATE", value="192.0.2.2") == "InvalidChangeBatch"
    change("CREATE", kind="AAAA", value="2001:db8::1")
    for place in "ab":
        change("CREATE", name="spread.shop.example", SetIdentifier=place, Weight=1)
    change("UPSERT", value="192.0.2.3")
    change("DELETE", value="192.0.2.3")
    assert refused(change, "DELETE", value="192.0.2.3") == "InvalidChangeBatch"


def test_a_record_is_inside_its_zone_and_an_address_is_one(change, refused):
    assert refused(change, "CREATE", name="www.workshop.example") == "InvalidChangeBatch"
    for kind, value in (("A", "nowhere"), ("A", "2001:db8::1"), ("AAAA", "192.0.2.1")):
        assert refused(change, "CREATE", kind=kind, value=value) == "InvalidChangeBatch"
    change("CREATE", name="shop.example")
    change("CREATE", name="Mail.SHOP.example.")
