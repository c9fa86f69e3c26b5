/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Service principal names as text: class/host[:port][/name] ([MS-ADTS] 5.1.1.4 and
 * 3.1.1.5.3.1.1.4).
 */
#ifndef CCM_DECODE_SPN_H
#define CCM_DECODE_SPN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"

/* The parts as they were written. */
struct spn {
    const char *service;  /* "HTTP" */
    const char *host;     /* DNS or NetBIOS name, GUID or address; IPv6 without its brackets */
    int64_t port;         /* EVIDENCE_UNKNOWN when none is given */
    const char *instance; /* what stands in a port's place and is none: SQLEXPRESS; else NULL */
    const char *name;     /* the third part, NULL when there is none */
};

/*
 * Takes an SPN apart. A class may hold spaces ("Hyper-V Replica Service"), a host may not. False,
 * with `out` empty, for what is no SPN: no slash, an empty part, more than three parts, an "@" (a
 * UPN, or a principal with its realm), a backslash, a control character, a colon too many, an
 * IPv6 address without brackets.
 */
bool spn_parse(struct arena *arena, const char *text, struct spn *out);

/* Would a directory take them for the same? Case does not count, every part does. */
bool spn_equal(const struct spn *left, const struct spn *right);

/*
 * The class that stands in for `service` when no account holds its SPN: "host" for "http", by the
 * rows "host=alerter,...,http,..." of sPNMappings ([MS-ADTS] 6.1.1.2.4.1). The first row that lists
 * it counts. NULL when none does.
 */
const char *spn_mapping_alias(struct arena *arena, const char *const *mappings, size_t count,
                              const char *service);

#endif
