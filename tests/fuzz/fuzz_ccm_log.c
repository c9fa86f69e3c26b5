/* SPDX-License-Identifier: Apache-2.0 */
#include <stdlib.h>
#include <string.h>

#include "base/buffer.h"
#include "captures/ccm_events.h"
#include "captures/ccm_log.h"
#include "tests/fuzz/fuzz.h"

/* What the log tells, dividing every entry (`scan` is NULL) or those that are found. */
static struct ccm_events *read_log(const uint8_t *bytes, size_t length, size_t piece,
                                   struct ccm_scan *scan)
{
    struct ccm_events *events = ccm_events_new();
    struct ccm_log *log = ccm_log_new(scan, ccm_events_entry, events);
    const struct text_worker worker = ccm_log_worker(log);

    text_work_memory(bytes, length, piece, &worker);
    ccm_log_free(log);
    return events;
}

/* Both ways tell the same. */
static void compare(const struct ccm_events *a, const struct ccm_events *b)
{
    size_t count;
    size_t other_count;
    size_t dropped;
    const struct ccm_event *list = ccm_events_list(a, &count, &dropped);
    const struct ccm_event *other = ccm_events_list(b, &other_count, &dropped);

    if (count != other_count) {
        abort();
    }
    for (size_t i = 0; i < count; i++) {
        if (list[i].line != other[i].line || list[i].told->count != other[i].told->count ||
            list[i].told->last_line != other[i].told->last_line ||
            strcmp(list[i].told->text, other[i].told->text) != 0) {
            abort();
        }
    }
}

/* The first byte says how large the pieces are in which the text is read. */
int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t length)
{
    struct ccm_scan *scan = ccm_scan_new();
    struct ccm_events *found;
    struct ccm_events *all;

    ccm_log_recognise(bytes, length);
    ccm_events_words(scan);
    found = read_log(bytes, length, length > 0 ? bytes[0] + 16 : 1, scan);
    all = read_log(bytes, length, length + 1, NULL);
    compare(found, all);
    ccm_events_free(all);
    ccm_events_free(found);
    ccm_scan_free(scan);
    return 0;
}
