"""Give the keys of a keytab further names (the format: MIT's keytab_file_format document)."""

import struct

VERSION = b"\x05\x02"


def _counted(text):
    data = text.encode()
    return struct.pack(">H", len(data)) + data


def _entries(data):
    """The records of a keytab, without the holes that deleted entries leave."""
    position = len(VERSION)
    while position < len(data):
        size, = struct.unpack_from(">i", data, position)
        position += 4
        if size > 0:
            yield data[position:position + size]
        position += abs(size)


def _split(entry):
    """An entry's realm, and what follows its name (type, time, key version and key)."""
    components, length = struct.unpack_from(">HH", entry)
    realm = entry[4:4 + length].decode()
    position = 4 + length
    for _ in range(components):
        position += 2 + struct.unpack_from(">H", entry, position)[0]
    return realm, entry[position:]


def add_names(path, principals):
    with open(path, "rb") as handle:
        entries = list(_entries(handle.read()))
    renamed = []
    for principal in principals:
        components = principal.split("/")
        for entry in entries:
            realm, rest = _split(entry)
            renamed.append(struct.pack(">H", len(components)) + _counted(realm)
                           + b"".join(map(_counted, components)) + rest)
    with open(path, "wb") as handle:
        handle.write(VERSION)
        for entry in entries + renamed:
            handle.write(struct.pack(">i", len(entry)) + entry)
