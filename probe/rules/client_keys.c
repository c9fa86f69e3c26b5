/* SPDX-License-Identifier: Apache-2.0 */
/* What the records of a case say of who the client is. */
#include <string.h>

#include "rules/client_parts.h"
#include "rules/facts.h"

enum { NETBIOS_NAME = 15, GUID_TEXT = 36, THUMBPRINT = 40, LOOK_BACK = 8 };

static const char NO_GUID[] = "00000000-0000-0000-0000-000000000000";

static char upper(char byte)
{
    return byte >= 'a' && byte <= 'z' ? (char)(byte - 'a' + 'A') : byte;
}

static const char *upper_copy(struct arena *arena, const char *text, size_t length)
{
    char *copy = length > 0 ? arena_strndup(arena, text, length) : NULL;

    for (char *at = copy; at && *at; at++) {
        *at = upper(*at);
    }
    return copy;
}

/* Addresses that every machine has for itself, or none. */
static bool is_nobodys_address(const char *text)
{
    return strncmp(text, "127.", 4) == 0 || strcmp(text, "::1") == 0 || strcmp(text, "::") == 0 ||
           strcmp(text, "0.0.0.0") == 0;
}

static const char *address_text(struct arena *arena, const char *text)
{
    static const char mapped[] = "::ffff:"; /* an IPv4 address as a dual-stack socket has it */
    const char *address;

    if (name_starts(text, mapped) && strchr(text + strlen(mapped), '.')) {
        text += strlen(mapped);
    }
    address = upper_copy(arena, text, strcspn(text, "%"));
    /* Who sends a log may have put one word in place of all addresses. */
    return !name_is_address(address) || is_nobodys_address(address) ? NULL : address;
}

static const char *guid_text(struct arena *arena, const char *text)
{
    text += name_starts(text, "GUID:") ? strlen("GUID:") : 0;
    text += *text == '{' ? 1 : 0;
    return strcspn(text, "}") != GUID_TEXT || strncmp(text, NO_GUID, GUID_TEXT) == 0
               ? NULL
               : upper_copy(arena, text, GUID_TEXT);
}

/* Where the name of a computer account ends: before its $, if it has one. */
static size_t without_dollar(const char *text, size_t length)
{
    return length > 0 && text[length - 1] == '$' ? length - 1 : length;
}

static const char *principal_text(struct arena *arena, const char *text)
{
    const char *at = strchr(text, '@');
    const size_t length = at ? without_dollar(text, (size_t)(at - text)) : 0;

    return length == 0 ? NULL
                       : upper_copy(arena, arena_printf(arena, "%.*s%s", (int)length, text, at),
                                    length + strlen(at));
}

static const char *name_text(struct arena *arena, const char *text)
{
    const size_t label = strcspn(text, ".@");
    const size_t length = without_dollar(text, label);

    return upper_copy(arena, text, length < NETBIOS_NAME ? length : NETBIOS_NAME);
}

const char *client_key_text(struct arena *arena, enum client_key_kind kind, const char *text)
{
    const size_t length = text ? strlen(text) : 0;

    if (length == 0) {
        return NULL;
    }
    switch (kind) {
    case CLIENT_FQDN:
        return upper_copy(arena, text, text[length - 1] == '.' ? length - 1 : length);
    case CLIENT_ACCOUNT:
        return upper_copy(arena, text, without_dollar(text, length));
    case CLIENT_PRINCIPAL:
        return principal_text(arena, text);
    case CLIENT_NAME:
        return name_text(arena, text);
    case CLIENT_LOG:
        return arena_strdup(arena, text); /* files differ by letter case */
    case CLIENT_GUID:
        return guid_text(arena, text);
    case CLIENT_CERTIFICATE:
        return length == THUMBPRINT ? upper_copy(arena, text, length) : NULL;
    case CLIENT_ADDRESS:
        return address_text(arena, text);
    case CLIENT_KEY_KINDS:
        break;
    }
    return NULL;
}

/* --- sightings --- */

struct sighting {
    struct client_claims *claims;
    const struct evidence_record *record;
    uint32_t node;
};

/* Was it added lately? The entries of a log say the same again and again. */
static bool is_known(const struct sighting *sighting, enum client_key_kind kind, const char *shown)
{
    const struct client_claims *claims = sighting->claims;

    for (size_t i = 0; i < LOOK_BACK && i < claims->count; i++) {
        const struct client_claim *claim = &claims->items[claims->count - 1 - i];

        if (claim->node == sighting->node && claim->key.kind == kind &&
            strcmp(claim->key.shown, shown) == 0) {
            return true;
        }
    }
    return false;
}

