/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the disk of a Windows computer shows of a Configuration Manager or SMS client or site: the
 * table of disk.def, and the records that say what was found. A part of evidence/evidence.h, whose
 * rules hold here too.
 */
#ifndef CCM_EVIDENCE_DISK_H
#define CCM_EVIDENCE_DISK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "evidence/basics.h"

/* Where things are looked for. */
enum disk_source {
    DISK_SOURCE_UNKNOWN = 0,
    DISK_FILES, /* the folders and files of the disk */
    DISK_SOFTWARE,
    DISK_SYSTEM,
    DISK_SAM,
    DISK_SECURITY,
    DISK_IIS,      /* applicationHost.config (IIS 7 and later) or MetaBase.xml (IIS 6) */
    DISK_IDENTITY, /* Smscfg.ini */
    DISK_SOURCE_COUNT,
};

/* What came of opening it. */
enum source_state {
    SOURCE_UNKNOWN = 0,
    SOURCE_READ,       /* whole */
    SOURCE_PARTLY,     /* what was read counts, but not what was not found in it */
    SOURCE_NONE,       /* the disk was seen not to have it: no IIS, no Smscfg.ini */
    SOURCE_MISSING,    /* not among the files that were given */
    SOURCE_UNREADABLE, /* the system refused: see `problem` */
    SOURCE_LINK,       /* a symbolic link, which is never followed */
    SOURCE_OTHER,      /* not what its name says: no hive, no XML */
    SOURCE_CUT,        /* shorter than it says it is */
    SOURCE_DAMAGED,    /* begins as it should and contradicts itself */
    SOURCE_TOO_LARGE,
};

/* What DIR turned out to be. */
enum disk_layout {
    LAYOUT_UNKNOWN = 0,
    LAYOUT_DISK,    /* a whole disk: a folder in it is the Windows folder */
    LAYOUT_WINDOWS, /* the Windows folder */
    LAYOUT_BAG,     /* files without their folders */
};

struct evidence_source {
    enum disk_source source;
    const char *path; /* below DIR, "/" between names; NULL when there is none */
    enum source_state state;
    enum disk_layout layout; /* of DISK_FILES */
    const char *windows;     /* of DISK_FILES: the Windows folder below DIR, "" for DIR itself */
    int64_t entries;         /* of DISK_FILES: files and folders that were seen */
    enum evidence_tri dirty; /* of a hive: Windows was writing when it was last used */
    int64_t bytes;
    int64_t expected_bytes; /* of a hive: what its header says */
    int64_t written_at;     /* of a hive: when Windows wrote it last, by its header */
    const char *problem;    /* in the system's or the library's words */
};

/* Places in the registry name the hive as Windows does: "HKLM\SOFTWARE\...". */
enum disk_item {
    DISK_ITEM_NONE = 0,
#define DISK_ITEM(symbol, word, source, kind, place) DISK_ITEM_##symbol,
#include "evidence/disk.def"
    DISK_ITEM_COUNT,
};

/* One item: found, once for every place; or seen not to be there. Could not be looked at: there is
   no such record, and the source's record says why. */
struct evidence_item {
    enum disk_item item;
    enum evidence_tri found;
    const char *where; /* it was found: "HKLM\...", or a path below DIR with "/" */
    const char *value; /* of a value, its text; of a key that names a certificate, the name */
    int64_t number;    /* of a service, its start type: 0 boot, 1 system, 2 automatic, 3 manual,
                          4 disabled */
};

enum disk_item_kind {
    DISK_KIND_KEY,    /* a key is there */
    DISK_KIND_VALUE,  /* a value is there */
    DISK_KIND_START,  /* a service is there; its start type */
    DISK_KIND_SID,    /* a binary SID at the end of a value */
    DISK_KIND_FILE,   /* a file is there */
    DISK_KIND_FOLDER, /* a folder is there */
    DISK_KIND_GUID,   /* a file that holds a GUID */
    DISK_KIND_POOL,   /* an application pool of IIS */
    DISK_KIND_WEB,    /* an application or virtual directory of IIS */
};

struct disk_item_row {
    const char *word;
    enum disk_source source;
    enum disk_item_kind kind;
    const char *place; /* see disk.def */
};

/* NULL for DISK_ITEM_NONE and beyond. */
const struct disk_item_row *disk_item_row(enum disk_item item);

enum disk_procedure {
    DISK_SMS20,    /* Q257808 */
    DISK_LEGACY,   /* KB 828367 */
    DISK_ADVANCED, /* KB 828367 */
    DISK_LATER,
    DISK_ANY,
    DISK_RESIDUE, /* KB 828370 */
    DISK_PARENT,  /* KB 828370: what is done at the parent site */
};

enum disk_nature {
    DISK_NATURE_ABSENT,
    DISK_NATURE_PRESENT,
    DISK_NATURE_START,
    DISK_NATURE_HAND,
};

struct disk_step_row {
    enum disk_procedure procedure;
    const char *number; /* as the article counts */
    enum disk_nature nature;
    enum disk_item first; /* DISK_ITEM_NONE: no item shows it */
    enum disk_item last;
    const char *text; /* may hold {site} */
};

/* All steps, in the order of disk.def. */
extern const struct disk_step_row DISK_STEPS[];
extern const size_t DISK_STEP_COUNT;

#endif
