"""The real libpq behind a line protocol, for tests that compare with it.

usage: oracle.py <path of libpq.so.5.x>

Each input line is a JSON object, each output line the answer. Strings of arbitrary bytes travel as hexadecimal.
  {"op": "version"}                          -> {"version": 180004}
  {"op": "parse", "text": hex}               -> {"values": {keyword: hex}} or {"error": hex}       PQconninfoParse
  {"op": "defaults"}                         -> {"options": [[keyword, envvar, compiled, dispchar]]}   PQconndefaults
  {"op": "start", "text": hex, "env": {..}}  -> {"values": {keyword: hex}, "password"?: hex, "error"?: hex}   PQconnectStart, PQconninfo, PQpass
"start" goes as far as libpq goes without an answer from anybody: give it a numeric hostaddr, and no name is looked up.
"""

import ctypes
import json
import os
import sys


class Option(ctypes.Structure):
    _fields_ = [
        ("keyword", ctypes.c_char_p),
        ("envvar", ctypes.c_char_p),
        ("compiled", ctypes.c_char_p),
        ("val", ctypes.c_char_p),
        ("label", ctypes.c_char_p),
        ("dispchar", ctypes.c_char_p),
        ("dispsize", ctypes.c_int),
    ]


OPTIONS = ctypes.POINTER(Option)
libpq = ctypes.CDLL(sys.argv[1])
libpq.PQconninfoParse.restype = OPTIONS
libpq.PQconninfoParse.argtypes = [ctypes.c_char_p, ctypes.POINTER(ctypes.c_void_p)]
libpq.PQconninfoFree.argtypes = [OPTIONS]
libpq.PQfreemem.argtypes = [ctypes.c_void_p]
libpq.PQconnectStart.restype = ctypes.c_void_p
libpq.PQconnectStart.argtypes = [ctypes.c_char_p]
libpq.PQconninfo.restype = OPTIONS
libpq.PQconninfo.argtypes = [ctypes.c_void_p]
libpq.PQstatus.argtypes = [ctypes.c_void_p]
libpq.PQerrorMessage.restype = ctypes.c_char_p
libpq.PQerrorMessage.argtypes = [ctypes.c_void_p]
libpq.PQpass.restype = ctypes.c_char_p
libpq.PQpass.argtypes = [ctypes.c_void_p]
libpq.PQfinish.argtypes = [ctypes.c_void_p]
libpq.PQconndefaults.restype = OPTIONS

CONNECTION_BAD = 1


def values_of(options):
    values = {}
    index = 0
    while options[index].keyword:
        if options[index].val is not None:
            values[options[index].keyword.decode()] = options[index].val.hex()
        index += 1
    libpq.PQconninfoFree(options)
    return values


def parse(text):
    error = ctypes.c_void_p()
    options = libpq.PQconninfoParse(text, ctypes.byref(error))
    if options:
        return {"values": values_of(options)}
    message = ctypes.string_at(error.value) if error.value else b""
    if error.value:
        libpq.PQfreemem(error)
    return {"error": message.rstrip(b"\n").hex()}


def clear_environment():
    for name in [name for name in os.environ if name.startswith("PG") or name == "HOME"]:
        del os.environ[name]


def defaults():
    clear_environment()
    options = libpq.PQconndefaults()
    rows = []
    while options[len(rows)].keyword:
        option = options[len(rows)]
        texts = (option.keyword, option.envvar, option.compiled, option.dispchar)
        rows.append([None if text is None else text.decode() for text in texts])
    libpq.PQconninfoFree(options)
    return {"options": rows}


def start(text, env):
    clear_environment()
    os.environ.update(env)
    connection = libpq.PQconnectStart(text)
    try:
        answer = {}
        if libpq.PQstatus(connection) == CONNECTION_BAD:
            answer["error"] = libpq.PQerrorMessage(connection).rstrip(b"\n").hex()
        options = libpq.PQconninfo(connection)
        answer["values"] = values_of(options) if options else {}
        password = libpq.PQpass(connection)
        if password:
            answer["password"] = password.hex()
        return answer
    finally:
        libpq.PQfinish(connection)


def answer(request):
    if request["op"] == "version":
        return {"version": libpq.PQlibVersion()}
    if request["op"] == "defaults":
        return defaults()
    text = bytes.fromhex(request["text"])
    return parse(text) if request["op"] == "parse" else start(text, request.get("env", {}))


for line in sys.stdin:
    print(json.dumps(answer(json.loads(line))), flush=True)