static void add(const struct sighting *sighting, enum client_key_kind kind, const char *shown)
{
    struct client_claims *claims = sighting->claims;
    const bool known = !shown || is_known(sighting, kind, shown);
    const char *text = known ? NULL : client_key_text(claims->arena, kind, shown);
    void *items = claims->items;
    struct client_claim *claim;

    if (!text) {
        return;
    }
    claim = arena_push(claims->scratch, &items, &claims->count, sizeof(*claim));
    claims->items = items;
    *claim = (struct client_claim){{kind, text, shown, sighting->record, false}, sighting->node};
}

/* A computer's name of whatever form: "WK01", "wk01.contoso.lab", an address, a GUID. */
static void add_host(const struct sighting *sighting, const char *host)
{
    if (!host || host[0] == '\0' || strchr(host, ' ')) {
        return;
    }
    if (name_is_address(host)) {
        add(sighting, CLIENT_ADDRESS, host);
    } else if (name_starts(host, "GUID:")) {
        add(sighting, CLIENT_GUID, host);
    } else {
        add(sighting, CLIENT_NAME,
            arena_strndup(sighting->claims->arena, host, strcspn(host, ".")));
        add(sighting, CLIENT_FQDN, strchr(host, '.') ? host : NULL);
    }
}

/* "CONTOSO\WK01$", "contoso.lab\WK01$", "WK01$@CONTOSO.LAB"; other accounts are no computers. */
static void add_account(const struct sighting *sighting, const char *account)
{
    const char *slash = account ? strchr(account, '\\') : NULL;
    const char *name = slash ? slash + 1 : account;
    const char *at = name ? strchr(name, '@') : NULL;
    const size_t length = name ? (at ? (size_t)(at - name) : strlen(name)) : 0;

    if (length < 2 || name[length - 1] != '$') {
        return;
    }
    add(sighting, CLIENT_NAME, arena_strndup(sighting->claims->arena, name, length - 1));
    if (at) {
        add(sighting, CLIENT_PRINCIPAL, name);
    } else if (slash && memchr(account, '.', (size_t)(slash - account))) {
        add(sighting, CLIENT_PRINCIPAL,
            arena_printf(sighting->claims->arena, "%s@%.*s", name, (int)(slash - account),
                         account));
    } else if (slash) {
        add(sighting, CLIENT_ACCOUNT, account);
    }
}

static void add_registration(const struct sighting *sighting,
                             const struct evidence_registration *registration)
{
    /* What names an identity file is its folder, which may be called anything. */
    if (registration->source != REGISTRATION_IDENTITY_FILE) {
        add_host(sighting, registration->name);
        add_host(sighting, registration->fqdn);
    }
    add(sighting, CLIENT_GUID, registration->smsid);
    add(sighting, CLIENT_GUID, registration->previous_smsid);
    add(sighting, CLIENT_CERTIFICATE, registration->signing_thumbprint);
    add(sighting, CLIENT_ADDRESS, registration->address);
}

static void add_web_client(const struct sighting *sighting,
                           const struct evidence_web_client *client)
{
    add(sighting, CLIENT_ADDRESS, client->address);
    for (size_t i = 0; i < client->request_count; i++) {
        add_account(sighting, client->requests[i].user);
    }
}

void client_claims_add(struct client_claims *claims, const struct evidence_record *record,
                       uint32_t node, bool own_log)
{
    const struct sighting sighting = {claims, record, node};

    if (own_log && record->place) {
        add(&sighting, CLIENT_LOG, record->place->source);
    }
    if (record->kind == EVIDENCE_RUN) {
        add_host(&sighting, record->run->client_host);
        add(&sighting, CLIENT_ADDRESS, record->run->client_address);
    } else if (record->kind == EVIDENCE_IDENTITY) {
        add_account(&sighting, record->identity->principal);
    } else if (record->kind == EVIDENCE_REGISTRATION) {
        add_registration(&sighting, record->registration);
    } else if (record->kind == EVIDENCE_WEB_CLIENT) {
        add_web_client(&sighting, record->web_client);
    } else if (record->kind == EVIDENCE_LOG_EVENT) {
        add_host(&sighting, record->log_event->client);
        add(&sighting, CLIENT_GUID, record->log_event->smsid);
        add(&sighting, CLIENT_CERTIFICATE, record->log_event->thumbprint);
    }
}
