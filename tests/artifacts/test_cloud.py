"""What only object stores have: accounts, regions, pages of names, signatures, buckets that are not there."""

from __future__ import annotations

import os
import subprocess
import sys
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest

from flowmill.artifacts.aws import Aws, read_aws
from flowmill.artifacts.cloud import CloudArtifacts
from flowmill.artifacts.open import open_artifacts, open_served
from flowmill.artifacts.s3_multipart import Credentials, S3Signer
from flowmill.entities.artifact import FileInfo
from flowmill.errors import Invalid, Unavailable

KEYS = Credentials("AKIAIOSFODNN7EXAMPLE", "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY")


def test_the_signature_of_amazons_own_example() -> None:
    """https://docs.aws.amazon.com/AmazonS3/latest/API/sigv4-query-string-auth.html"""
    signer = S3Signer("https://examplebucket.s3.amazonaws.com", "us-east-1", KEYS)
    url = signer.sign("GET", "test.txt", 86400, now=datetime(2013, 5, 24))
    signature = parse_qs(urlsplit(url).query)["X-Amz-Signature"]
    assert signature == ["aeeed9bbccd4d02ee5c0109b86d86835f995330da4c265957d157751f604d404"]


@pytest.mark.parametrize("key", ["a", "a b/c+d%20e.txt", "Größe/ключ", "x~(1)[2]{3}'!$@,;=&?#.txt"])
@pytest.mark.parametrize("token", [None, "session/token+="])
def test_signatures_are_those_of_another_implementation(key: str, token: str | None) -> None:
    import obstore
    from obstore.store import S3Store

    config: Any = {"session_token": token} if token else {}
    store = S3Store("bucket", region="eu-west-1", access_key_id=KEYS.key_id, secret_access_key=KEYS.secret, **config)
    theirs = urlsplit(obstore.sign(store, "PUT", key, timedelta(seconds=60)))
    asked = parse_qs(theirs.query)
    moment = datetime.strptime(asked["X-Amz-Date"][0], "%Y%m%dT%H%M%SZ")
    signer = S3Signer("https://s3.eu-west-1.amazonaws.com/bucket", "eu-west-1", KEYS._replace(token=token))
    ours = urlsplit(signer.sign("PUT", key, 60, now=moment))
    assert (ours.netloc, ours.path, parse_qs(ours.query)) == (theirs.netloc, theirs.path, asked)


def test_credentials_are_not_shown() -> None:
    assert "wJalr" not in repr(S3Signer("https://x", "r", KEYS))


def test_where_amazons_tools_keep_keys(tmp_path: Path) -> None:
    folder = tmp_path / ".aws"
    folder.mkdir()
    (folder / "credentials").write_text(
        "[default]\naws_access_key_id = a\naws_secret_access_key = b%c\n"
        "[team]\naws_access_key_id = t\naws_secret_access_key = u\naws_session_token = v\n"
    )
    (folder / "config").write_text(
        "[default]\nregion = eu-central-1\n[profile team]\nregion = us-west-2\nendpoint_url = http://minio\n"
        "[profile sso]\nsso_session = corporate\n"
    )
    assert read_aws({}, tmp_path) == Aws("eu-central-1", None, Credentials("a", "b%c"), "default")
    team = read_aws({"AWS_PROFILE": "team"}, tmp_path)
    assert team == Aws("us-west-2", "http://minio", Credentials("t", "u", "v"), "team")
    env = {"AWS_ACCESS_KEY_ID": "k", "AWS_SECRET_ACCESS_KEY": "s", "AWS_REGION": "x", "AWS_ENDPOINT_URL": "http://e"}
    assert read_aws(env, tmp_path) == Aws("x", "http://e", Credentials("k", "s"), "default")
    assert read_aws({"AWS_PROFILE": "sso"}, tmp_path).needs_boto3
    # A pod's identity goes before a file that happens to lie there.
    assert read_aws({"AWS_WEB_IDENTITY_TOKEN_FILE": "/token"}, tmp_path).credentials is None
    with pytest.raises(Invalid, match="no AWS profile 'gone'"):
        read_aws({"AWS_PROFILE": "gone"}, tmp_path)
    (folder / "config").write_text("no section")
    with pytest.raises(Invalid, match="Cannot read"):
        read_aws({}, tmp_path)
    assert read_aws({}, tmp_path / "nothing") == Aws("us-east-1", profile="default")


def test_more_names_than_a_page_holds(s3: dict[str, str], tmp_path: Path) -> None:
    store = open_artifacts(f"s3://bucket/{tmp_path.name}")
    (tmp_path / "in").mkdir()
    for number in range(1100):
        (tmp_path / "in" / f"{number:04}").write_bytes(b"x")
    store.put_tree(tmp_path / "in", "many")
    store.put("many-too", b"not below many")
    assert [info.path for info in store.list("many")] == [f"many/{number:04}" for number in range(1100)]
    store.delete("many")
    assert store.list() == [FileInfo(path="many-too", is_dir=False, file_size=14)]


