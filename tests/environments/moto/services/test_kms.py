"""AWS KMS through the front, with boto3: states, rotation, policies, imported material."""

import base64
import json
from datetime import timedelta

import pytest
from botocore.exceptions import ClientError
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import padding

from helpers.refusals import refusal

DAY = 24 * 60 * 60


@pytest.fixture
def kms(account):
    return account.client("kms")


@pytest.fixture
def key(kms):
    """The metadata of a new symmetric key with an alias."""
    made = kms.create_key(Description="orders")["KeyMetadata"]
    kms.create_alias(AliasName="alias/orders", TargetKeyId=made["KeyId"])
    return made


def policy(account, **changes):
    statement = {
        "Effect": "Allow", "Principal": {"AWS": f"arn:aws:iam::{account.world.account_id}:root"}, "Action": "kms:*",
        "Resource": "*",
    } | changes  # fmt: skip
    return json.dumps({"Version": "2012-10-17", "Statement": [statement]})


def test_a_key_is_named_by_id_and_arn_and_where_it_is_used_by_alias(account, kms, key):
    alias = f"arn:aws:kms:us-east-1:{account.world.account_id}:alias/orders"
    for name in (key["KeyId"], key["Arn"], "alias/orders", alias):
        assert kms.describe_key(KeyId=name)["KeyMetadata"]["KeyId"] == key["KeyId"]
        secret = kms.encrypt(KeyId=name, Plaintext=b"secret")["CiphertextBlob"]
        assert kms.decrypt(CiphertextBlob=secret, KeyId=name)["Plaintext"] == b"secret"
    for operation in ("disable_key", "enable_key", "enable_key_rotation", "list_grants", "list_resource_tags"):
        getattr(kms, operation)(KeyId=key["Arn"])
        assert refusal(getattr(kms, operation), KeyId="alias/orders") == "NotFoundException"
    assert kms.get_key_rotation_status(KeyId=key["Arn"])["KeyRotationEnabled"]
    assert [row["AliasName"] for row in kms.list_aliases(KeyId=key["Arn"])["Aliases"]] == ["alias/orders"]


@pytest.mark.parametrize("name", ["nonsense", "alias/none", "arn:aws:kms:us-east-1:999999999999:key/" + "0" * 8])
def test_a_key_that_is_not_there_is_not_found(kms, name):
    assert refusal(kms.describe_key, KeyId=name) == "NotFoundException"
    assert refusal(kms.encrypt, KeyId=name, Plaintext=b"x") == "NotFoundException"


def test_a_disabled_key_encrypts_and_decrypts_nothing(kms, key):
    secret = kms.encrypt(KeyId=key["KeyId"], Plaintext=b"secret")["CiphertextBlob"]
    kms.disable_key(KeyId=key["Arn"])
    assert refusal(kms.encrypt, KeyId="alias/orders", Plaintext=b"x") == "DisabledException"
    assert refusal(kms.decrypt, CiphertextBlob=secret) == "DisabledException"
    assert refusal(kms.generate_data_key, KeyId=key["KeyId"], KeySpec="AES_256") == "DisabledException"
    assert refusal(kms.enable_key_rotation, KeyId=key["KeyId"]) == "DisabledException"
    assert kms.describe_key(KeyId=key["KeyId"])["KeyMetadata"]["KeyState"] == "Disabled"
    kms.enable_key(KeyId=key["KeyId"])
    assert kms.decrypt(CiphertextBlob=secret)["Plaintext"] == b"secret"


def test_a_key_is_deleted_after_seven_to_thirty_days(account, kms, key):
    schedule = kms.schedule_key_deletion
    for days in (6, 31):
        assert refusal(schedule, KeyId=key["KeyId"], PendingWindowInDays=days) == "ValidationException"
    assert refusal(kms.cancel_key_deletion, KeyId=key["KeyId"]) == "KMSInvalidStateException"
    schedule(KeyId=key["Arn"], PendingWindowInDays=7)
    assert refusal(kms.encrypt, KeyId=key["KeyId"], Plaintext=b"x") == "KMSInvalidStateException"
    assert refusal(kms.enable_key, KeyId=key["KeyId"]) == "KMSInvalidStateException"
    assert refusal(schedule, KeyId=key["KeyId"]) == "KMSInvalidStateException"
    kms.cancel_key_deletion(KeyId=key["Arn"])
    assert kms.describe_key(KeyId=key["KeyId"])["KeyMetadata"]["KeyState"] == "Disabled"
    answer = schedule(KeyId=key["KeyId"])
    assert (answer["KeyState"], answer["PendingWindowInDays"]) == ("PendingDeletion", 30)
    account.ledger._clock.now += 31 * DAY
    assert refusal(kms.describe_key, KeyId=key["KeyId"]) == "NotFoundException"


