/* SPDX-License-Identifier: Apache-2.0 */
#include "ldap/partition.h"

enum {
    PREFIXES = 16,      /* values of the other four bits of the first byte */
    MISSING_SHARE = 64, /* one in so many: four times fewer than a part */
    WAIT_SHARE = 4,
};

void partition_filter(struct buffer *out, const char *filter, unsigned part)
{
    buffer_printf(out, "(&%s(|", filter);
    for (unsigned i = 0; i < PREFIXES; i++) {
        buffer_printf(out, "(objectGUID=\\%02x*)", part * PREFIXES + i);
    }
    buffer_puts(out, "))");
}

int partition_of(const uint8_t *guid, size_t length)
{
    return guid && length == PARTITION_GUID_BYTES ? guid[0] / PREFIXES : -1;
}

bool partition_is_honoured(size_t missing, size_t count)
{
    return missing <= count / MISSING_SHARE;
}

bool partition_is_wait(int64_t rtt, int64_t silence)
{
    return rtt >= PARTITION_RTT_LEAST_US && silence >= rtt / 2;
}

unsigned partition_streams(unsigned now, unsigned most, const struct partition_timing *timing)
{
    const bool waits = timing->rtt >= PARTITION_RTT_LEAST_US && timing->elapsed > 0 &&
                       timing->waited >= timing->elapsed / WAIT_SHARE;

    if (!waits || now >= most) {
        return now;
    }
    return now * 2 < most ? now * 2 : most;
}
