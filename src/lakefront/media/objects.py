"""Objects in S3: one client from the settings, a small store on top, and addresses that a browser may use itself."""

from __future__ import annotations

import datetime as dt
import hashlib
import hmac
import io
from collections.abc import Generator, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final
from urllib.parse import quote, urlencode, urlsplit

import boto3
from boto3.s3.transfer import TransferConfig
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError

from lakefront.config import Settings
from lakefront.errors import CheckFailedError, LakefrontError, NotAllowedError, UnreachableError
from lakefront.media.assets import split_path

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client

#: Signed addresses change once in this time, so that a browser's cache works; each is valid for twice as long.
WINDOW: Final = dt.timedelta(hours=1)
#: Larger files go in parts. One thread: files are sent side by side already.
_IN_PARTS: Final = TransferConfig(
    multipart_threshold=32 * 1024 * 1024, multipart_chunksize=16 * 1024 * 1024, use_threads=False
)
#: Code of the error for an object that is not there.
MISSING: Final = "object-missing"
_MISSING: Final = {"NoSuchKey", "NoSuchBucket", "404", "NotFound"}
_DENIED: Final = {"AccessDenied", "403", "Forbidden", "InvalidAccessKeyId", "SignatureDoesNotMatch"}


def client(settings: Settings, *, connections: int = 16) -> S3Client:
    """Return an S3 client of an environment: path style, short timeouts, retries. Threads may share it."""
    return boto3.client(
        "s3",
        endpoint_url=settings.service("objects").url,
        region_name=settings.env.region,
        aws_access_key_id=settings.secrets.s3_access_key,
        aws_secret_access_key=settings.secrets.s3_secret_key,
        config=Config(
            signature_version="s3v4",
            s3={"addressing_style": "path"},
            connect_timeout=3,
            read_timeout=30,
            retries={"mode": "standard", "total_max_attempts": 4},
            max_pool_connections=connections,
            # Checksums in trailers are refused by S3 servers other than AWS.
            request_checksum_calculation="when_required",
            response_checksum_validation="when_required",
        ),
    )


@dataclass(frozen=True)
class ObjectInfo:
    """What S3 knows of an object."""

    size: int
    content_type: str
    etag: str
    modified: dt.datetime


@dataclass(frozen=True)
class Listed:
    """An object as a list has it."""

    key: str
    size: int
    modified: dt.datetime
    etag: str


@dataclass(frozen=True)
class ObjectStore:
    """One bucket. All methods raise UnreachableError (`objects-unreachable`) or NotAllowedError (`objects-denied`)."""

    s3: S3Client
    bucket: str
    url: str

    @classmethod
    def from_settings(cls, settings: Settings, *, connections: int = 16) -> ObjectStore:
        """Return the media bucket of an environment."""
        return cls(
            client(settings, connections=connections), settings.env.media_bucket, settings.service("objects").url
        )

    def ensure_bucket(self) -> bool:
        """Create the bucket unless it is there; return whether it was created."""
        with self._clear_errors(""):
            try:
                self.s3.head_bucket(Bucket=self.bucket)
            except ClientError as error:
                if _code(error) not in _MISSING:
                    raise
                try:
                    self.s3.create_bucket(Bucket=self.bucket)
                except ClientError as second:
                    if _code(second) not in {"BucketAlreadyOwnedByYou", "BucketAlreadyExists"}:
                        raise
                else:
                    return True
        return False

    def put(
        self,
        key: str,
        data: bytes,
        content_type: str,
        *,
        metadata: Mapping[str, str] | None = None,
        replace: bool = False,
    ) -> bool:
        """Store an object; return False when the key was taken and `replace` is off (nothing is written then)."""
        with self._clear_errors(key):
            try:
                if replace:
                    self.s3.put_object(
                        Bucket=self.bucket, Key=key, Body=data, ContentType=content_type, Metadata=dict(metadata or {})
                    )
                else:
                    self.s3.put_object(
                        Bucket=self.bucket,
                        Key=key,
                        Body=data,
                        ContentType=content_type,
                        Metadata=dict(metadata or {}),
                        IfNoneMatch="*",
                    )
            except ClientError as error:
                if _code(error) in {"PreconditionFailed", "412"}:
                    return False
                raise
        return True

    def place(self, key: str, data: bytes, content_type: str, *, by_way_of: str) -> None:
        """Store an object through another key, which is gone afterwards: the key holds all of the bytes, or nothing.

        Raises UnreachableError (`objects-incomplete`) when fewer bytes have arrived than were sent.
        """
        with self._clear_errors(key):
            self.s3.upload_fileobj(
                io.BytesIO(data), self.bucket, by_way_of, ExtraArgs={"ContentType": content_type}, Config=_IN_PARTS
            )
        arrived = self.head(by_way_of)
        if arrived is None or arrived.size != len(data):
            raise UnreachableError(
                "objects-incomplete",
                f"of {len(data):,} bytes of {self.bucket}/{key}, {arrived.size if arrived else 0:,} have arrived",
                fix="try again, or see `lakefront logs objects`",
            )
        with self._clear_errors(key):
            self.s3.copy(
                {"Bucket": self.bucket, "Key": by_way_of},
                self.bucket,
                key,
                # The copy's age is what tells whether an object that no row names is new.
                ExtraArgs={"ContentType": content_type, "MetadataDirective": "REPLACE"},
                Config=_IN_PARTS,
            )
        self.remove(by_way_of)

    def remove(self, key: str) -> None:
        """Remove an object, if it is there."""
        with self._clear_errors(key):
            self.s3.delete_object(Bucket=self.bucket, Key=key)

    def listed(self, prefix: str) -> Iterator[Listed]:
        """Yield the objects whose keys begin with a prefix, by key."""
        with self._clear_errors(prefix):
            for answer in self.s3.get_paginator("list_objects_v2").paginate(Bucket=self.bucket, Prefix=prefix):
                for item in answer.get("Contents", ()):
                    found = (item.get("Key", ""), item.get("Size", 0), item.get("LastModified"), item.get("ETag", ""))
                    yield Listed(found[0], found[1], found[2] or dt.datetime.now(dt.UTC), found[3].strip('"'))

    def get(self, key: str) -> bytes:
        """Return an object's bytes. Raises CheckFailedError (`object-missing`)."""
        with self._clear_errors(key):
            return self.s3.get_object(Bucket=self.bucket, Key=key)["Body"].read()

    def head(self, key: str) -> ObjectInfo | None:
        """Return what is known of an object, or None when there is none."""
        with self._clear_errors(key):
            try:
                found = self.s3.head_object(Bucket=self.bucket, Key=key)
            except ClientError as error:
                if _code(error) in _MISSING:
                    return None
                raise
        return ObjectInfo(found["ContentLength"], found["ContentType"], found["ETag"].strip('"'), found["LastModified"])

    def path(self, key: str) -> str:
        """Return `s3://bucket/key`."""
        return f"s3://{self.bucket}/{key}"

    @contextmanager
    def _clear_errors(self, key: str) -> Generator[None]:
        try:
            yield
        except (ClientError, BotoCoreError) as error:
            raise translate(error, self.url, f"{self.bucket}/{key}".rstrip("/")) from error


