"""A client of S3 for these tests, with nothing but the standard library, and trees of objects below a prefix.

It shares no code with the program that is tested. Requests are signed by version 4 of AWS's signatures (User Guide,
"Signature Calculations for the Authorization Header"). Nothing is repeated: what fails, fails.
"""
import concurrent.futures
import datetime
import hashlib
import hmac
import http.client
import os
import threading
import urllib.parse
import xml.etree.ElementTree

AT_ONCE = 8


class Client:
    """Requests to the server and with the credentials of an environment, whose names are those of AWS."""

    def __init__(self, environment=os.environ):
        self.host = environment["AWS_ENDPOINT_URL_S3"].removeprefix("http://")
        self.region = environment["AWS_REGION"]
        self.identity, self.secret = environment["AWS_ACCESS_KEY_ID"], environment["AWS_SECRET_ACCESS_KEY"]
        self.local = threading.local()

    def request(self, method, path, query=(), body=b"", headers=()):
        """Sends a request; the status and the body of its answer."""
        path = urllib.parse.quote(path, safe="/~")
        query = "&".join(f"{urllib.parse.quote(name, safe='~')}={urllib.parse.quote(value, safe='~')}" for name, value in sorted(query))
        signed = self.sign(method, path, query, body, {name.lower(): value for name, value in dict(headers).items()})
        target = f"{path}?{query}" if query else path
        for again in (True, False):
            connection = getattr(self.local, "connection", None)
            if connection is None:
                again, connection = False, http.client.HTTPConnection(self.host, timeout=60)
                self.local.connection = connection
            try:
                connection.request(method, target, body, signed)
                answer = connection.getresponse()
                return answer.status, answer.read()
            except (http.client.HTTPException, OSError):
                # a connection that was kept may have been closed meanwhile
                connection.close()
                self.local.connection = None
                if not again:
                    raise

    def sign(self, method, path, query, body, headers):
        moment = datetime.datetime.now(datetime.timezone.utc).strftime("%Y%m%dT%H%M%SZ")
        digest = hashlib.sha256(body).hexdigest()
        headers = {**headers, "host": self.host, "x-amz-content-sha256": digest, "x-amz-date": moment}
        names = ";".join(sorted(headers))
        lines = "".join(f"{name}:{headers[name]}\n" for name in sorted(headers))
        canonical = hashlib.sha256("\n".join([method, path, query, lines, names, digest]).encode()).hexdigest()
        scope = f"{moment[:8]}/{self.region}/s3/aws4_request"
        key = f"AWS4{self.secret}".encode()
        for part in [*scope.split("/"), f"AWS4-HMAC-SHA256\n{moment}\n{scope}\n{canonical}"]:
            key = hmac.digest(key, part.encode(), "sha256")
        credential = f"AWS4-HMAC-SHA256 Credential={self.identity}/{scope}, SignedHeaders={names}, Signature={key.hex()}"
        return {**headers, "authorization": credential}

    def must(self, method, path, **more):
        status, body = self.request(method, path, **more)
        if status not in (200, 204):
            raise RuntimeError(f"{method} {path} was answered {status}: {body.decode(errors='replace')[:300]}")
        return body

    def create(self, bucket):
        self.must("PUT", f"/{bucket}")

    def put(self, bucket, key, body, new=False):
        """Writes an object as the program does; whether it was created, which it may not be if it must be `new`."""
        headers = {"x-amz-meta-sha256": hashlib.sha256(body).hexdigest(), **({"if-none-match": "*"} if new else {})}
        status, answer = self.request("PUT", f"/{bucket}/{key}", body=body, headers=headers)
        if status not in ((200, 409, 412) if new else (200,)):
            raise RuntimeError(f"PUT {key} was answered {status}: {answer.decode(errors='replace')[:300]}")
        return status == 200

    def get(self, bucket, key):
        return self.must("GET", f"/{bucket}/{key}")

    def delete(self, bucket, key):
        self.must("DELETE", f"/{bucket}/{key}")

    def list(self, bucket, prefix):
        """The keys that begin with a prefix, in the order in which they are listed, with their ETags."""
        found, token = {}, ()
        while True:
            page = xml.etree.ElementTree.fromstring(self.must("GET", f"/{bucket}", query=[("list-type", "2"), ("prefix", prefix), *token]))
            for listed in page.findall("{*}Contents"):
                found[listed.findtext("{*}Key")] = listed.findtext("{*}ETag").strip('"')
            following = page.findtext("{*}NextContinuationToken")
            if not following:
                return found
            token = [("continuation-token", following)]


class Prefix:
    """The objects below a prefix of a bucket, as a store has them."""

    def __init__(self, client, bucket, prefix):
        self.client, self.bucket, self.prefix = client, bucket, prefix

    def __str__(self):
        return f"s3://{self.bucket}/{self.prefix}"

    def key(self, name):
        return f"{self.prefix}/{name}"

    def restore(self, folder):
        """Makes these objects those that the files of a folder are, which may be missing; what is the same stays."""
        files = {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}
        there = self.list()
        wrong = [name for name, etag in there.items() if name not in files or etag_of(files[name]) != etag]
        for_all(lambda name: self.client.delete(self.bucket, self.key(name)), wrong)
        new = [name for name in files if name not in there or name in wrong]
        for_all(lambda name: self.client.put(self.bucket, self.key(name), files[name]), new)

    def list(self):
        """The ETag of every object, by name."""
        listed = self.client.list(self.bucket, self.key(""))
        return {key.removeprefix(self.key("")): etag for key, etag in listed.items()}

    def etags(self):
        """The same without the run log."""
        return {name: etag for name, etag in self.list().items() if not name.startswith(("runs/", "turns/", "checkpoints/"))}

    def tree(self):
        """The contents of every object, by name, but for the run log."""
        names = list(self.etags())
        return dict(zip(names, for_all(lambda name: self.client.get(self.bucket, self.key(name)), names)))


def etag_of(body):
    """The ETag of an object that was written at once, without a key of KMS: its MD5."""
    return hashlib.md5(body, usedforsecurity=False).hexdigest()


def for_all(work, items):
    """The results of work on each item, several at once, in order."""
    with concurrent.futures.ThreadPoolExecutor(AT_ONCE) as pool:
        return list(pool.map(work, items))
