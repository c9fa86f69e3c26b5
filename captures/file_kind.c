/* SPDX-License-Identifier: Apache-2.0 */
#include "captures/file_kind.h"

#include <stdbool.h>
#include <string.h>

#include "captures/bytes.h"

/* Files that begin with these bytes. */
struct signature {
    const char *bytes;
    size_t length;
    enum file_kind kind;
    const char *words;
};

#define SIGNATURE(bytes, kind, words)                                                              \
    {                                                                                              \
        bytes, sizeof(bytes) - 1, kind, words                                                      \
    }
#define OTHER(bytes, words) SIGNATURE(bytes, FILE_KIND_OTHER, words)

static const struct signature SIGNATURES[] = {
    SIGNATURE("\xd4\xc3\xb2\xa1", FILE_KIND_PCAP, NULL),
    SIGNATURE("\xa1\xb2\xc3\xd4", FILE_KIND_PCAP, NULL),
    SIGNATURE("\x4d\x3c\xb2\xa1", FILE_KIND_PCAP, NULL), /* nanoseconds */
    SIGNATURE("\xa1\xb2\x3c\x4d", FILE_KIND_PCAP, NULL),
    SIGNATURE("\x0a\x0d\x0d\x0a", FILE_KIND_PCAPNG, NULL),
    OTHER("RTSS", "a Network Monitor 1 file: convert it with editcap -F pcapng IN.cap OUT.pcapng"),
    OTHER("snoop\0\0\0", "a snoop file: convert it with editcap -F pcapng IN OUT.pcapng"),
    OTHER("\x34\xcd\xb2\xa1", "a pcap file as a patched libpcap of 1999 wrote it: convert it with "
                              "editcap -F pcapng IN.pcap OUT.pcapng"),
    OTHER("PK\x03\x04", "a zip archive (or an Office or Message Analyzer file, which are such): "
                        "unpack it"),
    OTHER("7z\xbc\xaf\x27\x1c", "a 7z archive: unpack it"),
    OTHER("Rar!\x1a\x07", "a RAR archive: unpack it"),
    OTHER("MSCF\0\0\0\0", "a cabinet (of netsh trace the report): unpack it with expand -F:* "
                          "IN.cab FOLDER, and convert the .etl file in it with etl2pcapng IN.etl "
                          "OUT.pcapng"),
    OTHER("\xfd"
          "7zXZ\0",
          "an xz file: unpack it with xz -d"),
    OTHER("BZh", "a bzip2 file: unpack it with bzip2 -d"),
    OTHER("\x1f\x8b", "gzip once more"),
    OTHER("\x28\xb5\x2f\xfd", "zstd once more"),
    OTHER("\xff\xfe\0\0", "a text in UTF-32: save it as UTF-8"),
    OTHER("\0\0\xfe\xff", "a text in UTF-32: save it as UTF-8"),
    OTHER("ElfFile\0", "a Windows event log (.evtx)"),
    OTHER("regf", "a registry hive"),
    OTHER("MZ", "a Windows program"),
    OTHER("\x7f"
          "ELF",
          "a program"),
    OTHER("%PDF", "a PDF document"),
    OTHER("\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "an old Office document or installer"),
    OTHER("<![LOG[", "a log of Configuration Manager"),
    OTHER("#Software: Microsoft Internet Information Services", "a log of IIS"),
    OTHER("#Software: Microsoft HTTP", "a log of HTTP.sys (httperr)"),
    OTHER("<?xml", "an XML file"),
};

/*
 * ETW traces (netsh trace, pktmon) begin with a WMI_BUFFER_HEADER of 72 bytes, whose first number
 * is the buffer's size; then comes the event of the log file itself: a SYSTEM_TRACE_HEADER (marker
 * 0xc0, type 1 or 2 of 32 or 64 bits) and, 32 bytes on, a TRACE_LOGFILE_HEADER, whose first number
 * is the size of the buffers, too. Source: evntrace.h and the public layouts of ntwmi.h.
 */
static bool is_etl(const uint8_t *bytes, size_t length)
{
    enum {
        EVENT = 72,
        LOGFILE_HEADER = EVENT + 32,
        MARKER = 0xc0,
        BUFFER_MAXIMUM = 16 * 1024 * 1024,
    };
    uint32_t size;

    if (length < LOGFILE_HEADER + 4) {
        return false;
    }
    size = bytes_u32le(bytes);
    return size >= 1024 && size <= BUFFER_MAXIMUM && size % 1024 == 0 &&
           bytes_u32le(bytes + LOGFILE_HEADER) == size && bytes[EVENT + 3] == MARKER &&
           (bytes[EVENT + 2] == 1 || bytes[EVENT + 2] == 2);
}

/* No control characters but those of a text; UTF-16 with its mark counts, too. */
static bool is_text(const uint8_t *bytes, size_t length)
{
    if (length >= 2 && bytes[0] == 0xff && bytes[1] == 0xfe) {
        return true;
    }
    for (size_t i = 0; i < length; i++) {
        if (bytes[i] == 0x7f || (bytes[i] < ' ' && !strchr("\t\n\r\f", bytes[i])) ||
            bytes[i] == 0) {
            return false;
        }
    }
    return true;
}

static bool contains(const uint8_t *bytes, size_t length, const char *text)
{
    return length > 0 && memmem(bytes, length, text, strlen(text)) != NULL;
}

enum file_kind file_kind(const uint8_t *bytes, size_t length, const char **words)
{
    *words = NULL;
    if (length >= 6 && memcmp(bytes, "GMBU", 4) == 0) {
        if (bytes[5] == 2) {
            return FILE_KIND_NETMON;
        }
        *words = "a Network Monitor file of another version than 2";
        return FILE_KIND_OTHER;
    }
    for (size_t i = 0; i < sizeof(SIGNATURES) / sizeof(SIGNATURES[0]); i++) {
        const struct signature *signature = &SIGNATURES[i];

        if (length >= signature->length &&
            memcmp(bytes, signature->bytes, signature->length) == 0) {
            *words = signature->words;
            return signature->kind;
        }
    }
    if (length == 0) {
        *words = "an empty file";
    } else if (is_etl(bytes, length)) {
        *words = "an ETW trace (.etl): convert it with etl2pcapng IN.etl OUT.pcapng "
                 "(github.com/microsoft/etl2pcapng), one of pktmon also with pktmon etl2pcap "
                 "IN.etl --out OUT.pcapng";
    } else if (bytes[0] == '{' && contains(bytes, length, "ccmprobe")) {
        *words = "evidence that ccmprobe saved: show it with ccmprobe report FILE";
    } else if (contains(bytes, length, "<![LOG[")) {
        *words = "a log of Configuration Manager";
    } else if (is_text(bytes, length)) {
        *words = "a text";
    } else {
        *words = "a file of an unknown kind";
    }
    return FILE_KIND_OTHER;
}
