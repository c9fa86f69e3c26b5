/* SPDX-License-Identifier: Apache-2.0 */
#include "live/kdc_list.h"

#include <arpa/inet.h>
#include <profile.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

enum { KERBEROS_PORT = 88, SERVICES_AT_ONCE = 3 };

/* A name to be turned into addresses. */
struct kdc_name {
    const char *host;
    uint16_t port;
};

struct kdc_names {
    struct kdc_name items[KDC_LIST_MAX];
    size_t count;
};

bool kdc_list_split(struct arena *arena, const char *text, const char **host_out, uint16_t *port)
{
    const char *end = text + strlen(text);
    const char *colon = strrchr(text, ':');
    const char *bracket = strchr(text, ']');
    unsigned long number;
    char *rest;

    *host_out = NULL;
    if (text[0] == '[') {
        if (!bracket || (bracket[1] != '\0' && bracket[1] != ':')) {
            return false;
        }
        *host_out = arena_strndup(arena, text + 1, (size_t)(bracket - text - 1));
        colon = bracket[1] == ':' ? bracket + 1 : NULL;
    } else if (colon && strchr(text, ':') != colon) {
        colon = NULL; /* more than one colon and no bracket: an IPv6 address */
        *host_out = arena_strdup(arena, text);
    } else {
        *host_out = arena_strndup(arena, text, (size_t)((colon ? colon : end) - text));
    }
    if (colon) {
        number = strtoul(colon + 1, &rest, 10);
        if (rest == colon + 1 || *rest || number == 0 || number > UINT16_MAX) {
            return false;
        }
        *port = (uint16_t)number;
    }
    return (*host_out)[0] != '\0';
}

static void add_name(struct arena *arena, struct kdc_names *names, const char *text)
{
    struct kdc_name name = {.port = KERBEROS_PORT};

    if (names->count < KDC_LIST_MAX && kdc_list_split(arena, text, &name.host, &name.port)) {
        names->items[names->count++] = name;
    }
}

static void add_overrides(const struct kdc_finder *finder, const char *realm, struct arena *arena,
                          struct kdc_names *names)
{
    for (size_t i = 0; i < finder->override_count; i++) {
        if (strcasecmp(finder->overrides[i].realm, realm) == 0) {
            add_name(arena, names, finder->overrides[i].host);
        }
    }
}

static void add_configured(const struct kdc_finder *finder, const char *realm, struct arena *arena,
                           struct kdc_names *names)
{
    const char *const path[] = {"realms", realm, "kdc", NULL};
    profile_t profile = NULL;
    char **values = NULL;

    if (krb5_get_profile(finder->krb, &profile) != 0) {
        return;
    }
    if (profile_get_values(profile, (const char *const *)path, &values) == 0) {
        for (size_t i = 0; values[i]; i++) {
            add_name(arena, names, values[i]);
        }
        profile_free_list(values);
    }
    profile_release(profile);
}

static int by_priority(const void *left, const void *right)
{
    const struct dns_answer *const *a = left;
    const struct dns_answer *const *b = right;

    if ((*a)->priority != (*b)->priority) {
        return (*a)->priority < (*b)->priority ? -1 : 1;
    }
    return (*a)->weight == (*b)->weight ? 0 : (*a)->weight > (*b)->weight ? -1 : 1;
}

/* The targets of an SRV reply by priority, then weight; "." means that there is no service. */
static void add_targets(const struct evidence_dns *reply, struct kdc_names *names)
{
    const struct dns_answer *sorted[KDC_LIST_MAX];
    size_t count = 0;

    for (size_t i = 0; i < reply->answer_count && count < KDC_LIST_MAX; i++) {
        const struct dns_answer *answer = &reply->answers[i];

        if (strcmp(answer->type, "SRV") == 0 && answer->value && answer->value[0] &&
            strcmp(answer->value, ".") != 0) {
            sorted[count++] = answer;
        }
    }
    qsort(sorted, count, sizeof(sorted[0]), by_priority);
    for (size_t i = 0; i < count; i++) {
        bool known = names->count >= KDC_LIST_MAX;

        for (size_t k = 0; k < names->count && !known; k++) {
            known = strcasecmp(names->items[k].host, sorted[i]->value) == 0;
        }
        if (!known) {
            names->items[names->count++] =
                (struct kdc_name){sorted[i]->value, (uint16_t)sorted[i]->port};
        }
    }
}

