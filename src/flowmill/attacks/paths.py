"""Ways out of the artifact root: by a path, and by a location that is kept and read again later."""

from __future__ import annotations

from collections.abc import Iterable
from functools import partial
from urllib.parse import quote

from flowmill.attacks.attack import Attack, Breach
from flowmill.attacks.payloads import payloads
from flowmill.attacks.target import Target

_READING = (
    "/mlflow/artifacts/list?run_id={run}&path={path}",
    "/mlflow/logged-models/{model}/artifacts/directories?artifact_directory_path={path}",
    "/mlflow/logged-models/{model}/artifacts/files?artifact_file_path={path}",
    "/mlflow-artifacts/artifacts?path={path}",
    "/mlflow-artifacts/artifacts/{path}",
    "/mlflow-artifacts/presigned/{path}",
)
_READING_BARE = (
    "/get-artifact?run_id={run}&path={path}",
    "/get-artifact?run_uuid={run}&path={path}",
    "/api/flowmill/1/artifacts/zip?run_id={run}&path={path}",
)
_REFUSALS = (400, 403, 404, 405, 501)


def use_paths(target: Target, paths: Iterable[str]) -> None:
    """Read, write and delete by these paths under every name of every endpoint."""
    for path in paths:
        encoded = quote(path, safe="", errors="surrogatepass")
        named = {"run": target.run_id, "model": target.model_id, "path": encoded}
        for ending in (*(root + each for root in target.roots for each in _READING), *_READING_BARE):
            asked = ending.format(**named)
            target.refuse(target.get(asked), f"GET {asked}", *_REFUSALS)
        _write(target, path, encoded)
    target.prove()


def _write(target: Target, path: str, encoded: str) -> None:
    once = quote(path, safe="/%", errors="surrogatepass")
    for root in target.roots:
        proxy = f"{target.base}{root}/mlflow-artifacts"
        for method in ("PUT", "DELETE"):
            target.refuse(
                target.send(method, f"{proxy}/artifacts/{encoded}", b"planted"), f"{method} of {path!r}", *_REFUSALS
            )
            # Decoded once more on its way, a path may be an ordinary one; `send` and what lies outside tell.
            if method == "PUT":
                target.send(method, f"{proxy}/artifacts/{target.place}/{once}", b"planted")
        body = {"path": "x", "num_parts": 1}
        target.refuse(target.send("POST", f"{proxy}/mpu/create/{encoded}", body), f"mpu/create of {path!r}", *_REFUSALS)
        # Of these the name alone counts, or a part of an upload that nobody began: nothing may come of them.
        body = {"path": path, "num_parts": 1}
        begun = target.send("POST", f"{proxy}/mpu/create/{target.place}", body)
        if begun.status == 200:
            upload = {"path": path, "upload_id": begun.fields["upload_id"]}
            target.send("POST", f"{proxy}/mpu/abort/{target.place}", upload)
        for order in ("complete", "abort"):
            body = {"path": "x", "upload_id": path, "parts": []}
            answer = target.send("POST", f"{proxy}/mpu/{order}/{target.place}", body)
            target.refuse(answer, f"mpu/{order} of {path!r}", *_REFUSALS)
        for way in ("download", "upload"):
            answer = target.call(f"artifacts/presigned-{way}-url", {"run_id": target.run_id, "path": path}, root=root)
            target.refuse(answer, f"An address to {way} {path!r}", *_REFUSALS)
    part = target.send("PUT", f"{target.base}/api/flowmill/1/artifact-uploads/{encoded}/1", b"planted")
    target.refuse(part, f"A part of {path!r}", *_REFUSALS)
    page = f"{target.base}/ajax-api/2.0/mlflow/upload-artifact?run_uuid={target.run_id}&path={encoded}"
    kind = "application/octet-stream"
    target.refuse(target.send("POST", page, b"planted", {"Content-Type": kind}), f"upload of {path!r}", *_REFUSALS)


