/* SPDX-License-Identifier: Apache-2.0 */
#include "decode/spn.h"

#include <arpa/inet.h>
#include <string.h>
#include <strings.h>

#include "evidence/evidence.h"

enum { PORT_LIMIT = 65535, PORT_DIGITS = 5 };

static const char SPACE[] = " \t";

static void clear(struct spn *spn)
{
    *spn = (struct spn){.port = EVIDENCE_UNKNOWN};
}

static bool has_forbidden(const char *text)
{
    for (; *text; text++) {
        if ((unsigned char)*text < ' ' || *text == 0x7F || *text == '\\' || *text == '@') {
            return true;
        }
    }
    return false;
}

/* "1433" is a port, "SQLEXPRESS" an instance; so is "080", which no directory takes for port 80. */
static void read_port(const char *text, struct spn *spn)
{
    size_t digits = strspn(text, "0123456789");
    int64_t port = 0;

    if (text[digits] == '\0' && digits <= PORT_DIGITS && text[0] != '0') {
        for (const char *at = text; *at; at++) {
            port = port * 10 + (*at - '0');
        }
    }
    if (port > 0 && port <= PORT_LIMIT) {
        spn->port = port;
    } else {
        spn->instance = text;
    }
}

/* "host", "host:port", "[fd00::1]:port"; `text` is cut apart. */
static bool read_host(char *text, struct spn *spn)
{
    struct in6_addr address;
    char *colon;

    if (text[0] == '[') {
        char *end = strchr(text, ']');

        if (!end || (end[1] != '\0' && end[1] != ':')) {
            return false;
        }
        colon = end[1] == ':' ? end + 1 : NULL;
        *end = '\0';
        text++;
        if (inet_pton(AF_INET6, text, &address) != 1) {
            return false;
        }
    } else {
        colon = strchr(text, ':');
    }
    if (colon) {
        *colon = '\0';
        if (colon[1] == '\0' || strpbrk(colon + 1, ": [],")) {
            return false;
        }
        read_port(colon + 1, spn);
    }
    spn->host = text;
    return text[0] != '\0' && (colon != text) && !strpbrk(text, " []");
}

bool spn_parse(struct arena *arena, const char *text, struct spn *out)
{
    char *copy, *host, *name;

    clear(out);
    if (!text || has_forbidden(text)) {
        return false;
    }
    copy = arena_strdup(arena, text);
    host = strchr(copy, '/');
    if (!host || host == copy) {
        return false;
    }
    *host++ = '\0';
    name = strchr(host, '/');
    if (name) {
        *name++ = '\0';
    }
    out->service = copy;
    out->name = name;
    if (!read_host(host, out) || (name && (name[0] == '\0' || strchr(name, '/')))) {
        clear(out);
        return false;
    }
    return true;
}

static bool same(const char *left, const char *right)
{
    return left && right ? strcasecmp(left, right) == 0 : left == right;
}

bool spn_equal(const struct spn *left, const struct spn *right)
{
    return same(left->service, right->service) && same(left->host, right->host) &&
           left->port == right->port && same(left->instance, right->instance) &&
           same(left->name, right->name);
}

/* Narrows a piece of text to what is between the spaces around it. */
static void trim(const char **text, size_t *length)
{
    while (*length > 0 && strchr(SPACE, **text)) {
        ++*text;
        --*length;
    }
    while (*length > 0 && strchr(SPACE, (*text)[*length - 1])) {
        --*length;
    }
}

/* Is `service` among "alerter,appmgmt,..."? */
static bool lists(const char *classes, const char *service)
{
    while (*classes) {
        const char *item = classes;
        size_t length = strcspn(classes, ",");

        classes += length + (classes[length] == ',');
        trim(&item, &length);
        if (length == strlen(service) && strncasecmp(item, service, length) == 0) {
            return true;
        }
    }
    return false;
}

const char *spn_mapping_alias(struct arena *arena, const char *const *mappings, size_t count,
                              const char *service)
{
    if (!service || service[0] == '\0') {
        return NULL;
    }
    for (size_t i = 0; i < count; i++) {
        const char *alias = mappings[i];
        size_t length = strcspn(alias, "=");

        if (alias[length] != '=' || !lists(alias + length + 1, service)) {
            continue;
        }
        trim(&alias, &length);
        if (length > 0) {
            return arena_strndup(arena, alias, length);
        }
    }
    return NULL;
}
