"""What the front calls an id follows from the variant, the write and the id's kind, never from what a server drew."""

import pytest
from hardenlab.environments.endpoint.names import Names

ARN = b'{"ARN": "arn:aws:secretsmanager:us-east-1:123456789012:secret:%s"}'
DRAWN_TWICE = [
    (ARN % b"shop/db-QWERTY", ARN % b"shop/db-qWeRtY"),  # one in sixty-four is all capitals
    (ARN % b"shop/db-abcdef", ARN % b"shop/db-ABCDEF"),
    (ARN % b"shop/db-123456", ARN % b"shop/db-zzzzzz"),
    (b"<vpcId>vpc-0123456789abcdef0</vpcId>", b"<vpcId>vpc-11111111111111111</vpcId>"),
    (b"<id>01234567-89ab-cdef-0123-456789abcdef</id>", b"<id>11111111-1111-1111-1111-111111111111</id>"),
    (b"<UserId>AIDAQWERTYUIOPASDFGH</UserId>", b"<UserId>AIDAABCDEFABCDEFABCD</UserId>"),
]


@pytest.mark.parametrize(("first", "second"), DRAWN_TWICE)
def test_an_id_has_the_same_name_whatever_the_server_draws(first, second):
    told = []
    for answer in (first, second):
        names = Names("variant", "123456789012")
        names.learn(answer, b"", "7")
        told.append(names.called(answer))
    assert told[0] == told[1]
    assert told[0] not in (first, second)