def translate(error: ClientError | BotoCoreError, url: str, what: str) -> LakefrontError:
    """Return our error for one of the S3 client's."""
    if isinstance(error, ClientError):
        code = _code(error)
        if code in _MISSING:
            return CheckFailedError(MISSING, f"there is no {what} in the object store", fix="upload it again")
        if code in _DENIED:
            return NotAllowedError(
                "objects-denied",
                f"the object store at {url} refuses access to {what} ({code})",
                fix="check LAKEFRONT_S3_ACCESS_KEY and LAKEFRONT_S3_SECRET_KEY, and what that key may do",
            )
        status = error.response.get("ResponseMetadata", {}).get("HTTPStatusCode", 0)
        return UnreachableError(
            "objects-failed",
            f"the object store at {url} failed on {what}: {code} (HTTP {status})",
            fix="try again, or see `lakefront logs objects`",
        )
    return UnreachableError(
        "objects-unreachable",
        f"the object store does not answer at {url}",
        fix="start it with `lakefront up`, or correct its address in lakefront.toml",
    )


def _code(error: ClientError) -> str:
    return str(error.response.get("Error", {}).get("Code", ""))


def presign(
    settings: Settings,
    s3_path: str,
    *,
    download: str | None = None,
    content_type: str | None = None,
    now: dt.datetime | None = None,
) -> str:
    """Return an address under which a browser reads an object itself, without our help.

    The address stays the same within one `WINDOW` and is valid for at least one more. `download` makes the browser
    save it under that name instead of showing it.
    """
    bucket, key = split_path(s3_path)
    extra = {"response-cache-control": f"private, max-age={int(WINDOW.total_seconds())}"}
    if download is not None:
        extra["response-content-disposition"] = f"attachment; filename*=UTF-8''{quote(download, safe='')}"
    if content_type is not None:
        extra["response-content-type"] = content_type
    moment = now or dt.datetime.now(dt.UTC)
    seconds = int(WINDOW.total_seconds())
    start = dt.datetime.fromtimestamp(int(moment.timestamp()) // seconds * seconds, dt.UTC)
    return signed_url(
        settings.service("objects").url,
        f"{bucket}/{key}",
        region=settings.env.region,
        access_key=settings.secrets.s3_access_key,
        secret_key=settings.secrets.s3_secret_key,
        signed_at=start,
        expires=2 * seconds,
        query=extra,
    )


def signed_url(
    endpoint: str,
    path: str,
    *,
    region: str,
    access_key: str,
    secret_key: str,
    signed_at: dt.datetime,
    expires: int,
    query: Mapping[str, str] | None = None,
) -> str:
    """Return a GET address signed by AWS Signature Version 4 in the query, at a time of our choice.

    boto3 can only sign at the present moment, which gives each page view other addresses. Format: Amazon S3 API
    Reference, "Authenticating Requests: Using Query Parameters".
    """
    parts = urlsplit(endpoint)
    stamp = signed_at.astimezone(dt.UTC).strftime("%Y%m%dT%H%M%SZ")
    scope = f"{stamp[:8]}/{region}/s3/aws4_request"
    target = quote(f"{parts.path.rstrip('/')}/{path}", safe="/-_.~")
    fields = dict(query or {}) | {
        "X-Amz-Algorithm": "AWS4-HMAC-SHA256",
        "X-Amz-Credential": f"{access_key}/{scope}",
        "X-Amz-Date": stamp,
        "X-Amz-Expires": str(expires),
        "X-Amz-SignedHeaders": "host",
    }
    canonical_query = urlencode(sorted(fields.items()), quote_via=quote, safe="-_.~")
    request = f"GET\n{target}\n{canonical_query}\nhost:{parts.netloc}\n\nhost\nUNSIGNED-PAYLOAD"
    to_sign = f"AWS4-HMAC-SHA256\n{stamp}\n{scope}\n{hashlib.sha256(request.encode()).hexdigest()}"
    key = f"AWS4{secret_key}".encode()
    for step in (stamp[:8], region, "s3", "aws4_request"):
        key = hmac.new(key, step.encode(), hashlib.sha256).digest()
    signature = hmac.new(key, to_sign.encode(), hashlib.sha256).hexdigest()
    return f"{parts.scheme}://{parts.netloc}{target}?{canonical_query}&X-Amz-Signature={signature}"
