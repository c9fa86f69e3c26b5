/* SPDX-License-Identifier: Apache-2.0 */
/* What reports and rules ask of a list of clients. */
#include <stdlib.h>
#include <string.h>

#include "rules/client_parts.h"

const struct client *clients_of_case(const struct client_list *list, uint32_t case_id)
{
    size_t low = 0;
    size_t high = list ? list->place_count : 0;

    while (low < high) {
        const size_t middle = low + (high - low) / 2;

        if (list->places[middle].case_id < case_id) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    return list && low < list->place_count && list->places[low].case_id == case_id
               ? &list->items[list->places[low].client]
               : NULL;
}

const struct client_key *client_key(const struct client *client, enum client_key_kind kind)
{
    const struct client_key *found = NULL;

    for (size_t i = 0; i < client->key_count; i++) {
        if (client->keys[i].kind == kind &&
            (!found || (found->shared && !client->keys[i].shared))) {
            found = &client->keys[i];
        }
    }
    return found;
}

const char *client_label(const struct client *client)
{
    static const enum client_key_kind own[] = {CLIENT_NAME, CLIENT_FQDN, CLIENT_ACCOUNT,
                                               CLIENT_PRINCIPAL};
    static const enum client_key_kind any[] = {CLIENT_ADDRESS, CLIENT_GUID, CLIENT_NAME,
                                               CLIENT_CERTIFICATE, CLIENT_LOG};

    for (size_t i = 0; i < sizeof(own) / sizeof(own[0]); i++) {
        const struct client_key *key = client_key(client, own[i]);

        if (key && !key->shared) {
            return key->shown;
        }
    }
    for (size_t i = 0; i < sizeof(any) / sizeof(any[0]); i++) {
        const struct client_key *key = client_key(client, any[i]);

        if (key) {
            return key->shown;
        }
    }
    return "";
}

/* "CONTOSO\WK01$" as an account, "WK01$@CONTOSO.LAB" as a principal, "WK01$" as a name. */
bool client_is(const struct client *client, const char *text)
{
    struct arena arena = {0};
    bool found = false;

    for (size_t i = 0; i < client->key_count && !found; i++) {
        const struct client_key *key = &client->keys[i];
        /* A name with a domain is not the short name in any other. */
        const bool cut = key->kind == CLIENT_NAME && strpbrk(text, ".@\\:") != NULL;
        const char *wanted = cut ? NULL : client_key_text(&arena, key->kind, text);

        found = wanted && strcmp(wanted, key->text) == 0;
    }
    arena_release(&arena);
    return found;
}
