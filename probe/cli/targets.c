/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/targets.h"

#include <string.h>

#include "cli/lines.h"
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

struct list {
    const struct cli_settings *settings;
    struct arena *arena;
    struct live_targets *targets;
};

static enum ccm_status take_name(void *context, const char *name, struct ccm_error *error)
{
    struct list *list = context;
    enum ccm_status status = target_check(name, error);

    if (status == CCM_OK) {
        add_target(list->settings, name, list->arena, list->targets);
    }
    return status;
}

static enum ccm_status read_list(const struct cli_settings *settings, struct arena *arena,
                                 struct live_targets *targets, struct ccm_error *error)
{
    struct list list = {settings, arena, targets};
    enum ccm_status status = lines_read(settings->mp_list, arena, take_name, &list, error);

    if (status == CCM_OK && targets->count == 0) {
        status =
            ccm_fail(error, CCM_ERROR_USAGE, "--mp-list %s: no name is in it", settings->mp_list);
    }
    return status;
}

enum ccm_status targets_read(const struct cli_settings *settings, struct arena *arena,
                             struct live_targets *targets_out, struct ccm_error *error)
{
    const bool named = settings->arguments.count > 0 || settings->mp_list;

    *targets_out = (struct live_targets){.count = 0};
    if (settings->discover && named) {
        return ccm_fail(error, CCM_ERROR_USAGE, "--discover finds the MPs itself; name none");
    }
    if (settings->discover && settings->no_directory) {
        return ccm_fail(error, CCM_ERROR_USAGE, "--discover and --no-directory exclude each other");
    }
    if (!settings->discover && !named) {
        return ccm_fail(error, CCM_ERROR_USAGE,
                        "usage: ccmprobe check [OPTION]... MP... (or --mp-list, --discover; see "
                        "--help)");
    }
    for (size_t i = 0; i < settings->arguments.count; i++) {
        enum ccm_status status = target_check(settings->arguments.items[i], error);

        if (status != CCM_OK) {
            return status;
        }
        add_target(settings, settings->arguments.items[i], arena, targets_out);
    }
    return settings->mp_list ? read_list(settings, arena, targets_out, error) : CCM_OK;
}
