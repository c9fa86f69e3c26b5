/* SPDX-License-Identifier: Apache-2.0 */
#include "decode/forest_trust.h"

#include "base/cursor.h"
#include "decode/sid.h"
#include "evidence/shape.h"

/* [MS-ADTS] 6.1.6.9.3.1 and .2. */
enum { VERSION = 1 };
enum { RECORD_TOP_LEVEL_NAME = 0, RECORD_EXCLUSION = 1, RECORD_DOMAIN = 2 };

/* LSA_FOREST_TRUST_INFORMATION carries at most 4000 records ([MS-LSAD] 2.2.7.25). */
enum { RECORD_LIMIT = 4000 };

/* The length of a record and its members up to the type. What is left behind the last record and is
   shorter than this is padding. */
enum { RECORD_HEAD = 4 + 4 + 8 + 1 };

/* A DNS name is at most 255 bytes; so much is kept of a longer one. */
enum { NAME_LIMIT = 255 };

/* FILETIME counts 100 ns from 1601-01-01 ([MS-DTYP] 2.3.3). */
static const int64_t UNIX_EPOCH_US = INT64_C(11644473600000000);

/* 1980-01-01 and 2200-01-01, as FILETIME. */
static const uint64_t FIRST_DATE = UINT64_C(119600064000000000);
static const uint64_t LAST_DATE = UINT64_C(189025920000000000);

static bool is_date(uint64_t filetime)
{
    return filetime >= FIRST_DATE && filetime < LAST_DATE;
}

/* The one order of the halves that gives a date. */
static int64_t read_time(struct cursor *in)
{
    uint64_t low_first = cursor_u64le(in);
    uint64_t high_first = low_first << 32 | low_first >> 32;

    if (is_date(low_first) == is_date(high_first)) {
        return EVIDENCE_UNKNOWN;
    }
    return (int64_t)((is_date(low_first) ? low_first : high_first) / 10) - UNIX_EPOCH_US;
}

static struct cursor read_sized(struct cursor *in)
{
    return cursor_sub(in, cursor_u32le(in));
}

/* NULL when it is empty. */
static const char *read_name(struct arena *arena, struct cursor *in)
{
    struct cursor name = read_sized(in);

    return name.left > 0 ? evidence_text(arena, name.at, name.left, NAME_LIMIT) : NULL;
}

static void read_domain(struct arena *arena, struct cursor *in, struct trust_name *name)
{
    struct cursor sid = read_sized(in);

    if (sid.left > 0) {
        name->sid = sid_text(arena, sid.at, sid.left);
        if (!name->sid) {
            cursor_fail(in);
        }
    }
    name->name = read_name(arena, in);
    name->netbios = read_name(arena, in);
}

/* One record without its length. False when it is damaged. */
static bool read_record(struct arena *arena, struct cursor in, struct trust_name *name)
{
    const struct trust_name *made = evidence_new(arena, &SHAPE_TRUST_NAME);

    *name = *made;
    name->flags = (int64_t)cursor_u32le(&in);
    name->set_at = read_time(&in);
    switch (cursor_u8(&in)) {
    case RECORD_TOP_LEVEL_NAME:
        name->kind = TRUST_NAME_TOP_LEVEL;
        name->name = read_name(arena, &in);
        break;
    case RECORD_EXCLUSION:
        name->kind = TRUST_NAME_EXCLUSION;
        name->name = read_name(arena, &in);
        break;
    case RECORD_DOMAIN:
        name->kind = TRUST_NAME_DOMAIN;
        read_domain(arena, &in, name);
        break;
    default:
        name->kind = TRUST_NAME_OTHER;
        return !in.failed;
    }
    return !in.failed && (name->name || name->kind == TRUST_NAME_DOMAIN);
}

bool forest_trust_decode(struct arena *arena, const void *bytes, size_t length,
                         struct evidence_trust *trust)
{
    struct cursor in;
    bool damaged = false;
    uint32_t version, count;

    trust->names = NULL;
    trust->name_count = 0;
    trust->names_malformed = TRI_YES;
    cursor_init(&in, bytes, length);
    version = cursor_u32le(&in);
    count = cursor_u32le(&in);
    if (in.failed || version != VERSION || count > RECORD_LIMIT) {
        return false;
    }
    for (uint32_t i = 0; i < count && !in.failed; i++) {
        struct cursor record = read_sized(&in);
        struct trust_name name;

        if (record.failed || !read_record(arena, record, &name)) {
            damaged = true;
            continue;
        }
        struct trust_name *kept =
            arena_push(arena, (void **)&trust->names, &trust->name_count, sizeof(*trust->names));

        *kept = name;
    }
    if (damaged || in.left >= RECORD_HEAD) {
        return false;
    }
    trust->names_malformed = TRI_NO;
    return true;
}