static void add_address(struct kdc_list *list, struct arena *arena, const struct kdc_name *name,
                        const char *address)
{
    struct kdc_address *item;

    for (size_t i = 0; i < list->count; i++) {
        if (strcmp(list->items[i].address, address) == 0 && list->items[i].port == name->port) {
            return;
        }
    }
    if (list->count == KDC_LIST_MAX) {
        return;
    }
    item = &list->items[list->count++];
    item->kdc = name->port == KERBEROS_PORT ? name->host
                                            : arena_printf(arena, "%s:%u", name->host, name->port);
    item->host = name->host;
    item->address = address;
    item->port = name->port;
}

static bool is_address(const char *host)
{
    unsigned char bytes[16];

    return inet_pton(AF_INET, host, bytes) == 1 || inet_pton(AF_INET6, host, bytes) == 1;
}

/* Addresses that a reply holds for a host, in its answer or additional section. */
static void add_from_reply(struct kdc_list *list, struct arena *arena, const struct kdc_name *name,
                           const struct dns_answer *answers, size_t count, bool any_owner)
{
    for (size_t i = 0; i < count; i++) {
        bool is_one = strcmp(answers[i].type, "A") == 0 || strcmp(answers[i].type, "AAAA") == 0;

        if (is_one && answers[i].value &&
            (any_owner || strcasecmp(answers[i].name, name->host) == 0)) {
            add_address(list, arena, name, answers[i].value);
        }
    }
}

/* Takes the addresses of a host that this run has asked for before; false when it has not. */
static bool add_known(const struct kdc_finder *finder, const struct kdc_name *name,
                      struct evidence_set *evidence, struct kdc_list *list)
{
    bool known = false;

    for (size_t i = 0; i < evidence->count; i++) {
        const struct evidence_record *record = &evidence->records[i];

        if (record->kind == EVIDENCE_DNS && record->case_id == finder->case_id &&
            record->dns->outcome == DNS_ANSWER && strcasecmp(record->dns->name, name->host) == 0) {
            add_from_reply(list, &evidence->arena, name, record->dns->answers,
                           record->dns->answer_count, true);
            known = true;
        }
    }
    return known;
}

/* Turns names into addresses: numeric ones as they are, those that came along with the SRV reply,
   the rest by asking for all of them at once. */
static void resolve(const struct kdc_finder *finder, const struct kdc_names *names,
                    const struct evidence_dns *const *replies, size_t reply_count,
                    struct evidence_set *evidence, struct kdc_list *list)
{
    struct dns_question questions[2 * KDC_LIST_MAX];
    const struct evidence_dns *asked[2 * KDC_LIST_MAX] = {0};
    size_t first[KDC_LIST_MAX];
    size_t count = 0;

