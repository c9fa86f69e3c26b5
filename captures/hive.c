/* SPDX-License-Identifier: Apache-2.0 */
#include "captures/hive.h"

#include <errno.h>
#include <hivex.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/cursor.h"

/* The base block: a page of 4096 bytes, of which the first 512 are used. */
enum {
    BASE_SIZE = 4096,
    BASE_USED = 512,
};

/* Between 1601 and 1970, in units of 100 ns. */
static const uint64_t FILETIME_TO_UNIX = UINT64_C(116444736000000000);

struct hive {
    hive_h *handle;
};

static char lower(char byte)
{
    return byte >= 'A' && byte <= 'Z' ? (char)(byte - 'A' + 'a') : byte;
}

bool hive_name_matches(const char *name, const char *pattern)
{
    const char *star = NULL; /* behind the last one seen, and what it stands before */
    const char *retry = NULL;

    while (*name != '\0') {
        if (*pattern == '*') {
            star = ++pattern;
            retry = name;
        } else if (*pattern == '?' || (*pattern != '\0' && lower(*pattern) == lower(*name))) {
            pattern++;
            name++;
        } else if (star) {
            pattern = star;
            name = ++retry;
        } else {
            return false;
        }
    }
    while (*pattern == '*') {
        pattern++;
    }
    return *pattern == '\0';
}

/* Looks at the base block; false when hivex need not be asked. */
static bool read_base(int fd, struct hive_state *state)
{
    uint8_t base[BASE_USED];
    struct cursor cursor;
    uint32_t first, second;
    uint64_t written;
    const ssize_t got = pread(fd, base, sizeof(base), 0);

    if (got < 0) {
        state->state = SOURCE_UNREADABLE;
        state->problem = strerrordesc_np(errno);
        return false;
    }
    if (got < 4 || memcmp(base, "regf", 4) != 0) {
        state->state = SOURCE_OTHER;
        return false;
    }
    cursor_init(&cursor, base + 4, (size_t)got - 4);
    first = cursor_u32le(&cursor);
    second = cursor_u32le(&cursor);
    written = cursor_u64le(&cursor);
    cursor_bytes(&cursor, 0x28 - 0x14);
    state->expected_bytes = (int64_t)cursor_u32le(&cursor) + BASE_SIZE;
    if (cursor.failed) {
        state->expected_bytes = EVIDENCE_UNKNOWN;
        state->state = SOURCE_CUT;
        return false;
    }
    state->dirty = first == second ? TRI_NO : TRI_YES;
    if (written > FILETIME_TO_UNIX && written < UINT64_C(1) << 62) {
        state->written_at = (int64_t)((written - FILETIME_TO_UNIX) / 10);
    }
    state->state = state->bytes < state->expected_bytes ? SOURCE_CUT : SOURCE_READ;
    return state->state == SOURCE_READ;
}

struct hive *hive_open(int fd, struct hive_state *state_out)
{
    char name[32];
    struct stat status;
    struct hive *hive;
    hive_h *handle;

    *state_out = (struct hive_state){.bytes = EVIDENCE_UNKNOWN,
                                     .expected_bytes = EVIDENCE_UNKNOWN,
                                     .written_at = EVIDENCE_UNKNOWN};
    if (fstat(fd, &status) != 0) {
        state_out->state = SOURCE_UNREADABLE;
        state_out->problem = strerrordesc_np(errno);
        return NULL;
    }
    state_out->bytes = status.st_size;
    if (status.st_size > HIVE_SIZE_LIMIT) {
        state_out->state = SOURCE_TOO_LARGE;
        return NULL;
    }
    if (!read_base(fd, state_out)) {
        return NULL;
    }
    /* hivex takes names only; this one is of the very file that was opened under DIR. */
    snprintf(name, sizeof(name), "/proc/self/fd/%d", fd);
    handle = hivex_open(name, 0);
    if (!handle) {
        state_out->state = errno == ENOENT ? SOURCE_UNREADABLE : SOURCE_DAMAGED;
        state_out->problem = strerrordesc_np(errno);
        return NULL;
    }
    hive = calloc(1, sizeof(*hive));
    if (!hive) {
        abort(); /* as arena.h */
    }
    hive->handle = handle;
    return hive;
}

void hive_close(struct hive *hive)
{
    if (hive) {
        hivex_close(hive->handle);
        free(hive);
    }
}

/* One look for keys or values. */
struct search {
    struct hive *hive;
    struct arena *arena;
    struct hive_matches *matches;
    const char *folder; /* the keys gone through so far, "A\B" */
};

static struct hive_match *push_match(struct search *search, const char *name)
{
    struct hive_matches *matches = search->matches;
    void *items = matches->items;
    struct hive_match *match;

