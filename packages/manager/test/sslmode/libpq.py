"""Connects with the real libpq: one JSON object of {"params", "home"} a line in, {"ok", "encrypted", "error"} a line out.

usage: libpq.py <path of libpq.so.5.x>
"""

import ctypes
import json
import os
import sys

libpq = ctypes.CDLL(sys.argv[1])
libpq.PQconnectdbParams.restype = ctypes.c_void_p
libpq.PQconnectdbParams.argtypes = [ctypes.POINTER(ctypes.c_char_p), ctypes.POINTER(ctypes.c_char_p), ctypes.c_int]
for name, result in (("PQstatus", ctypes.c_int), ("PQerrorMessage", ctypes.c_char_p), ("PQsslInUse", ctypes.c_int), ("PQfinish", None)):
    getattr(libpq, name).argtypes = [ctypes.c_void_p]
    getattr(libpq, name).restype = result


def strings(values):
    return (ctypes.c_char_p * (len(values) + 1))(*[value.encode() for value in values], None)


def connect(params, home):
    os.environ["HOME"] = home
    connection = libpq.PQconnectdbParams(strings(params.keys()), strings(params.values()), 0)
    try:
        return {
            "ok": libpq.PQstatus(connection) == 0,
            "encrypted": bool(libpq.PQsslInUse(connection)),
            "error": libpq.PQerrorMessage(connection).decode("utf-8", "replace"),
        }
    finally:
        libpq.PQfinish(connection)


# OpenSSL asks for a passphrase on the terminal, and where there is none on standard input, which is ours.
requests = os.fdopen(os.dup(0))
os.dup2(os.open(os.devnull, os.O_RDONLY), 0)

for line in requests:
    print(json.dumps(connect(**json.loads(line))), flush=True)
