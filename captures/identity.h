/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The file in which a client of Configuration Manager or SMS keeps its identity:
 * %SystemRoot%\SMSCFG.ini.
 *
 * It is read as Windows reads a private profile: names without regard to case, white space around
 * names and values and one pair of quotation marks left out, the first of several lines of a name,
 * one section. ANSI, or UTF-8 or UTF-16LE with a byte order mark. The names are those that clients
 * write (seen in files of versions 2.50 to 5.00); no page of the vendor lists them.
 */
#ifndef CCM_CAPTURES_IDENTITY_H
#define CCM_CAPTURES_IDENTITY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"

/* A client writes about one kilobyte. Callers refuse more than this. */
enum { IDENTITY_FILE_LIMIT = 64 * 1024 };

/* NULL: the line is not there. "": it is there, without a value. Texts are tame (evidence_text). */
struct identity_file {
    const char *guid;          /* "GUID:3358674C-7C33-44F2-8496-1A5D3116F7ED", as written */
    const char *previous_guid; /* the one before */
    const char *changed;       /* when it got this GUID, as written: "01/14/2023 16:38:06" */
    int64_t changed_at;        /* the same, taken for UTC; EVIDENCE_UNKNOWN when it is no date */
    const char *hardware_id;   /* "SMS Hardware Identifier" */
    const char *hardware_id2;  /* "SMS Hardware Identifier 2" */
    const char *smbios_serial; /* as text: the file has its UTF-16LE bytes in hexadecimal */
    const char *machine_sid;   /* "S-1-5-21-..." */
    const char *store;         /* the certificate store: "SMS", or "MY" for PKI */
    const char *thumbprint;    /* of its certificate: 40 hexadecimal digits, upper case */
    const char *version;       /* "5.00.9078.1006" */
};

/* Reads a whole file. Texts go to `arena`. False when it has no section of client properties (a
   file of zeros, another file of that name): then nothing is known. */
bool identity_read(struct arena *arena, const void *bytes, size_t length,
                   struct identity_file *file_out);

/* The GUID as it is compared: 36 characters in upper case, without "GUID:" and braces, written to
   `guid`. False when the text holds none. */
enum { IDENTITY_GUID_SIZE = 37 };
bool identity_guid(const char *text, char guid[IDENTITY_GUID_SIZE]);

#endif
