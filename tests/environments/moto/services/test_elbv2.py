"""Listeners that speak TLS, and mutual TLS with trust stores, through the front, with boto3."""

from datetime import datetime, timedelta

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

NAME = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "Example CA")])
DAY = datetime(2026, 1, 1)


@pytest.fixture
def elbv2(account):
    return account.client("elbv2")


@pytest.fixture
def balancer(account, elbv2):
    subnets = [row["SubnetId"] for row in account.client("ec2").describe_subnets()["Subnets"][:2]]
    return elbv2.create_load_balancer(Name="shop", Subnets=subnets)["LoadBalancers"][0]["LoadBalancerArn"]


@pytest.fixture
def certificate(account):
    return account.client("acm").request_certificate(DomainName="shop.example")["CertificateArn"]


@pytest.fixture
def bundle(account):
    """Where S3 keeps a bundle of one authority, and a list of two certificates that it revoked."""
    key = ec.generate_private_key(ec.SECP256R1())
    made = x509.CertificateBuilder().subject_name(NAME).issuer_name(NAME).public_key(key.public_key())
    made = made.serial_number(1).not_valid_before(DAY).not_valid_after(DAY + timedelta(days=3650))
    revoked = x509.CertificateRevocationListBuilder().issuer_name(NAME).last_update(DAY).next_update(
        DAY + timedelta(days=1)
    )  # fmt: skip
    for number in (7, 8):
        row = x509.RevokedCertificateBuilder().serial_number(number).revocation_date(DAY).build()
        revoked = revoked.add_revoked_certificate(row)
    s3, pem = account.client("s3"), serialization.Encoding.PEM
    s3.create_bucket(Bucket="authorities")
    s3.put_object(Bucket="authorities", Key="ca.pem", Body=made.sign(key, hashes.SHA256()).public_bytes(pem))
    s3.put_object(Bucket="authorities", Key="crl.pem", Body=revoked.sign(key, hashes.SHA256()).public_bytes(pem))
    s3.put_object(Bucket="authorities", Key="note.txt", Body=b"no certificate")
    return {"CaCertificatesBundleS3Bucket": "authorities", "CaCertificatesBundleS3Key": "ca.pem"}


def listener(balancer, **members):
    sentence = {"Type": "fixed-response", "FixedResponseConfig": {"StatusCode": "200"}}
    return {"LoadBalancerArn": balancer, "DefaultActions": [sentence], "Port": 443, "Protocol": "HTTPS", **members}


def test_a_balancer_has_a_name_and_stands_in_two_zones(account, elbv2, refused):
    subnets = [row["SubnetId"] for row in account.client("ec2").describe_subnets()["Subnets"][:2]]
    for name in ("under_score", "-shop", "x" * 33, "internal-shop"):
        assert refused(elbv2.create_load_balancer, Name=name, Subnets=subnets) == "ValidationError"
    assert refused(elbv2.create_load_balancer, Name="shop", Subnets=subnets[:1]) == "ValidationError"
    assert elbv2.create_load_balancer(Name="net", Type="network", Subnets=subnets[:1])["LoadBalancers"]


def test_a_listener_that_speaks_tls_has_a_certificate_that_is_there(elbv2, balancer, certificate, refused):
    given = {"Certificates": [{"CertificateArn": certificate}]}
    assert refused(elbv2.create_listener, **listener(balancer)) == "ValidationError"
    unknown = {"Certificates": [{"CertificateArn": certificate[:-4] + "0000"}]}
    assert refused(elbv2.create_listener, **listener(balancer, **unknown)) == "CertificateNotFound"
    assert refused(elbv2.create_listener, **listener(balancer, **given, SslPolicy="None")) == "SSLPolicyNotFound"
    two = {"Certificates": given["Certificates"] * 2}
    assert refused(elbv2.create_listener, **listener(balancer, **two)) == "TooManyCertificates"
    assert refused(elbv2.create_listener, **listener(balancer, **given, Protocol="HTTP")) == "ValidationError"
    made = elbv2.create_listener(**listener(balancer, **given))["Listeners"][0]
    changed = {"ListenerArn": made["ListenerArn"], "SslPolicy": "ELBSecurityPolicy-TLS13-1-2-2021-06"}
    assert elbv2.modify_listener(**changed)["Listeners"][0]["Certificates"] == given["Certificates"]


