/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Who shares an identity: GUIDs, certificates and machine SIDs of all disks of a set, sorted, so
 * that a case is compared with ten thousand others in one look.
 */
#ifndef CCM_RULES_IDENTITIES_H
#define CCM_RULES_IDENTITIES_H

#include "rules/verdict.h"

enum identity_kind {
    IDENTITY_KIND_GUID,
    IDENTITY_KIND_CERTIFICATE,
    IDENTITY_KIND_SID,
};

/* One identity of one case. */
struct identity {
    enum identity_kind kind;
    const char *key; /* upper case; of a GUID without "GUID:" */
    uint32_t case_id;
    const char *target; /* of the case */
    const struct evidence_record *record;
    size_t entries; /* of the first of a kind and key: how many there are in a row, */
    size_t cases;   /* and of how many cases; 0 in the others */
};

struct identity_index {
    struct identity *items; /* by kind, key, case */
    size_t count;
};

/* Adds what the case shows. Call identities_sort before anything is asked. */
void identities_add(struct identity_index *index, struct arena *arena,
                    const struct case_view *view);
void identities_sort(struct identity_index *index);

/* The first entry of an identity that several cases have; NULL when one has it, or none. The others
   stand behind it. */
const struct identity *identities_shared(const struct identity_index *index, struct arena *arena,
                                         enum identity_kind kind, const char *text);

/* The machine's SID as the case shows it, and the record; NULL. */
const char *identity_sid(const struct case_view *view, const struct evidence_record **record_out);

#endif
