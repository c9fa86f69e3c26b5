/* SPDX-License-Identifier: Apache-2.0 */
#include "rules/finding.h"

#include <string.h>

#include "base/buffer.h"

static const struct finding_type TYPES[FINDING_COUNT] = {
#define FINDING(symbol, id, role, level, title, why, remedy)                                       \
    [FINDING_##symbol] = {FINDING_##symbol, id, role, level, title, why, remedy},
#include "rules/findings.def"
#undef FINDING
};

static const char *const LEVELS[LEVEL_COUNT] = {"none", "ok",      "info", "skip",
                                                "warn", "unknown", "fail"};
static const char *const CONFIDENCES[] = {"none", "likely", "proven"};

const struct finding_type *finding_type(enum finding_id id)
{
    return id > FINDING_NONE && id < FINDING_COUNT ? &TYPES[id] : NULL;
}

const struct finding_type *finding_type_by_name(const char *name)
{
    for (int id = FINDING_NONE + 1; id < FINDING_COUNT; id++) {
        if (strcmp(TYPES[id].name, name) == 0) {
            return &TYPES[id];
        }
    }
    return NULL;
}

const char *finding_level_word(enum finding_level level)
{
    return level < LEVEL_COUNT ? LEVELS[level] : LEVELS[LEVEL_NONE];
}

enum finding_level finding_level_from_word(const char *word)
{
    for (int level = LEVEL_NONE + 1; level < LEVEL_COUNT; level++) {
        if (strcmp(LEVELS[level], word) == 0) {
            return (enum finding_level)level;
        }
    }
    return LEVEL_NONE;
}

const char *finding_confidence_word(enum finding_confidence confidence)
{
    return CONFIDENCES[confidence <= CONFIDENCE_PROVEN ? confidence : CONFIDENCE_NONE];
}

static const char *argument_of_length(const struct finding *finding, const char *name,
                                      size_t length)
{
    for (size_t i = 0; i < finding->argument_count; i++) {
        const struct finding_argument *argument = &finding->arguments[i];

        if (strlen(argument->name) == length && memcmp(argument->name, name, length) == 0) {
            return argument->value;
        }
    }
    return NULL;
}

const char *finding_argument(const struct finding *finding, const char *name)
{
    return argument_of_length(finding, name, strlen(name));
}

const char *finding_expand(struct arena *arena, const struct finding *finding, const char *text)
{
    struct buffer out = {0};
    const char *copy;

    while (*text) {
        size_t plain = strcspn(text, "{");
        const char *value;
        size_t name;

        buffer_append(&out, text, plain);
        text += plain;
        if (*text == '\0') {
            break;
        }
        name = strcspn(++text, "}");
        value = argument_of_length(finding, text, name);
        buffer_puts(&out, value ? value : "?");
        text += name + (text[name] == '}');
    }
    copy = arena_strdup(arena, buffer_text(&out));
    buffer_release(&out);
    return copy;
}
