/* SPDX-License-Identifier: Apache-2.0 */
#include "rules/explain.h"

#include <string.h>

/* What the exchange shows when there is no ticket. What the directory shows besides, such as an SPN
   on a user or an external trust, does not follow from that. */
#define FOLLOWS                                                                                    \
    "trust.no-referral trust.path-differs trust.wrong-key spn.missing spn.duplicate "              \
    "spn.on-other-account ticket.*"

/* The MP may have another key than the holder of the SPN and be refused for more: its own key is
   proven wrong by the HOST ticket, which ticket.wrong-key then tells. */
#define HOLDER "ticket.rejected ticket.refused ticket.rc4 dns.reverse"

/*
 * What follows from a cause: ids, and areas with a star. What is not listed is independent and
 * remains to be looked at: a missing SPN says nothing about a filtered method.
 */
static const struct {
    enum finding_id cause;
    const char *effects;
} EXPLAINS[] = {
    {FINDING_DNS_SERVER_SILENT,
     "dns.* kdc.* identity.unusable account.refused http.* tls.* " FOLLOWS},
    {FINDING_DNS_SERVER_ERROR,
     "dns.* kdc.* identity.unusable account.refused http.* tls.* " FOLLOWS},
    {FINDING_DNS_NO_SUCH_NAME, "dns.servers-differ dns.reverse http.* tls.* " FOLLOWS},
    {FINDING_DNS_NO_ADDRESS, "dns.servers-differ dns.reverse http.* tls.*"},
    {FINDING_DNS_SERVERS_DIFFER, "dns.reverse http.address-differs"},
    {FINDING_DNS_ADDRESS, FOLLOWS " tls.untrusted"},
    {FINDING_DNS_ALIAS, FOLLOWS " tls.untrusted"},
    {FINDING_DNS_NO_KDC_RECORDS, "kdc.* identity.unusable account.refused " FOLLOWS},
    {FINDING_CLOCK_CLIENT, "clock.* identity.unusable account.refused ticket.refused "
                           "ticket.unusable ticket.rejected http.mutual-auth tls.untrusted"},
    {FINDING_CLOCK_KDC, "clock.* identity.unusable account.refused ticket.refused "
                        "ticket.unusable ticket.rejected"},
    {FINDING_CLOCK_MP, "ticket.rejected http.mutual-auth"},
    {FINDING_HTTP_ADDRESS_DIFFERS, "http.* spn.on-other-account ticket.wrong-key ticket.rejected "
                                   "ticket.etype dns.reverse"},
    {FINDING_HTTP_UNREACHABLE, "http.* tls.*"},
    {FINDING_TLS_UNTRUSTED, "http.* tls.*"},
    {FINDING_TLS_FAILED, "http.* tls.*"},
    {FINDING_HTTP_NOT_AN_MP, "http.* ticket.wrong-key ticket.rejected spn.on-other-account"},
    {FINDING_HTTP_REDIRECT, "http.* ticket.rejected"},
    {FINDING_HTTP_PROXY, "http.* ticket.rejected"},
    {FINDING_HTTP_SSL_REQUIRED, "http.*"},
    {FINDING_HTTP_CLIENT_CERTIFICATE, "http.*"},
    {FINDING_HTTP_FORBIDDEN, "http.unavailable"},
    {FINDING_HTTP_CONFIG_ERROR, "http.*"},
    {FINDING_HTTP_UNAVAILABLE, "http.connection-lost"},
    {FINDING_HTTP_NO_NEGOTIATE, "ticket.rejected http.mutual-auth"},
    {FINDING_KDC_UNREACHABLE, "identity.unusable " FOLLOWS},
    {FINDING_ACCOUNT_KEYTAB_OLD, "account.wrong-password identity.unusable"},
    {FINDING_ACCOUNT_RC4_ONLY, "account.etype ticket.etype ticket.rc4"},
    {FINDING_TRUST_EXTERNAL, FOLLOWS " trust.etype"},
    {FINDING_TRUST_NONE, FOLLOWS},
    {FINDING_TRUST_DIRECTION, FOLLOWS},
    {FINDING_TRUST_SUFFIX, FOLLOWS},
    {FINDING_TRUST_NO_REFERRAL, FOLLOWS},
    {FINDING_TRUST_PATH_DIFFERS, FOLLOWS},
    {FINDING_TRUST_ETYPE, "account.etype ticket.etype"},
    {FINDING_TRUST_WRONG_KEY, "ticket.*"},
    {FINDING_TRUST_SELECTIVE, "ticket.*"},
    {FINDING_TICKET_REFERRAL_LOOP, FOLLOWS},
    {FINDING_LDAP_REPLICATION, "spn.* ticket.*"},
    {FINDING_SPN_DUPLICATE, "ticket.*"},
    {FINDING_SPN_MISSING, "ticket.*"},
    {FINDING_SPN_STALE, "ticket.* dns.reverse"},
    {FINDING_SPN_ON_USER, HOLDER},
    {FINDING_SPN_ON_MANAGED_ACCOUNT, HOLDER},
    {FINDING_SPN_ON_OTHER_COMPUTER, HOLDER},
    {FINDING_SPN_ON_OTHER_ACCOUNT, "ticket.* dns.reverse"},
    {FINDING_IMAGE_SHARED_GUID, "image.guid image.file image.shared-certificate"},
    {FINDING_IMAGE_SHARED_CERTIFICATE, "image.certificate"},
    {FINDING_TICKET_TOO_LARGE, "ticket.rejected http.connection-lost"},
    {FINDING_TICKET_WRONG_KEY, "ticket.rejected dns.reverse"},
    {FINDING_GUID_DUPLICATE, "registration.*"},
    {FINDING_TICKET_KEY_CHANGED, "ticket.wrong-key ticket.rejected dns.reverse"},
    {FINDING_SPN_OTHER_NAME, "spn.missing spn.duplicate ticket.*"},
    {FINDING_WEB_REFUSED, "approval.anonymous"},
    {FINDING_WEB_NO_SIGN_IN, "approval.anonymous"},
};

