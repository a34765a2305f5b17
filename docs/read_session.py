#!/usr/bin/env python3
"""Reads a session of ringsession, with Python's standard library alone.

SESSION_SECRET=… read_session.py 'redis://host:6379?name=a,redis://host2:6379?name=b' 'value of the cookie'
"""

import base64
import hashlib
import hmac
import json
import os
import socket
import ssl
import sys
import urllib.parse


class NoSession(Exception):
    """The cookie opens no session: it is forged, or the session has ended or got another id."""


def base64url(raw):
    return base64.urlsafe_b64encode(raw).decode().rstrip("=")


def verify(token, secrets, cookie_name="__Host-session"):
    """Returns place and secret part of the id in the cookie, if one of the secrets signed it."""
    identity, _, mac = token.partition(".")
    message = (cookie_name + "=" + identity).encode()
    for secret in secrets:
        good = base64url(hmac.new(secret, message, hashlib.sha256).digest())
        if len(identity) == 44 and hmac.compare_digest(good.encode(), mac.encode()):
            return identity[:12], identity[12:]
    raise NoSession("the signature is wrong")


def shard_of(place, shards):
    """Returns the URL of the shard whose tag the place begins with; shards maps names to URLs."""
    for name, url in shards.items():
        if base64url(hashlib.sha256(name.encode()).digest()[:3]) == place[:4]:
            return url
    raise LookupError("no shard in the list has the tag " + place[:4])


def whole(found, key):
    """Returns the value of the key, whose parts are put together."""
    value = found[key]
    if not value.startswith(b"*"):
        return value
    return value[2:] + b"".join(found[b"@%d" % n + key] for n in range(1, int(value[1:2]) + 1))


def read(url, place, secret, prefix="session:"):
    """Returns user, fields and milliseconds to live of the session."""
    key, fingerprint = prefix + place, base64url(hashlib.sha256(secret.encode()).digest())[:22]
    with Redis(url) as redis:
        ttl, flat = redis.call("PTTL", key), redis.call("HGETALL", key)
    found = dict(zip(flat[::2], flat[1::2]))
    if not found or ttl == -2 or b"@ended" in found:
        raise NoSession("it has ended")
    record = found.get(b"@id", b"").decode()
    if record[:12] != place or ttl < 0:
        raise ValueError("this is not the record of the session")
    if not hmac.compare_digest(record[12:34].encode(), fingerprint.encode()):
        raise NoSession("it has got another id")
    fields = {k.decode(): json.loads(whole(found, k)) for k in found if not k.startswith(b"@")}
    user = found.get(b"@user", b"").decode()
    return {"user": user, "fields": fields, "ttl": ttl, "deadline": int(found[b"@d"])}


class Redis:
    """A connection that speaks as much of RESP2 as it takes."""

    def __init__(self, url):
        u = urllib.parse.urlsplit(url)
        connection = socket.create_connection((u.hostname, u.port or 6379), timeout=1)
        if u.scheme == "rediss":
            connection = ssl.create_default_context().wrap_socket(connection, server_hostname=u.hostname)
        self.connection, self.replies = connection, connection.makefile("rb")
        if u.password:
            self.call("AUTH", *(urllib.parse.unquote(part) for part in (u.username, u.password) if part))
        if u.path.strip("/"):
            self.call("SELECT", u.path.strip("/"))

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.replies.close()
        self.connection.close()

    def call(self, *words):
        parts = [word.encode() for word in words]
        self.connection.sendall(b"*%d\r\n" % len(parts) + b"".join(b"$%d\r\n%s\r\n" % (len(p), p) for p in parts))
        return self.reply()

    def reply(self):
        line = self.replies.readline()
        if not line.endswith(b"\r\n"):
            raise ConnectionError("the server hung up")
        kind, rest = line[:1], line[1:-2]
        if kind == b"-":
            raise RuntimeError(rest.decode())
        if kind == b"+":
            return rest
        if kind == b":":
            return int(rest)
        if kind == b"$":
            size = int(rest)
            return None if size < 0 else self.replies.read(size + 2)[:-2]
        if kind == b"*":
            return [self.reply() for _ in range(int(rest))]
        raise ValueError("no reply of Redis: %r" % line)


def parse_shards(text):
    """Returns the URLs by the names in a list as redisstore.ParseShards takes it."""
    urls = [entry.strip() for entry in text.split(",")]
    return {urllib.parse.parse_qs(urllib.parse.urlsplit(url).query)["name"][0]: url for url in urls}


def main():
    secrets = [os.environ["SESSION_SECRET"].encode()]
    shards, token = parse_shards(sys.argv[1]), sys.argv[2]
    try:
        place, secret = verify(token, secrets)
        print(json.dumps(read(shard_of(place, shards), place, secret)))
    except NoSession as reason:
        sys.exit("no session: %s" % reason)


if __name__ == "__main__":
    main()
