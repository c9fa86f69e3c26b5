# SPDX-License-Identifier: Apache-2.0
"""Registry hives and whole disks, made with hivex for the tests.

A hive is a dict of keys by their path; a key is a dict of values by their name. A value is a str
(REG_SZ), an int (REG_DWORD) or bytes (REG_BINARY).
"""
import pathlib
import struct

import hivex

NO_CELL = 0xFFFFFFFF
BASE_SIZE = 4096
WRITTEN = 0x01CD000000000000    # a FILETIME: 2012-03-08


def checksum(base):
    """Of the base block: all words before it, xor-ed."""
    result = 0
    for offset in range(0, 508, 4):
        result ^= struct.unpack_from("<I", base, offset)[0]
    return result


def set_sequence(content, first, second):
    """The same hive with other sequence numbers; they differ while Windows writes."""
    content = bytearray(content)
    struct.pack_into("<II", content, 4, first, second)
    struct.pack_into("<I", content, 508, checksum(content))
    return bytes(content)


def empty_hive():
    """The smallest hive: a root key without values, and its security descriptor. hivex can add to
    a hive, but cannot make one."""
    base = bytearray(BASE_SIZE)
    struct.pack_into("<4sIIQIIIIIII", base, 0, b"regf", 1, 1, WRITTEN, 1, 3, 0, 1, 0x20, 0x1000, 1)
    struct.pack_into("<I", base, 508, checksum(base))
    page = bytearray(BASE_SIZE)
    struct.pack_into("<4sIIIIQI", page, 0, b"hbin", 0, 0x1000, 0, 0, WRITTEN, 0)
    key = struct.pack("<2sHQ15IHH", b"nk", 0x2C, WRITTEN, 0, NO_CELL, 0, 0, NO_CELL, NO_CELL, 0,
                      NO_CELL, 0x80, NO_CELL, 0, 0, 0, 0, 0, 4, 0) + b"ROOT"
    struct.pack_into("<i", page, 0x20, -0x60)
    page[0x24:0x24 + len(key)] = key
    descriptor = bytes([1, 0, 0, 0x80]) + bytes(16)
    security = struct.pack("<2sHIIII", b"sk", 0, 0x80, 0x80, 1, len(descriptor)) + descriptor
    struct.pack_into("<i", page, 0x80, -48)
    page[0x84:0x84 + len(security)] = security
    struct.pack_into("<i", page, 0xB0, BASE_SIZE - 0xB0)
    return bytes(base + page)


def typed(name, value):
    if isinstance(value, str):
        return {"key": name, "t": 1, "value": (value + "\0").encode("utf-16-le")}
    if isinstance(value, int):
        return {"key": name, "t": 4, "value": struct.pack("<I", value)}
    return {"key": name, "t": 3, "value": value}


def write_hive(path, keys):
    path = pathlib.Path(path)
    path.write_bytes(empty_hive())
    if not keys:
        return
    hive = hivex.Hivex(str(path), write=True)
    for key, values in keys.items():
        node = hive.root()
        for name in key.split("\\"):
            node = hive.node_get_child(node, name) or hive.node_add_child(node, name)
        for name, value in values.items():
            hive.node_set_value(node, typed(name, value))
    hive.commit(None)


def machine_sid(a, b, c):
    """A SID as the value V of SAM\\Domains\\Account ends with: S-1-5-21-a-b-c."""
    return bytes([1, 4, 0, 0, 0, 0, 0, 5]) + struct.pack("<IIII", 21, a, b, c)


class Disk:
    """A disk to be: what is in its hives, files and folders."""

    def __init__(self, windows="WINDOWS"):
        self.windows = windows
        self.hives = {"SOFTWARE": {}, "SYSTEM": {"Select": {"Current": 1}}, "SAM": {}}
        self.files = {}
        self.folders = set()
        self.control_set = 1
        self.add_key("SAM", r"SAM\Domains\Account", V=bytes(200) + machine_sid(1, 2, 3))
        self.add_key("SYSTEM", r"CurrentControlSet\Services\Winmgmt", Start=3)

    def add_key(self, hive, key, **values):
        self.add_values(hive, key, values)

    def add_values(self, hive, key, values):
        self.hives[hive].setdefault(key, {}).update(values)

    def add_file(self, path, content=b""):
        self.files[path.replace("%SystemRoot%", self.windows)] = content

    def add_folder(self, path):
        self.folders.add(path.replace("%SystemRoot%", self.windows))

    def add_pool(self, name):
        self.pools().append(name)

    def pools(self):
        return self.__dict__.setdefault("pool_names", [])

    def webs(self):
        return self.__dict__.setdefault("web_names", [])

    def iis(self):
        """applicationHost.config with the pools and the applications."""
        pools = "".join(f'<add name="{name}" />' for name in ["DefaultAppPool", *self.pools()])
        webs = "".join(f'<application path="/{name}"><virtualDirectory path="/" /></application>'
                       for name in self.webs())
        return ('<?xml version="1.0" encoding="UTF-8"?><configuration><configSections />'
                f"<system.applicationHost><applicationPools>{pools}</applicationPools>"
                '<sites><site name="Default Web Site" id="1"><application path="/">'
                f'<virtualDirectory path="/" /></application>{webs}</site></sites>'
                "</system.applicationHost></configuration>").encode()

    def config(self):
        return pathlib.PurePath(self.windows, "system32", "config")

    def write(self, root):
        root = pathlib.Path(root)
        (root / self.config()).mkdir(parents=True)
        for name, keys in self.hives.items():
            current = "ControlSet%03d" % self.control_set
            write_hive(root / self.config() / name,
                       {key.replace("CurrentControlSet", current): values
                        for key, values in keys.items()})
        files = dict(self.files)
        if self.pools() or self.webs():
            files[f"{self.windows}/System32/inetsrv/config/applicationHost.config"] = self.iis()
        for path in self.folders:
            (root / path).mkdir(parents=True, exist_ok=True)
        for path, content in files.items():
            (root / path).parent.mkdir(parents=True, exist_ok=True)
            (root / path).write_bytes(content)
        return root