def name_places(target: Target, places: Iterable[str]) -> None:
    """Have the server keep a location that leads elsewhere, as an experiment's or a version's, with every disguise."""
    prompt = [{"key": "mlflow.prompt.is_prompt", "value": "true"}]
    for root in target.roots:
        for place in places:
            tries = (
                ("experiments/create", {"name": f"{target.mark}-{len(place)}", "artifact_location": place}),
                ("model-versions/create", {"name": target.mark, "source": place}),
                ("model-versions/create", {"name": target.mark, "source": place, "run_id": target.run_id}),
                ("model-versions/create", {"name": target.mark, "source": place, "tags": prompt}),
            )
            for operation, fields in tries:
                target.refuse(target.call(operation, fields, root=root), f"{operation} with {place!r}", 400)
    target.refuse(target.get(f"/model-versions/get-artifact?name={target.mark}&version=1&path=passwd"), "its file")


def ask_what_exists(target: Target) -> None:
    """Tell by the answer whether a file of the machine exists."""
    for path in ("/etc/{}", "../../../../etc/{}", "file:///etc/{}"):
        asked = "/get-artifact?run_id={}&path={}"
        there, missing = (
            target.get(asked.format(target.run_id, quote(path.format(name), safe=""))) for name in ("passwd", "passwf")
        )
        said = [answer.body.replace(name, b"") for answer, name in ((there, b"passwd"), (missing, b"passwf"))]
        if there.status != missing.status or said[0] != said[1]:
            raise Breach(f"The answer tells whether {path.format('passwd')} exists.")
    name_places(target, ["/etc", "/no-such-folder"])


PLACES = {
    "PT-02": ["file:///etc", "file:///etc/"],
    "PT-10": ["http:///?/../../../../etc/", "mlflow-artifacts:/x?/../../etc"],
    "PT-11": ["http:///#/../../../../etc/", "mlflow-artifacts:/x#/../../etc"],
    "PT-12": ["http:///;/../../../etc/", "mlflow-artifacts:/;/../../../etc/"],
    "PT-13": ["//proc/self/root", "///proc/self/root"],
    "PT-14": ["mlflow-artifacts:/%2e%2e/%2e%2e/etc", "mlflow-artifacts:/a/%252e%252e/b", "file:%2f%2f%2fetc"],
    "PT-15": ["file:etc", "file://localhost/etc", "FILE:///etc", " file:///etc", "file://./etc", "\tfile:///etc"],
    "PT-16": ["dbfs:/etc?x", "dbfs:/../etc", "unknown:/etc"],
    "PT-17": ["/etc", "file:///etc/passwd"],
    "PT-20": ["../../etc", "/proc/self/cwd", "mlflow-artifacts:/../../x"],
    "SS-02": ["http://127.0.0.1:1/", "http://localhost/", "https://10.0.0.1/x"],
    "SS-03": ["http://169.254.169.254/latest/meta-data/", "http://metadata.google.internal/"],
    "SS-04": ["ftp://10.0.0.1/", "sftp://h/x", "hdfs://h/x", "viewfs://h/x", "r2://b/x", "b2://b/x", "s3://other/x",
              "gs://other/x", "abfss://fs@evil.host/x", "mlflow-artifacts://evil:80/x"],
}  # fmt: skip
_WORDS = {
    "PT-01": "dots in the path of a run's file",
    "PT-02": "a version made from a folder of the machine",
    "PT-04": "dots in locations of any scheme",
    "PT-05": "backslashes",
    "PT-06": "drives of Windows",
    "PT-07": "mixes of drives and shares",
    "PT-08": "double encoding, to delete",
    "PT-09": "more layers of encoding",
    "PT-10": "a path hidden in a location's query",
    "PT-11": "a path hidden in a location's fragment",
    "PT-12": "a path hidden in a location's parameters",
    "PT-13": "a double slash taken for a host",
    "PT-14": "a location that another decoding changes",
    "PT-15": "disguises of file:",
    "PT-16": "unknown schemes",
    "PT-17": "a version that calls itself a prompt",
    "PT-18": "names of a foreign listing",
    "PT-19": "writing outside of the root",
    "PT-20": "dots in a model's place",
    "PT-23": "other encodings, control characters, look-alikes",
    "SS-02": "locations inside the network",
    "SS-03": "locations of a cloud's metadata service",
    "SS-04": "locations of other hosts and schemes",
}


def _both(row: str, target: Target) -> None:
    use_paths(target, payloads().get(row, ()))
    name_places(target, PLACES.get(row, ()))


PATHS = [Attack(row, what, partial(_both, row)) for row, what in _WORDS.items()]
PATHS.append(Attack("PT-03", "telling by the answer what exists on the machine", ask_what_exists))
