"""Steps of AWS KMS."""

import json

from .probe import Probe, policy


def steps(probe: Probe) -> None:
    k = probe.client("kms")
    step = probe.capability("keys/aliases/policy/rotation/grants")
    m = step.works("create_key", k.create_key, Description="d", Tags=[{"TagKey": "a", "TagValue": "b"}])["KeyMetadata"]
    K = m["KeyId"]
    step.works("alias", k.create_alias, AliasName="alias/a", TargetKeyId=K)
    step.tells("describe by alias", lambda: k.describe_key(KeyId="alias/a")["KeyMetadata"]["KeyId"], K)
    step.refuses("key policy of nobody", k.put_key_policy, KeyId=K, PolicyName="default", Policy=policy())
    owner = policy(Principal={"AWS": f"arn:aws:iam::{probe.account}:root"})
    step.works("put_key_policy", k.put_key_policy, KeyId=K, PolicyName="default", Policy=owner)
    step.tells(
        "get_key_policy", lambda: json.loads(k.get_key_policy(KeyId=K, PolicyName="default")["Policy"]),
        json.loads(owner),
    )  # fmt: skip
    step.refuses("malformed key policy", k.put_key_policy, KeyId=K, PolicyName="default", Policy="{x")
    step.tells("rotation off", lambda: k.get_key_rotation_status(KeyId=K)["KeyRotationEnabled"], False)
    step.works("enable(180)", k.enable_key_rotation, KeyId=K, RotationPeriodInDays=180)
    step.tells(
        "status",
        lambda: (lambda r: (r["KeyRotationEnabled"],
            r.get("RotationPeriodInDays")))(k.get_key_rotation_status(KeyId=K)),
        (True, 180),
    )  # fmt: skip
    step.tells("NextRotationDate", lambda: "NextRotationDate" in k.get_key_rotation_status(KeyId=K))
    step.refuses("period 30", k.enable_key_rotation, KeyId=K, RotationPeriodInDays=30)
    step.works("rotate_on_demand", k.rotate_key_on_demand, KeyId=K)
    step.works("list_key_rotations", k.list_key_rotations, KeyId=K)
    step.works(
        "grant", k.create_grant, KeyId=K, GranteePrincipal=f"arn:aws:iam::{probe.account}:role/r",
        Operations=["Decrypt"],
    )  # fmt: skip
    step.tells("list_grants", lambda: len(k.list_grants(KeyId=K)["Grants"]), 1)
    e = step.works("encrypt", k.encrypt, KeyId=K, Plaintext=b"hi", EncryptionContext={"a": "b"})
    step.tells(
        "decrypt", lambda: k.decrypt(CiphertextBlob=e["CiphertextBlob"], EncryptionContext={"a": "b"})["Plaintext"],
        b"hi",
    )  # fmt: skip
    step.refuses("wrong context", k.decrypt, CiphertextBlob=e["CiphertextBlob"])
    step.works("generate_data_key", k.generate_data_key, KeyId=K, KeySpec="AES_256")
    step.works("generate_data_key_pair", k.generate_data_key_pair, KeyId=K, KeyPairSpec="RSA_2048")
    step.works("disable", k.disable_key, KeyId=K)
    step.refuses("encrypt on disabled", k.encrypt, KeyId=K, Plaintext=b"x")
    step.works("schedule deletion 7", k.schedule_key_deletion, KeyId=K, PendingWindowInDays=7)
    step.tells("state", lambda: k.describe_key(KeyId=K)["KeyMetadata"]["KeyState"], "PendingDeletion")
    step.works("cancel", k.cancel_key_deletion, KeyId=K)
    step.tells("state Disabled", lambda: k.describe_key(KeyId=K)["KeyMetadata"]["KeyState"], "Disabled")
    step.refuses("window 3", k.schedule_key_deletion, KeyId=K, PendingWindowInDays=3)
    step = probe.capability("multi-region / asymmetric / import")
    mr = step.works("multi-region", k.create_key, MultiRegion=True)
    step.works("replicate", k.replicate_key, KeyId=mr["KeyMetadata"]["KeyId"], ReplicaRegion="eu-west-1")
    step.tells(
        "replica readable",
        lambda: probe.client("kms",
            "eu-west-1").describe_key(KeyId=mr["KeyMetadata"]["KeyId"])["KeyMetadata"]["MultiRegion"],
    )  # fmt: skip
    a = step.works("ECC_NIST_P256 SIGN", k.create_key, KeySpec="ECC_NIST_P256", KeyUsage="SIGN_VERIFY")
    s = step.works("sign", k.sign, KeyId=a["KeyMetadata"]["KeyId"], Message=b"m", SigningAlgorithm="ECDSA_SHA_256")
    step.tells(
        "verify",
        lambda: k.verify(KeyId=a["KeyMetadata"]["KeyId"], Message=b"m", Signature=s["Signature"],
            SigningAlgorithm="ECDSA_SHA_256")["SignatureValid"],
    )  # fmt: skip
    step.works("get_public_key", k.get_public_key, KeyId=a["KeyMetadata"]["KeyId"])
    step.refuses("rotation on asymmetric", k.enable_key_rotation, KeyId=a["KeyMetadata"]["KeyId"])
    step.refuses("bad KeySpec", k.create_key, KeySpec="ZZZ")
    wrapping = {"WrappingAlgorithm": "RSAES_OAEP_SHA_256", "WrappingKeySpec": "RSA_2048"}
    step.refuses("import into a key of AWS KMS's own material", k.get_parameters_for_import, KeyId=K, **wrapping)
    empty = step.works("Origin EXTERNAL", k.create_key, Origin="EXTERNAL")["KeyMetadata"]["KeyId"]
    step.works("get_parameters_for_import", k.get_parameters_for_import, KeyId=empty, **wrapping)
