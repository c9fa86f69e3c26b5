/* SPDX-License-Identifier: Apache-2.0 */
#include "captures/ccm_events.h"
#include "captures/ccm_log.h"
#include "tests/fuzz/fuzz.h"

/* The first byte says where the text is divided into two blocks. */
int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t length)
{
    struct ccm_events *events = ccm_events_new();
    struct ccm_log *log = ccm_log_new(ccm_events_entry, events);
    const size_t first = length > 0 ? bytes[0] % length : 0;

    ccm_log_recognise(bytes, length);
    ccm_log_feed(log, bytes, first);
    ccm_log_feed(log, bytes + first, length - first);
    ccm_log_end(log);
    ccm_log_free(log);
    ccm_events_free(events);
    return 0;
}
