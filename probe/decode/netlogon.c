/* SPDX-License-Identifier: Apache-2.0 */
#include "decode/netlogon.h"

#include "base/cursor.h"
#include "decode/labels.h"
#include "decode/sid.h"
#include "evidence/evidence.h"

/* LOGON_SAM_LOGON_RESPONSE_EX and LOGON_SAM_USER_UNKNOWN_EX ([MS-ADTS] 6.3.1.3). */
enum { OPCODE_RESPONSE = 23, OPCODE_USER_UNKNOWN = 25 };

/* NtVersion, LmNtToken and Lm20Token end the answer. */
enum { TAIL_LENGTH = 4 + 2 + 2, TOKEN = 0xFFFF, GUID_LENGTH = 16 };

/* NtVersion, which stands last. 0 when the answer does not end as it should: none has version 0. */
static uint32_t read_version(const uint8_t *bytes, size_t length)
{
    struct cursor tail;
    uint32_t version;

    if (length < TAIL_LENGTH) {
        return 0;
    }
    cursor_init(&tail, bytes + length - TAIL_LENGTH, TAIL_LENGTH);
    version = cursor_u32le(&tail);
    if (cursor_u16le(&tail) != TOKEN || cursor_u16le(&tail) != TOKEN) {
        return 0;
    }
    return version;
}

/* NULL when it is empty. */
static const char *read_name(struct arena *arena, const struct labels_message *message,
                             struct cursor *in)
{
    const char *name = labels_read(arena, message, in);

    return name && name[0] == '.' && name[1] == '\0' ? NULL : name;
}

/* What follows the opcode. DcSockAddr and NextClosestSiteName, which may stand between the names
   and the end (6.3.1.9), are of no use here. */
static void read_body(struct arena *arena, const struct labels_message *message, struct cursor *in,
                      struct netlogon_answer *answer)
{
    const char **const names[] = {
        &answer->forest,       &answer->domain, &answer->host_name, &answer->netbios_domain,
        &answer->netbios_name, &answer->user,   &answer->dc_site,   &answer->client_site,
    };
    const uint8_t *guid;

    cursor_u16le(in); /* Sbz */
    answer->flags = (int64_t)cursor_u32le(in);
    guid = cursor_bytes(in, GUID_LENGTH);
    answer->domain_guid = guid ? guid_text(arena, guid, GUID_LENGTH) : NULL;
    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
        *names[i] = read_name(arena, message, in);
    }
}

bool netlogon_decode(struct arena *arena, const void *bytes, size_t length,
                     struct netlogon_answer *answer)
{
    static const struct netlogon_answer unknown = {.flags = EVIDENCE_UNKNOWN,
                                                   .version = EVIDENCE_UNKNOWN};
    const struct labels_message message = {bytes, length};
    uint32_t version = read_version(bytes, length);
    struct cursor in;
    unsigned opcode;

    *answer = unknown;
    if (version == 0) {
        return false;
    }
    cursor_init(&in, bytes, length - TAIL_LENGTH);
    opcode = cursor_u16le(&in);
    if (opcode != OPCODE_RESPONSE && opcode != OPCODE_USER_UNKNOWN) {
        return false;
    }
    read_body(arena, &message, &in, answer);
    if (in.failed) {
        *answer = unknown;
        return false;
    }
    answer->version = (int64_t)version;
    return true;
}
