#!/usr/bin/env python3
"""Computes golden.json from the definition in ../doc.go, slowly and with
nothing of the Go package: python3 golden.py >golden.json. It needs the Python
package xxhash, which wraps the reference implementation in C."""

import json
import struct

from xxhash import xxh3_64_intdigest

S = 1 << 17
KEYS = ["", "a", "session", "ypeBzsHE", "AAAAAAAAAAAAbbbbbbbbbbbbbbbbCCCCCCCCCCCCCCC", "é世"]
LENGTHS = [0, 1, 2, 3, 4, 5, 8, 9, 16, 17, 32, 33, 43, 64, 65, 96, 97, 128, 129, 144, 240, 241, 256, 511, 512, 513, 1024, 1025, 5000]


def hash_of(data):
    return xxh3_64_intdigest(data)


def hex_of(number):
    return "%016x" % number


def key_of(name, i):
    return hash_of(name.encode() + struct.pack("<Q", i)) | 1 << 0 | 1 << 16 | 1 << 32


def slot_of(k, r):
    a = (r * k + (k >> 47)) % S
    b = ((a ^ (a >> 9)) * (k >> 16)) % S
    return ((b ^ (b >> 9)) * (k >> 32)) % S


def alphabet(length):
    return bytes(ord("a") + i % 26 for i in range(length))


def permutation(name, i):
    k = key_of(name, i)
    return {"name": name, "index": i, "key": hex_of(k), "slots": [slot_of(k, r) for r in range(8)]}


def ring(nodes, owners_listed):
    first = [(S,)] * S
    wanted = {hash_of(key.encode()) % S: [] for key in KEYS}
    for name, weight in nodes:
        for i in range(weight):
            k = key_of(name, i)
            for r in range(S):
                slot = slot_of(k, r)
                bid = (r, k, name.encode())
                if bid < first[slot]:
                    first[slot] = bid
                if slot in wanted:
                    wanted[slot].append(bid)
    number = {name: i for i, name in enumerate(sorted(name.encode() for name, _ in nodes))}
    table = b"".join(struct.pack("<H", number[bid[2]]) for bid in first)
    owners = {}
    for key in KEYS:
        bids = sorted(wanted[hash_of(key.encode()) % S])
        owners[key] = list(dict.fromkeys(bid[2].decode() for bid in bids))[:owners_listed]
    return {
        "nodes": [{"name": name, "weight": weight} for name, weight in nodes],
        "table": hex_of(hash_of(table)),
        "owners": owners,
    }


def lines(value, depth=0):
    """JSON with one line for each leaf of the outer three levels."""
    if depth == 4 or not isinstance(value, (dict, list)) or not value or isinstance(value, list) and depth > 1:
        return json.dumps(value, ensure_ascii=False)
    if isinstance(value, dict) and depth == 2 and "slots" in value:
        return json.dumps(value, ensure_ascii=False)
    if isinstance(value, dict):
        inner = [json.dumps(k, ensure_ascii=False) + ": " + lines(v, depth + 1) for k, v in value.items()]
        start, end = "{", "}"
    else:
        inner = [lines(v, depth + 1) for v in value]
        start, end = "[", "]"
    tabs = "\t" * depth
    return start + "\n" + ",\n".join(tabs + "\t" + line for line in inner) + "\n" + tabs + end


print(lines({
    "hashes": {key: hex_of(hash_of(key.encode())) for key in KEYS},
    "lengths": {str(n): hex_of(hash_of(alphabet(n))) for n in LENGTHS},
    "permutations": [permutation("redis-1", 0), permutation("redis-1", 1), permutation("redis-2", 0), permutation("é", 65535)],
    "rings": [
        ring([("a", 1), ("b", 2), ("c", 3)], 3),
        ring([("redis-%d" % (i + 1), 1) for i in range(10)], 10),
        ring([("n%d" % i, 1 + i % 3) for i in range(257)], 1),
    ],
}))
