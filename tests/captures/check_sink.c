/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/captures/check_sink.h"

#include <stdlib.h>

struct checked {
    uint64_t number;
    uint64_t told[2]; /* bytes and lost ones */
    bool half_closed[2];
    bool boring;
};

static void require(bool condition)
{
    if (!condition) {
        abort();
    }
}

uint8_t check_byte(uint64_t position)
{
    return (uint8_t)((position * 131) >> 3 ^ position);
}

static void on_datagram(void *context, const struct endpoint *from, const struct endpoint *to,
                        const struct mark *mark, const uint8_t *bytes, size_t length)
{
    struct check_sink *check = context;
    unsigned sum = 0;

    require(from->version == to->version && mark->frame > 0);
    for (size_t i = 0; i < length; i++) {
        sum += bytes[i]; /* a sanitizer sees what is out of bounds */
    }
    check->datagrams += 1 + (sum >> 31);
}

static void on_opened(void *context, struct connection *connection)
{
    struct check_sink *check = context;
    struct checked *checked = calloc(1, sizeof(*checked));

    require(checked && !connection->user && connection->opened.frame > 0);
    checked->number = check->opened++;
    connection->user = checked;
}

static enum interest interest_of(struct checked *checked, enum side side)
{
    checked->boring = checked->number % 8 == 7 && checked->told[side] > 20;
    return checked->boring ? INTEREST_BORING : INTEREST_MORE;
}

static enum interest on_data(void *context, struct connection *connection, enum side side,
                             const struct mark *mark, const uint8_t *bytes, size_t length)
{
    struct check_sink *check = context;
    struct checked *checked = connection->user;
    unsigned sum = 0;

    require(checked && !checked->boring && !checked->half_closed[side]);
    require(length > 0 && mark->frame > 0);
    for (size_t i = 0; i < length; i++) {
        sum += bytes[i];
        require(!check->known || bytes[i] == check_byte(checked->told[side] + i));
    }
    checked->told[side] += length;
    check->bytes += length + (sum >> 31);
    return interest_of(checked, side);
}

static enum interest on_gap(void *context, struct connection *connection, enum side side,
                            const struct mark *mark, uint64_t lost)
{
    struct check_sink *check = context;
    struct checked *checked = connection->user;

    require(checked && !checked->boring && !checked->half_closed[side]);
    require(lost > 0 && lost < UINT64_C(1) << 32 && mark->frame > 0);
    checked->told[side] += lost;
    check->lost += lost;
    return interest_of(checked, side);
}

static void on_half_closed(void *context, struct connection *connection, enum side side,
                           const struct mark *mark)
{
    struct checked *checked = connection->user;

    (void)context;
    require(checked && !checked->boring && !checked->half_closed[side] && mark->frame > 0);
    checked->half_closed[side] = true;
}

static void on_closed(void *context, struct connection *connection, enum stream_end end,
                      const struct mark *mark)
{
    struct check_sink *check = context;
    struct checked *checked = connection->user;

    require(checked && mark->frame > 0 && end <= STREAM_RECORDING_END);
    require(end != STREAM_FIN || checked->boring ||
            (checked->half_closed[0] && checked->half_closed[1]));
    check->closed++;
    free(checked);
    connection->user = NULL;
}

void check_sink_init(struct check_sink *check, bool known)
{
    *check = (struct check_sink){.known = known};
    check->sink = (struct transport_sink){check,          on_datagram, on_opened, on_data, on_gap,
                                          on_half_closed, on_closed,   NULL,      NULL};
}

void check_sink_end(const struct check_sink *check)
{
    require(check->opened == check->closed);
}
