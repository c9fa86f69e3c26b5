/* SPDX-License-Identifier: Apache-2.0 */
/* What was counted, as evidence. */
#include <string.h>
#include <strings.h>

#include "base/clock.h"
#include "captures/iis_table.h"
#include "captures/story_names.h"
#include "evidence/shape.h"

enum { HTTPS_PORT = 443 };

static const char *text_of(struct arena *arena, struct iis_span span)
{
    return span.text ? evidence_text(arena, span.text, span.length, TEXT_LIMIT) : NULL;
}

/* One copy of each word for all records. */
static void tell_words(const struct iis_clients *clients, struct arena *arena,
                       const char *texts[OTHER + 1])
{
    for (size_t i = 0; i <= OTHER; i++) {
        texts[i] = i <= clients->words.count || i == OTHER
                       ? text_of(arena, iis_word(clients, (uint8_t)i))
                       : NULL;
    }
}

static int64_t micro(uint32_t seconds)
{
    return seconds == 0 ? EVIDENCE_UNKNOWN : (int64_t)seconds * CLOCK_US_PER_SECOND;
}

static void tell_request(const struct alike *request, const char *const *texts,
                         const char *const *files, struct arena *arena, struct web_request *to)
{
    const struct key *key = &request->key;

    to->method = texts[key->method];
    to->path = texts[key->path];
    to->user = text_of(arena, (struct iis_span){request->user, request->user_length});
    to->user_agent = texts[key->agent];
    to->reason = texts[key->reason];
    to->status = key->status ? key->status : EVIDENCE_UNKNOWN;
    to->substatus = key->substatus == UNKNOWN_SUBSTATUS ? EVIDENCE_UNKNOWN : key->substatus;
    to->win32 = key->win32 == UNKNOWN_WIN32 ? EVIDENCE_UNKNOWN : (int64_t)key->win32;
    to->count = request->count;
    to->source = files[request->first_file];
    to->line = request->first_line;
    to->at = micro(request->first_at);
    to->last_source = files[request->last_file];
    to->last_line = request->last_line;
    to->last_at = micro(request->last_at);
}

static void tell_missing(const struct client *client, struct arena *arena,
                         struct evidence_web_client *told)
{
    void *items = NULL;

    for (int i = 0; i < IIS_FIELD_COUNT; i++) {
        if (client->missing & 1U << i) {
            const char **name = arena_push(arena, &items, &told->missing_count, sizeof(*name));

            *name = iis_field_name((enum iis_field)i);
        }
    }
    told->missing = items;
}

/* "WK01$" of "CONTOSO\WK01$" and of "WK01$@CONTOSO.LAB". */
static const char *account_of(const char *user, size_t *length_out)
{
    const char *slash = strrchr(user, '\\');
    const char *name = slash ? slash + 1 : user;

    *length_out = strcspn(name, "@");
    return name;
}

/* "WK01" of "CONTOSO\WK01$" when it is the only computer that the client's requests name. */
static const char *host_of(const struct evidence_web_client *told, struct arena *arena)
{
    const char *host = NULL;

    for (size_t i = 0; i < told->request_count; i++) {
        const char *user = told->requests[i].user;
        size_t length = 0;
        const char *name = user ? account_of(user, &length) : NULL;

        if (length < 2 || name[length - 1] != '$') {
            continue;
        }
        if (host && (strlen(host) != length - 1 || strncasecmp(host, name, length - 1) != 0)) {
            return NULL;
        }
        host = host ? host : arena_strndup(arena, name, length - 1);
    }
    return host;
}

static void tell_client(const struct iis_clients *clients, const struct client *client,
                        const char *const *texts, const char *const *files, uint32_t case_id,
                        struct evidence_set *evidence)
{
    struct arena *arena = &evidence->arena;
    const struct alike *first = client->requests ? &clients->requests[client->requests - 1] : NULL;
    const int64_t at = first ? micro(first->first_at) : EVIDENCE_UNKNOWN;
    struct evidence_run *run = evidence_add(evidence, EVIDENCE_RUN, case_id, at);
    const size_t begin = evidence->count - 1;
    struct evidence_web_client *told = evidence_add(evidence, EVIDENCE_WEB_CLIENT, case_id, at);
    struct evidence_place *place = evidence_new(arena, &SHAPE_PLACE);
    size_t count = 0;

    told->address = client->address_length ? evidence_text(arena, client->address,
                                                           client->address_length, ADDRESS_SIZE)
                                           : NULL;
    told->server = texts[client->server];
    told->site = texts[client->site];
    told->port = client->port ? client->port : EVIDENCE_UNKNOWN;
    told->guessed = client->guessed ? TRI_YES : TRI_NO;
    told->dropped = client->dropped;
    told->requests = arena_alloc(arena, client->kinds * sizeof(*told->requests));
    told->request_count = client->kinds;
    for (uint32_t i = client->requests; i; i = clients->requests[i - 1].next) {
        tell_request(&clients->requests[i - 1], texts, files, arena, &told->requests[count++]);
    }
    tell_missing(client, arena, told);
    place->source = first ? files[first->first_file] : NULL;
    place->line = first ? first->first_line : EVIDENCE_UNKNOWN;
    /* Both: without a time, a record has to have a place. */
    evidence->records[begin].place = place;
    evidence->records[begin + 1].place = place;
    run->origin = ORIGIN_LOGS;
    run->target = told->server ? told->server : "unknown";
    run->port = told->port;
    run->scheme = told->port == HTTPS_PORT ? "https" : NULL; /* as the log does not tell */
    run->client_address = told->address;
    run->client_host = host_of(told, arena);
}

/* CONTOSO\\WK01$ is "WK01", "WK01$" and "wk01.contoso.lab", too. */
static bool names(struct iis_span user, const char *only)
{
    char text[TEXT_LIMIT + 1];
    const char *name;
    size_t length;

    if (!user.text) {
        return false;
    }
    memcpy(text, user.text, user.length);
    text[user.length] = '\0';
    if (strcasecmp(text, only) == 0) {
        return true;
    }
    name = account_of(text, &length);
    text[name - text + length] = '\0';
    if (strcasecmp(name, only) == 0) {
        return true;
    }
    if (length > 0 && name[length - 1] == '$') {
        text[name - text + length - 1] = '\0';
    }
    return story_same_host(name, only);
}

static bool is_wanted(const struct iis_clients *clients, const struct client *client,
                      const char *only)
{
    if (!only || (strlen(only) == client->address_length &&
                  strncasecmp(only, client->address, client->address_length) == 0)) {
        return true;
    }
    for (uint32_t i = client->requests; i; i = clients->requests[i - 1].next) {
        const struct alike *request = &clients->requests[i - 1];

        if (names((struct iis_span){request->user, request->user_length}, only)) {
            return true;
        }
    }
    return false;
}

uint32_t iis_clients_tell(const struct iis_clients *clients, const char *only,
                          const char *const *files, uint32_t first_case,
                          struct evidence_set *evidence)
{
    const char *texts[OTHER + 1];
    uint32_t count = 0;

    tell_words(clients, &evidence->arena, texts);
    for (size_t i = 0; i < clients->count; i++) {
        if (is_wanted(clients, &clients->list[i], only)) {
            tell_client(clients, &clients->list[i], texts, files, first_case + count, evidence);
            count++;
        }
    }
    return count;
}
