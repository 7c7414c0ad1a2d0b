"""Steps of AWS KMS."""

import json

from .probe import Probe, policy


def steps(probe: Probe) -> None:
    k = probe.client("kms")
    step = probe.capability("keys/aliases/policy/rotation/grants")
    m = step.works("create_key", lambda: k.create_key(Description="d", Tags=[{"TagKey": "a", "TagValue": "b"}]))[
        "KeyMetadata"
    ]
    K = m["KeyId"]
    step.works("alias", lambda: k.create_alias(AliasName="alias/a", TargetKeyId=K))
    step.tells("describe by alias", lambda: k.describe_key(KeyId="alias/a")["KeyMetadata"]["KeyId"], K)
    step.works("put_key_policy", lambda: k.put_key_policy(KeyId=K, PolicyName="default", Policy=policy()))
    step.tells(
        "get_key_policy",
        lambda: json.loads(k.get_key_policy(KeyId=K, PolicyName="default")["Policy"]),
        json.loads(policy()),
    )
    step.refuses("malformed key policy", lambda: k.put_key_policy(KeyId=K, PolicyName="default", Policy="{x"))
    step.tells("rotation off", lambda: k.get_key_rotation_status(KeyId=K)["KeyRotationEnabled"], False)
    step.works("enable(180)", lambda: k.enable_key_rotation(KeyId=K, RotationPeriodInDays=180))
    step.tells(
        "status",
        lambda: (lambda r: (r["KeyRotationEnabled"], r.get("RotationPeriodInDays")))(
            k.get_key_rotation_status(KeyId=K)
        ),
        (True, 180),
    )
    step.tells("NextRotationDate", lambda: "NextRotationDate" in k.get_key_rotation_status(KeyId=K))
    step.refuses("period 30", lambda: k.enable_key_rotation(KeyId=K, RotationPeriodInDays=30))
    step.works("rotate_on_demand", lambda: k.rotate_key_on_demand(KeyId=K))
    step.works("list_key_rotations", lambda: k.list_key_rotations(KeyId=K))
    step.works(
        "grant",
        lambda: k.create_grant(
            KeyId=K, GranteePrincipal=f"arn:aws:iam::{probe.account}:role/r", Operations=["Decrypt"]
        ),
    )
    step.tells("list_grants", lambda: len(k.list_grants(KeyId=K)["Grants"]), 1)
    e = step.works("encrypt", lambda: k.encrypt(KeyId=K, Plaintext=b"hi", EncryptionContext={"a": "b"}))
    step.tells(
        "decrypt",
        lambda: k.decrypt(CiphertextBlob=e["CiphertextBlob"], EncryptionContext={"a": "b"})["Plaintext"],
        b"hi",
    )
    step.refuses("wrong context", lambda: k.decrypt(CiphertextBlob=e["CiphertextBlob"]))
    step.works("generate_data_key", lambda: k.generate_data_key(KeyId=K, KeySpec="AES_256"))
    step.works("generate_data_key_pair", lambda: k.generate_data_key_pair(KeyId=K, KeyPairSpec="RSA_2048"))
    step.works("disable", lambda: k.disable_key(KeyId=K))
    step.refuses("encrypt on disabled", lambda: k.encrypt(KeyId=K, Plaintext=b"x"))
    step.works("schedule deletion 7", lambda: k.schedule_key_deletion(KeyId=K, PendingWindowInDays=7))
    step.tells("state", lambda: k.describe_key(KeyId=K)["KeyMetadata"]["KeyState"], "PendingDeletion")
    step.works("cancel", lambda: k.cancel_key_deletion(KeyId=K))
    step.tells("state Disabled", lambda: k.describe_key(KeyId=K)["KeyMetadata"]["KeyState"], "Disabled")
    step.refuses("window 3", lambda: k.schedule_key_deletion(KeyId=K, PendingWindowInDays=3))
    step = probe.capability("multi-region / asymmetric / import")
    mr = step.works("multi-region", lambda: k.create_key(MultiRegion=True))
    step.works("replicate", lambda: k.replicate_key(KeyId=mr["KeyMetadata"]["KeyId"], ReplicaRegion="eu-west-1"))
    step.tells(
        "replica readable",
        lambda: probe.client("kms", "eu-west-1").describe_key(KeyId=mr["KeyMetadata"]["KeyId"])["KeyMetadata"][
            "MultiRegion"
        ],
    )
    a = step.works("ECC_NIST_P256 SIGN", lambda: k.create_key(KeySpec="ECC_NIST_P256", KeyUsage="SIGN_VERIFY"))
    s = step.works(
        "sign", lambda: k.sign(KeyId=a["KeyMetadata"]["KeyId"], Message=b"m", SigningAlgorithm="ECDSA_SHA_256")
    )
    step.tells(
        "verify",
        lambda: k.verify(
            KeyId=a["KeyMetadata"]["KeyId"], Message=b"m", Signature=s["Signature"], SigningAlgorithm="ECDSA_SHA_256"
        )["SignatureValid"],
    )
    step.works("get_public_key", lambda: k.get_public_key(KeyId=a["KeyMetadata"]["KeyId"]))
    step.refuses("rotation on asymmetric", lambda: k.enable_key_rotation(KeyId=a["KeyMetadata"]["KeyId"]))
    step.refuses("bad KeySpec", lambda: k.create_key(KeySpec="ZZZ"))
    step.works("Origin EXTERNAL", lambda: k.create_key(Origin="EXTERNAL"))
    step.works(
        "get_parameters_for_import",
        lambda: k.get_parameters_for_import(
            KeyId=K, WrappingAlgorithm="RSAES_OAEP_SHA_256", WrappingKeySpec="RSA_2048"
        ),
    )