def test_rotation_has_a_period_and_a_next_date(account, kms, key):
    assert kms.get_key_rotation_status(KeyId=key["KeyId"])["KeyRotationEnabled"] is False
    kms.enable_key_rotation(KeyId=key["KeyId"], RotationPeriodInDays=100)
    first = account.reopened()
    status = first.client("kms").get_key_rotation_status(KeyId=key["KeyId"])
    assert status["RotationPeriodInDays"] == 100
    first.ledger._clock.now += 150 * DAY
    later = first.client("kms").get_key_rotation_status(KeyId=key["KeyId"])
    assert later["NextRotationDate"] - status["NextRotationDate"] == timedelta(days=100)
    first.client("kms").disable_key_rotation(KeyId=key["KeyId"])
    assert "NextRotationDate" not in first.client("kms").get_key_rotation_status(KeyId=key["KeyId"])
    first.close()


@pytest.mark.parametrize("days", [89, 2561])
def test_a_rotation_period_is_90_to_2560_days(account, key, days):
    kms = account.client("kms", parameter_validation=False)
    code = refusal(kms.enable_key_rotation, KeyId=key["KeyId"], RotationPeriodInDays=days)
    assert code == "ValidationException"


def test_asymmetric_keys_do_not_rotate_and_do_only_what_they_are_for(kms):
    signs = kms.create_key(KeySpec="ECC_NIST_P256", KeyUsage="SIGN_VERIFY")["KeyMetadata"]["KeyId"]
    assert refusal(kms.enable_key_rotation, KeyId=signs) == "UnsupportedOperationException"
    assert refusal(kms.encrypt, KeyId=signs, Plaintext=b"x") == "InvalidKeyUsageException"
    signature = kms.sign(KeyId=signs, Message=b"m", SigningAlgorithm="ECDSA_SHA_256")["Signature"]
    assert kms.verify(KeyId=signs, Message=b"m", Signature=signature, SigningAlgorithm="ECDSA_SHA_256")[
        "SignatureValid"
    ]
    symmetric = kms.create_key()["KeyMetadata"]
    assert symmetric["KeyUsage"] == "ENCRYPT_DECRYPT"
    code = refusal(kms.sign, KeyId=symmetric["KeyId"], Message=b"m", SigningAlgorithm="ECDSA_SHA_256")
    assert code == "InvalidKeyUsageException"
    assert refusal(kms.get_public_key, KeyId=symmetric["KeyId"]) == "UnsupportedOperationException"
    assert refusal(kms.create_key, KeySpec="ECC_NIST_P256") == "ValidationException"


@pytest.mark.parametrize(
    "text",
    [
        "{",
        "[]",
        '{"Version": "2012-10-17", "Statement": []}',
        '{"Version": "2012-10-17", "Statement": [{"Effect": "Permit", "Principal": "*", "Action": "kms:*"}]}',
    ],
)
def test_a_malformed_policy_is_refused(kms, key, text):
    assert refusal(kms.put_key_policy, KeyId=key["KeyId"], Policy=text) == "MalformedPolicyDocumentException"
    assert refusal(kms.create_key, Policy=text) == "MalformedPolicyDocumentException"


def test_a_policy_names_principals_that_exist(account, kms, key):
    user = f"arn:aws:iam::{account.world.account_id}:user/ada"
    both = json.loads(policy(account))
    both["Statement"].append({"Effect": "Allow", "Principal": {"AWS": user}, "Action": "kms:Decrypt", "Resource": "*"})
    text = json.dumps(both)
    with pytest.raises(ClientError, match="invalid principals"):
        kms.put_key_policy(KeyId=key["KeyId"], Policy=text)
    account.client("iam").create_user(UserName="ada")
    kms.put_key_policy(KeyId=key["Arn"], Policy=text)
    assert json.loads(kms.get_key_policy(KeyId=key["KeyId"])["Policy"]) == both


def test_a_policy_that_locks_its_author_out_is_refused_unless_the_check_is_bypassed(account, kms, key):
    for text in (policy(account, Action="kms:Decrypt"), policy(account, Principal={"AWS": "111122223333"})):
        with pytest.raises(ClientError, match="will not allow you to update the key policy") as error:
            kms.put_key_policy(KeyId=key["KeyId"], Policy=text)
        assert error.value.response["Error"]["Code"] == "MalformedPolicyDocumentException"
        kms.put_key_policy(KeyId=key["KeyId"], Policy=text, BypassPolicyLockoutSafetyCheck=True)


