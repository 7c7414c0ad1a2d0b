"""Delivery: files are late, unordered and named as CloudTrail's, nothing is lost, digests vouch for all of it."""

import gzip
import hashlib
import json
import re
from random import Random

import pytest

from hardenlab.evidence.delivery import digests, log_files, moment_of

KEY = re.compile(
    r"AWSLogs/(\d{12})/CloudTrail/([a-z0-9-]+)/(\d{4}/\d\d/\d\d)/\1_CloudTrail_\2_\d{8}T\d{4}Z_[A-Za-z0-9]{16}\.json\.gz"
)


@pytest.fixture(scope="module")
def files(case):
    return list(case.log_files())


def test_every_event_is_delivered_once_by_its_region_and_in_time(files, events):
    delivered = []
    for file in files:
        account, region, _ = KEY.fullmatch(file.key).groups()
        for record in file.records():
            assert (record["recipientAccountId"], record["awsRegion"]) == (account, region)
            assert 0 < file.arrived - moment_of(record) <= 20 * 60
            delivered.append(record["eventID"])
    assert sorted(delivered) == sorted(event["eventID"] for event in events)


def test_files_arrive_in_order_and_events_do_not(files):
    assert [file.arrived for file in files] == sorted(file.arrived for file in files)
    times = [[record["eventTime"] for record in file.records()] for file in files]
    assert any(one != sorted(one) for one in times)
    flat = [time for one in times for time in sorted(one)]
    assert flat != sorted(flat), "a later file holds earlier events"


def test_equal_events_make_equal_files(files, case):
    assert [(file.key, file.body) for file in case.log_files()] == [(file.key, file.body) for file in files]


def test_the_chain_of_digests_names_every_file_with_its_hash(case, files):
    chain = list(case.digests())
    own = [file for file in files if f"/CloudTrail/{case.cast.region}/" in file.key]
    hashes = {file.key: hashlib.sha256(gzip.decompress(file.body)).hexdigest() for file in own}
    listed, before = {}, None
    for digest in chain:
        (content,) = digest.records()
        if before is None:
            assert content["previousDigestS3Object"] is None
        else:
            assert content["previousDigestS3Object"] == before.key
            assert content["previousDigestHashValue"] == hashlib.sha256(gzip.decompress(before.body)).hexdigest()
            assert content["digestStartTime"] == before.records()[0]["digestEndTime"]
        assert content["digestS3Object"] == digest.key and "/CloudTrail-Digest/" in digest.key
        listed |= {item["s3Object"]: item["hashValue"] for item in content["logFiles"]}
        before = digest
    assert listed == hashes


def test_an_altered_file_no_longer_has_the_hash_of_its_digest(events):
    whole = list(log_files(events[:300], "111122223333", Random(1)))
    (content, *_) = (digest.records()[0] for digest in digests(whole, "111122223333", "logs", "trail", "us-east-1"))
    hashes = {item["s3Object"]: item["hashValue"] for item in content["logFiles"]}
    file = next(file for file in whole if file.key in hashes)
    altered = json.loads(gzip.decompress(file.body))
    altered["Records"].pop()
    assert hashlib.sha256(json.dumps(altered, separators=(",", ":")).encode()).hexdigest() != hashes[file.key]