    for (size_t i = 0; i < names->count; i++) {
        size_t before = list->count;

        first[i] = SIZE_MAX;
        if (is_address(names->items[i].host)) {
            add_address(list, &evidence->arena, &names->items[i], names->items[i].host);
        }
        for (size_t k = 0; k < reply_count; k++) {
            add_from_reply(list, &evidence->arena, &names->items[i], replies[k]->additional,
                           replies[k]->additional_count, false);
        }
        if (list->count == before && list->count < KDC_LIST_MAX &&
            !add_known(finder, &names->items[i], evidence, list)) {
            first[i] = count;
            questions[count++] = (struct dns_question){names->items[i].host, "A"};
            questions[count++] = (struct dns_question){names->items[i].host, "AAAA"};
        }
    }
    if (count == 0) {
        return;
    }
    dns_ask(finder->dns, finder->stopper, finder->case_id, evidence, questions, count, asked);
    for (size_t i = 0; i < names->count; i++) {
        for (size_t k = 0; first[i] != SIZE_MAX && k < 2; k++) {
            const struct evidence_dns *reply = asked[first[i] + k];

            add_from_reply(list, &evidence->arena, &names->items[i], reply->answers,
                           reply->answer_count, true);
        }
    }
}

/* Asks for SRV records and resolves the targets of the first `used`; the others are facts for the
   report. */
static void find_by_service(const struct kdc_finder *finder, const char *const *service_names,
                            size_t count, size_t used, struct evidence_set *evidence,
                            struct kdc_list *list)
{
    const struct evidence_dns *replies[SERVICES_AT_ONCE] = {0};
    struct dns_question questions[SERVICES_AT_ONCE];
    struct kdc_names names = {.count = 0};

    for (size_t i = 0; i < count; i++) {
        questions[i] = (struct dns_question){service_names[i], "SRV"};
    }
    dns_ask(finder->dns, finder->stopper, finder->case_id, evidence, questions, count, replies);
    for (size_t i = 0; i < used; i++) {
        add_targets(replies[i], &names);
    }
    resolve(finder, &names, replies, used, evidence, list);
}

void kdc_list_by_service(const struct kdc_finder *finder, const char *service_name,
                         struct evidence_set *evidence, struct kdc_list *list_out)
{
    *list_out = (struct kdc_list){.realm = ""};
    find_by_service(finder, &service_name, 1, 1, evidence, list_out);
}

void kdc_list_by_host(const struct kdc_finder *finder, const char *text, uint16_t port,
                      struct evidence_set *evidence, struct kdc_list *list_out)
{
    struct kdc_names names = {.items = {{.port = port}}, .count = 1};

    *list_out = (struct kdc_list){.realm = ""};
    if (kdc_list_split(&evidence->arena, text, &names.items[0].host, &names.items[0].port)) {
        resolve(finder, &names, NULL, 0, evidence, list_out);
    }
}

void kdc_list_find(const struct kdc_finder *finder, const char *realm,
                   struct evidence_set *evidence, struct kdc_list *list_out)
{
    struct arena *arena = &evidence->arena;
    struct kdc_names names = {.count = 0};

    *list_out = (struct kdc_list){.realm = arena_strdup(arena, realm)};
    add_overrides(finder, realm, arena, &names);
    if (names.count == 0) {
        add_configured(finder, realm, arena, &names);
    }
    if (names.count > 0) {
        resolve(finder, &names, NULL, 0, evidence, list_out);
    } else {
        const char *const services[SERVICES_AT_ONCE] = {
            arena_printf(arena, "_kerberos._udp.%s", realm),
            arena_printf(arena, "_kerberos._tcp.%s", realm),
            arena_printf(arena, "_ldap._tcp.dc._msdcs.%s", realm), /* is it an AD domain? */
        };

        find_by_service(finder, services, SERVICES_AT_ONCE, 2, evidence, list_out);
    }
}

enum kdc_source kdc_list_source(const struct kdc_finder *finder, const char *realm)
{
    struct arena scratch = {0};
    struct kdc_names names = {.count = 0};
    enum kdc_source source = KDC_SOURCE_DNS;

    add_overrides(finder, realm, &scratch, &names);
    if (names.count > 0) {
        source = KDC_SOURCE_OVERRIDE;
    } else {
        add_configured(finder, realm, &scratch, &names);
        source = names.count > 0 ? KDC_SOURCE_CONFIGURED : KDC_SOURCE_DNS;
    }
    arena_release(&scratch);
    return source;
}
