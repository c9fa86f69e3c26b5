/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/targets.h"

#include <string.h>

#include "live/names.h"

enum { NAME_LIMIT = 253 }; /* bytes of a DNS name in text (RFC 1035 2.3.4) */

enum ccm_status target_check(const char *target, struct ccm_error *error)
{
    static const char allowed[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
                                  "0123456789-._";
    const size_t length = strlen(target);

    if (names_is_address(target)) {
        return CCM_OK;
    }
    if (strstr(target, "://")) {
        return ccm_fail(
            error, CCM_ERROR_USAGE,
            "%.300s: expected the name of an MP, not a URL; use --scheme, --port, --path", target);
    }
    if (length == 0 || length > NAME_LIMIT || strspn(target, allowed) != length ||
        target[0] == '.' || target[0] == '-' || strstr(target, "..")) {
        return ccm_fail(error, CCM_ERROR_USAGE,
                        "\"%.300s\" is neither a host name nor an IP address", target);
    }
    return CCM_OK;
}

static void add_target(const struct cli_settings *settings, const char *name, struct arena *arena,
                       struct live_targets *targets)
{
    void *items = targets->items;
    struct live_target *target = arena_push(arena, &items, &targets->count, sizeof(*target));

    targets->items = items;
    target->name = name;
    target->scheme = WORDS_SCHEME[settings->scheme];
    target->port = (uint16_t)(settings->port ? settings->port : settings->scheme ? 443 : 80);
}

enum ccm_status targets_read(const struct cli_settings *settings, struct arena *arena,
                             struct live_targets *targets_out, struct ccm_error *error)
{
    *targets_out = (struct live_targets){.count = 0};
    for (size_t i = 0; i < settings->arguments.count; i++) {
        enum ccm_status status = target_check(settings->arguments.items[i], error);

        if (status != CCM_OK) {
            return status;
        }
        add_target(settings, settings->arguments.items[i], arena, targets_out);
    }
    return CCM_OK;
}