def test_a_big_file_in_parts(s3: dict[str, str], tmp_path: Path) -> None:
    content = os.urandom(40_000_000)
    (tmp_path / "in").write_bytes(content)
    store = open_artifacts(f"s3://bucket/{tmp_path.name}")
    store.put("big", tmp_path / "in")
    store.get("big", tmp_path / "out")
    assert (tmp_path / "out").read_bytes() == content
    assert sorted(entry.name for entry in tmp_path.iterdir()) == ["in", "out"]


def test_names_of_others_in_the_bucket(s3: dict[str, str], tmp_path: Path) -> None:
    """The empty marker that consoles make for a folder is no file; a name that leads out is no artifact."""
    import boto3

    bucket: Any = boto3.client("s3", endpoint_url=s3["MLFLOW_S3_ENDPOINT_URL"])
    top = tmp_path.name
    for key in (f"{top}/folder/", f"{top}/folder/a.txt", f"{top}/with\\backslash"):
        bucket.put_object(Bucket="bucket", Key=key, Body=b"1" if key.endswith("txt") else b"")
    store = open_artifacts(f"s3://bucket/{top}")
    assert [info.path for info in store.list()] == ["folder"]
    assert [info.path for info in store.list("folder")] == ["folder/a.txt"]
    assert sorted(path.name for path in store.get_tree("folder", tmp_path).iterdir()) == ["a.txt"]
    with pytest.raises(Unavailable, match="no artifact may have"):
        store.get_tree("", tmp_path / "out")
    assert not (tmp_path / "out").exists()


def test_what_the_environment_asks_for_is_asked_of_s3(
    s3: dict[str, str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    import boto3

    monkeypatch.setenv(
        "MLFLOW_S3_UPLOAD_EXTRA_ARGS",
        '{"ServerSideEncryption": "aws:kms", "SSEKMSKeyId": "k1", "StorageClass": "STANDARD_IA"}',
    )
    bucket: Any = boto3.client("s3", endpoint_url=s3["MLFLOW_S3_ENDPOINT_URL"])
    store = open_artifacts(f"s3://bucket/{tmp_path.name}")
    store.put("page.html", b"<b>")
    found = bucket.head_object(Bucket="bucket", Key=f"{tmp_path.name}/page.html")
    assert (found["ServerSideEncryption"], found["StorageClass"]) == ("aws:kms", "STANDARD_IA")
    assert found["ContentType"] == "text/html"
    for text in ("{", "[]", '{"ACL": "public-read"}'):
        monkeypatch.setenv("MLFLOW_S3_UPLOAD_EXTRA_ARGS", text)
        with pytest.raises(Invalid, match="MLFLOW_S3_UPLOAD_EXTRA_ARGS"):
            open_artifacts("s3://bucket/x")
    monkeypatch.delenv("MLFLOW_S3_UPLOAD_EXTRA_ARGS")
    monkeypatch.setenv("MLFLOW_S3_EXPECTED_BUCKET_OWNER", "1")
    with pytest.raises(Invalid, match="not supported"):
        open_artifacts("s3://bucket/x")


def test_a_bucket_that_is_not_there(s3: dict[str, str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    store = open_artifacts("s3://nobody-made-it/x")
    for attempt in (lambda: store.put("a", b"1"), lambda: store.read("a"), store.list, lambda: store.delete("a")):
        with pytest.raises(Unavailable, match="no bucket or container at s3://nobody-made-it"):
            attempt()


def test_azure_and_google_are_told_by_their_own_variables(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in [name for name in os.environ if name.startswith(("AZURE_", "GOOGLE_"))]:
        monkeypatch.delenv(name)
    with pytest.raises(Invalid, match="names no storage account"):
        open_artifacts("az://container/x")
    monkeypatch.setenv(
        "AZURE_STORAGE_CONNECTION_STRING",
        "DefaultEndpointsProtocol=https;AccountName=ours;AccountKey=a2V5;EndpointSuffix=core.windows.net",
    )
    for uri in ("az://con/x", "wasbs://con@ours.blob.core.windows.net/x", "abfss://con@ours.dfs.core.windows.net/x"):
        url, headers = open_served(uri).sign("PUT", "a.txt", 60)
        assert url.startswith("https://ours.blob.core.windows.net/con/x/a.txt?")
        assert headers == {"x-ms-blob-type": "BlockBlob"}
    with pytest.raises(Invalid, match="is for the account 'ours'"):
        open_artifacts("wasbs://con@theirs.blob.core.windows.net/x")
    monkeypatch.setenv("STORAGE_EMULATOR_HOST", "127.0.0.1:9")
    assert isinstance(open_artifacts("gs://bucket/x"), CloudArtifacts)


def test_without_obstore_a_sentence_says_what_to_install() -> None:
    code = (
        "import sys; sys.modules['obstore'] = None\n"
        "from flowmill.artifacts import open_artifacts\n"
        "try:\n    open_artifacts('s3://bucket/x')\nexcept Exception as error:\n    print(error)\n"
        "import flowmill; assert 'boto3' not in sys.modules\n"
    )
    said = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout
    assert said == "Object stores need obstore: run `pip install 'flowmill[cloud]'` and try again.\n"