    if (matches->count >= HIVE_MATCH_LIMIT) {
        matches->failed = true;
        return NULL;
    }
    match = arena_push(search->arena, &items, &matches->count, sizeof(*match));
    matches->items = items;
    match->path = search->folder[0] ? arena_printf(search->arena, "%s\\%s", search->folder, name)
                                    : arena_strdup(search->arena, name);
    match->name = match->path + strlen(match->path) - strlen(name);
    match->number = EVIDENCE_UNKNOWN;
    return match;
}

/* Is told of a key whose name matches; false ends the look. */
typedef bool child_fn(struct search *search, hive_node_h *node, hive_node_h child,
                      const char *name);

static bool add_child(struct search *search, hive_node_h *node, hive_node_h child, const char *name)
{
    (void)node;
    (void)child;
    push_match(search, name);
    return true;
}

/* Goes on to the first child of that name. */
static bool enter_child(struct search *search, hive_node_h *node, hive_node_h child,
                        const char *name)
{
    search->folder = search->folder[0] ? arena_printf(search->arena, "%s\\%s", search->folder, name)
                                       : arena_strdup(search->arena, name);
    *node = child;
    return false;
}

/* Tells `on_child` of the children of `node` whose names match. True when all were told. */
static bool match_children(struct search *search, hive_node_h *node, const char *pattern,
                           child_fn *on_child)
{
    hive_node_h *children = hivex_node_children(search->hive->handle, *node);
    bool more = true;

    search->matches->failed = search->matches->failed || !children;
    for (size_t i = 0; children && children[i] != 0 && more; i++) {
        char *name = hivex_node_name(search->hive->handle, children[i]);

        search->matches->failed = search->matches->failed || !name;
        if (name && hive_name_matches(name, pattern)) {
            more = on_child(search, node, children[i], name);
        }
        free(name);
    }
    free(children);
    return more;
}

/* The key that holds the last component of the path, which goes to `last_out`; 0 when there is
   none. */
static hive_node_h find_holder(struct search *search, const char *path, const char **last_out)
{
    hive_node_h node = hivex_root(search->hive->handle);
    const char *slash;

    search->folder = "";
    *search->matches = (struct hive_matches){.failed = node == 0};
    while (node != 0 && (slash = strchr(path, '\\')) != NULL) {
        const char *name = arena_strndup(search->arena, path, (size_t)(slash - path));

        if (match_children(search, &node, name, enter_child)) {
            node = 0;
        }
        path = slash + 1;
    }
    *last_out = path;
    return node;
}

void hive_keys(struct hive *hive, struct arena *arena, const char *path,
               struct hive_matches *matches_out)
{
    struct search search = {.hive = hive, .arena = arena, .matches = matches_out};
    const char *last;
    hive_node_h node = find_holder(&search, path, &last);

    if (node != 0) {
        match_children(&search, &node, last, add_child);
    }
}

static void read_value(struct hive *hive, struct arena *arena, hive_value_h value,
                       struct hive_match *match)
{
    size_t length = 0;
    hive_type type;
    char *bytes;
    char *text;

    if (hivex_value_type(hive->handle, value, &type, &length) != 0 || length > HIVE_VALUE_LIMIT) {
        return;
    }
    bytes = hivex_value_value(hive->handle, value, &type, &length);
    if (!bytes) {
        return;
    }
    if (type == hive_t_REG_DWORD && length >= 4) {
        struct cursor cursor;

        cursor_init(&cursor, bytes, length);
        match->number = cursor_u32le(&cursor);
    }
    if (type == hive_t_REG_SZ || type == hive_t_REG_EXPAND_SZ) {
        text = hivex_value_string(hive->handle, value);
        match->value = arena_strdup(arena, text);
        free(text);
    }
    match->bytes = (const uint8_t *)arena_strndup(arena, bytes, length);
    match->length = length;
    free(bytes);
}

void hive_values(struct hive *hive, struct arena *arena, const char *path,
                 struct hive_matches *matches_out)
{
    struct search search = {.hive = hive, .arena = arena, .matches = matches_out};
    const char *last;
    hive_node_h node = find_holder(&search, path, &last);
    hive_value_h *values;

    if (node == 0) {
        return;
    }
    values = hivex_node_values(hive->handle, node);
    matches_out->failed = matches_out->failed || !values;
    for (size_t i = 0; values && values[i] != 0; i++) {
        char *key = hivex_value_key(hive->handle, values[i]);
        const char *name = key && key[0] == '\0' ? "(default)" : key;
        struct hive_match *match = NULL;

        matches_out->failed = matches_out->failed || !key;
        if (name && hive_name_matches(name, last)) {
            match = push_match(&search, name);
        }
        if (match) {
            read_value(hive, arena, values[i], match);
        }
        free(key);
    }
    free(values);
}