/* What a client does that cannot sign in, whatever the cause. */
static const char ALWAYS[] =
    "http.ntlm-used http.no-second-attempt approval.anonymous approval.pending "
    "registration.unauthenticated web.refused web.no-sign-in";

/* One word of the table: an id, or an area and ".*". */
static bool word_matches(const char *word, size_t length, const char *name)
{
    if (length > 0 && word[length - 1] == '*') {
        return strncmp(word, name, length - 1) == 0;
    }
    return strlen(name) == length && memcmp(word, name, length) == 0;
}

static bool list_matches(const char *list, const char *name)
{
    while (*list) {
        size_t length = strcspn(list, " ");

        if (word_matches(list, length, name)) {
            return true;
        }
        list += length;
        list += strspn(list, " ");
    }
    return false;
}

bool finding_explains(enum finding_id cause, enum finding_id effect)
{
    const struct finding_type *type = finding_type(effect);

    if (type && finding_type(cause)->role == ROLE_CAUSE && list_matches(ALWAYS, type->name)) {
        return true;
    }
    for (size_t i = 0; type && i < sizeof(EXPLAINS) / sizeof(EXPLAINS[0]); i++) {
        if (EXPLAINS[i].cause == cause) {
            return list_matches(EXPLAINS[i].effects, type->name);
        }
    }
    return false;
}

static bool has(const struct finding_list *findings, enum finding_id id)
{
    for (size_t i = 0; i < findings->count; i++) {
        if (findings->items[i].id == id) {
            return true;
        }
    }
    return false;
}

static bool decides(enum finding_level level)
{
    return level == LEVEL_WARN || level == LEVEL_UNKNOWN || level == LEVEL_FAIL;
}

/*
 * The heaviest level. A run in which no MP accepted a ticket could not tell whether clients are
 * approved, unless something is wrong (then that is the answer) or the MP wants PKI certificates
 * (then approval is no question).
 */
static enum finding_level level_of(const struct finding_list *findings, bool exchange)
{
    enum finding_level level = LEVEL_OK;

    for (size_t i = 0; i < findings->count; i++) {
        if (decides(findings->items[i].level) && findings->items[i].level > level) {
            level = findings->items[i].level;
        }
    }
    if (exchange && level < LEVEL_UNKNOWN && !has(findings, FINDING_APPROVAL_OK) &&
        !has(findings, FINDING_APPROVAL_NOT_RECORDED) &&
        !has(findings, FINDING_APPROVAL_NOT_NEEDED) && !has(findings, FINDING_APPROVAL_RECORDED) &&
        !has(findings, FINDING_REGISTRATION_AUTHENTICATED) &&
        !has(findings, FINDING_GUID_RENAMED) && !has(findings, FINDING_WEB_SIGNED_IN) &&
        !has(findings, FINDING_LOG_KNOWN_PROBLEM) &&
        !has(findings, FINDING_HTTP_CLIENT_CERTIFICATE)) {
        level = LEVEL_UNKNOWN;
    }
    return level;
}

/* The first cause that has the verdict's own level, else the first symptom; never a note. */
static int root_of(const struct finding_list *findings, enum finding_level level)
{
    static const enum finding_role order[] = {ROLE_CAUSE, ROLE_SYMPTOM};

    for (size_t role = 0; decides(level) && role < 2; role++) {
        for (size_t i = 0; i < findings->count; i++) {
            if (findings->items[i].level == level &&
                finding_type(findings->items[i].id)->role == order[role]) {
                return (int)i;
            }
        }
    }
    return -1;
}

static void push(struct arena *arena, const size_t **list, size_t *count, size_t index)
{
    void *items = (void *)*list;
    size_t *place = arena_push(arena, &items, count, sizeof(size_t));

    *place = index;
    *list = items;
}

struct verdict verdict_of(const struct finding_list *findings, bool exchange, struct arena *arena)
{
    struct verdict verdict = {.level = level_of(findings, exchange)};

    verdict.root = root_of(findings, verdict.level);
    for (size_t i = 0; i < findings->count; i++) {
        const struct finding *finding = &findings->items[i];

        if (finding->level == LEVEL_SKIP) {
            push(arena, &verdict.untested, &verdict.untested_count, i);
        } else if ((int)i != verdict.root && decides(finding->level)) {
            if (verdict.root >= 0 &&
                finding_explains(findings->items[verdict.root].id, finding->id)) {
                push(arena, &verdict.symptoms, &verdict.symptom_count, i);
            } else {
                push(arena, &verdict.remaining, &verdict.remaining_count, i);
            }
        }
    }
    return verdict;
}