def test_a_data_key_pair_comes_with_its_private_half_encrypted(kms, key):
    pair = kms.generate_data_key_pair(KeyId="alias/orders", KeyPairSpec="ECC_NIST_P256")
    private = serialization.load_der_private_key(pair["PrivateKeyPlaintext"], None)
    public = private.public_key().public_bytes(
        serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo
    )
    assert public == pair["PublicKey"]
    assert kms.decrypt(CiphertextBlob=pair["PrivateKeyCiphertextBlob"])["Plaintext"] == pair["PrivateKeyPlaintext"]
    without = kms.generate_data_key_pair_without_plaintext(KeyId=key["KeyId"], KeyPairSpec="RSA_2048")
    assert "PrivateKeyPlaintext" not in without


def test_key_material_is_imported_once_and_always_the_same(account, kms):
    made = kms.create_key(Origin="EXTERNAL")["KeyMetadata"]
    assert (made["KeyState"], made["Enabled"]) == ("PendingImport", False)
    assert refusal(kms.encrypt, KeyId=made["KeyId"], Plaintext=b"x") == "KMSInvalidStateException"
    members = {"KeyId": made["KeyId"], "WrappingAlgorithm": "RSAES_OAEP_SHA_256", "WrappingKeySpec": "RSA_2048"}

    def load(material, **more):
        given = kms.get_parameters_for_import(**members)
        public = serialization.load_der_public_key(given["PublicKey"])
        wrapped = public.encrypt(material, padding.OAEP(padding.MGF1(hashes.SHA256()), hashes.SHA256(), None))
        more = more or {"ExpirationModel": "KEY_MATERIAL_DOES_NOT_EXPIRE"}
        token = {"ImportToken": given["ImportToken"], "EncryptedKeyMaterial": wrapped}
        return kms.import_key_material(KeyId=made["KeyId"], **(token | more))

    assert refusal(load, b"short") == "IncorrectKeyMaterialException"
    assert refusal(load, b"k" * 32, ImportToken=b"no", ExpirationModel="KEY_MATERIAL_DOES_NOT_EXPIRE") == (
        "InvalidImportTokenException"
    )
    load(b"k" * 32)
    secret = kms.encrypt(KeyId=made["KeyId"], Plaintext=b"secret")["CiphertextBlob"]
    kms.delete_imported_key_material(KeyId=made["KeyId"])
    assert refusal(kms.decrypt, CiphertextBlob=secret) == "KMSInvalidStateException"
    assert refusal(load, b"q" * 32) == "IncorrectKeyMaterialException"
    load(b"k" * 32)
    assert kms.decrypt(CiphertextBlob=secret)["Plaintext"] == b"secret"
    assert refusal(kms.enable_key_rotation, KeyId=made["KeyId"]) == "UnsupportedOperationException"
    assert refusal(kms.get_parameters_for_import, **members | {"KeyId": kms.create_key()["KeyMetadata"]["KeyId"]}) == (
        "UnsupportedOperationException"
    )


def test_keys_are_listed_in_pages(kms):
    for _ in range(3):
        kms.create_key()
    first = kms.list_keys(Limit=2)
    assert (len(first["Keys"]), first["Truncated"]) == (2, True)
    assert len(kms.list_keys(Limit=2, Marker=first["NextMarker"])["Keys"]) >= 1


def test_other_services_still_find_their_default_key(account, kms):
    described = kms.describe_key(KeyId="alias/aws/s3")["KeyMetadata"]
    assert described["KeyState"] == "Enabled"
    assert base64.b64encode(kms.encrypt(KeyId="alias/aws/s3", Plaintext=b"x")["CiphertextBlob"])


def test_a_key_takes_no_tag_of_aws_s_and_none_twice(kms):
    key = kms.create_key()["KeyMetadata"]["KeyId"]
    reserved, twice = [{"TagKey": "aws:x", "TagValue": "1"}], [{"TagKey": "a", "TagValue": "1"}] * 2
    for tags in (reserved, twice):
        assert refusal(kms.create_key, Tags=tags) == "TagException"
        assert refusal(kms.tag_resource, KeyId=key, Tags=tags) == "TagException"
    assert refusal(kms.untag_resource, KeyId=key, TagKeys=["aws:x"]) == "TagException"


def test_a_grant_is_for_a_principal(kms):
    key = kms.create_key()["KeyMetadata"]["KeyId"]
    assert refusal(kms.create_grant, KeyId=key, GranteePrincipal="ada", Operations=["Decrypt"]) == "InvalidArnException"