def test_a_trust_store_is_made_read_changed_tagged_and_deleted(elbv2, bundle, refused, same_after_restart):
    made = elbv2.create_trust_store(Name="staff", **bundle, Tags=[{"Key": "team", "Value": "web"}])["TrustStores"][0]
    arn = made["TrustStoreArn"]
    assert (made["Status"], made["NumberOfCaCertificates"], made["TotalRevokedEntries"]) == ("ACTIVE", 1, 0)
    assert refused(elbv2.create_trust_store, Name="staff", **bundle) == "DuplicateTrustStoreName"
    assert refused(elbv2.create_trust_store, Name="-", **bundle) == "ValidationError"
    for key, code in (("note.txt", "InvalidCaCertificatesBundle"), ("gone", "CaCertificatesBundleNotFound")):
        wrong = bundle | {"CaCertificatesBundleS3Key": key}
        assert refused(elbv2.create_trust_store, Name="other", **wrong) == code
        assert refused(elbv2.modify_trust_store, TrustStoreArn=arn, **wrong) == code
    elbv2.add_tags(ResourceArns=[arn], Tags=[{"Key": "stage", "Value": "live"}])
    elbv2.remove_tags(ResourceArns=[arn], TagKeys=["team"])
    assert elbv2.describe_tags(ResourceArns=[arn])["TagDescriptions"][0]["Tags"] == [{"Key": "stage", "Value": "live"}]
    assert elbv2.describe_trust_stores(Names=["staff"])["TrustStores"] == [made]
    assert refused(elbv2.describe_trust_stores, Names=["nobody"]) == "TrustStoreNotFound"
    elbv2.delete_trust_store(TrustStoreArn=arn)
    assert refused(elbv2.delete_trust_store, TrustStoreArn=arn) == "TrustStoreNotFound"
    same_after_restart(("elbv2", "describe_trust_stores"))


def test_a_trust_store_forgets_certificates_that_are_revoked(elbv2, bundle, refused):
    arn = elbv2.create_trust_store(Name="staff", **bundle)["TrustStores"][0]["TrustStoreArn"]

    def content(key):
        return {"TrustStoreArn": arn, "RevocationContents": [{"S3Bucket": "authorities", "S3Key": key}]}

    assert refused(elbv2.add_trust_store_revocations, **content("gone")) == "RevocationContentNotFound"
    assert refused(elbv2.add_trust_store_revocations, **content("ca.pem")) == "InvalidRevocationContent"
    added = elbv2.add_trust_store_revocations(**content("crl.pem"))["TrustStoreRevocations"]
    assert [row["NumberOfRevokedEntries"] for row in added] == [2]
    assert elbv2.describe_trust_stores()["TrustStores"][0]["TotalRevokedEntries"] == 2
    where = elbv2.get_trust_store_ca_certificates_bundle(TrustStoreArn=arn)["Location"]
    assert where.endswith("/authorities/ca.pem")
    revoked = {"TrustStoreArn": arn, "RevocationId": added[0]["RevocationId"]}
    assert elbv2.get_trust_store_revocation_content(**revoked)["Location"].endswith("/authorities/crl.pem")
    assert refused(elbv2.get_trust_store_revocation_content, **revoked | {"RevocationId": 9}) == "RevocationIdNotFound"
    unknown = {"TrustStoreArn": arn, "RevocationIds": [9]}
    assert refused(elbv2.remove_trust_store_revocations, **unknown) == "RevocationIdNotFound"
    elbv2.remove_trust_store_revocations(TrustStoreArn=arn, RevocationIds=[added[0]["RevocationId"]])
    assert elbv2.describe_trust_store_revocations(TrustStoreArn=arn)["TrustStoreRevocations"] == []


def test_a_listener_verifies_its_clients_with_a_trust_store(elbv2, balancer, certificate, bundle, refused):
    arn = elbv2.create_trust_store(Name="staff", **bundle)["TrustStores"][0]["TrustStoreArn"]
    asked = listener(balancer, Certificates=[{"CertificateArn": certificate}])
    for wrong in ({"Mode": "verify"}, {"Mode": "off", "TrustStoreArn": arn}, {"Mode": "sometimes"}):
        assert refused(elbv2.create_listener, **asked, MutualAuthentication=wrong) == "ValidationError"
    unknown = {"Mode": "verify", "TrustStoreArn": arn + "0"}
    assert refused(elbv2.create_listener, **asked, MutualAuthentication=unknown) == "TrustStoreNotFound"
    verify = {"Mode": "verify", "TrustStoreArn": arn}
    made = elbv2.create_listener(**asked, MutualAuthentication=verify)["Listeners"][0]["ListenerArn"]
    read = elbv2.describe_listeners(ListenerArns=[made])["Listeners"][0]["MutualAuthentication"]
    assert read.items() >= verify.items()
    used = elbv2.describe_trust_store_associations(TrustStoreArn=arn)["TrustStoreAssociations"]
    assert used == [{"ResourceArn": made}]
    assert refused(elbv2.delete_trust_store, TrustStoreArn=arn) == "TrustStoreInUse"
    elbv2.modify_listener(ListenerArn=made, MutualAuthentication={"Mode": "off"})
    elbv2.delete_trust_store(TrustStoreArn=arn)
