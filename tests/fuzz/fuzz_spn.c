/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A line each: an SPN, the diagnostic message of a bind, then values of sPNMappings. A text of our
 * own making comes back from it as the same SPN.
 */
#include "decode/spn.h"

#include <stdlib.h>
#include <string.h>

#include "decode/subcode.h"
#include "evidence/evidence.h"
#include "tests/fuzz/fuzz.h"

enum { MAPPING_LIMIT = 16 };

static const char *write_spn(struct arena *arena, const struct spn *spn)
{
    const bool is_address = strchr(spn->host, ':') != NULL;
    const char *text =
        arena_printf(arena, is_address ? "%s/[%s]" : "%s/%s", spn->service, spn->host);

    if (spn->port != EVIDENCE_UNKNOWN) {
        text = arena_printf(arena, "%s:%d", text, (int)spn->port);
    }
    if (spn->instance) {
        text = arena_printf(arena, "%s:%s", text, spn->instance);
    }
    return spn->name ? arena_printf(arena, "%s/%s", text, spn->name) : text;
}

static void check_spn(struct arena *arena, const char *text)
{
    struct spn first, second;

    if (!spn_parse(arena, text, &first)) {
        if (first.service || first.host || first.port != EVIDENCE_UNKNOWN) {
            abort();
        }
        return;
    }
    if (!spn_parse(arena, write_spn(arena, &first), &second) || !spn_equal(&first, &second)) {
        abort();
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t length)
{
    const char *mappings[MAPPING_LIMIT] = {NULL};
    size_t count = 0;
    struct arena arena;
    int64_t subcode;
    char *rest, *spn, *diagnostic, *line;

    arena_init(&arena);
    rest = arena_strndup(&arena, (const char *)bytes, length);
    spn = strsep(&rest, "\n");
    diagnostic = strsep(&rest, "\n");
    while (count < MAPPING_LIMIT && (line = strsep(&rest, "\n"))) {
        mappings[count++] = line;
    }
    check_spn(&arena, spn);
    directory_subcode(diagnostic, &subcode);
    spn_mapping_alias(&arena, mappings, count, spn);
    arena_release(&arena);
    return 0;
}
