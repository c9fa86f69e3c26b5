/* SPDX-License-Identifier: Apache-2.0 */
#include "evidence/json_place.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

void json_place_init(struct json_place *place, const char *name, const struct buffer *text,
                     struct ccm_error *error)
{
    memset(place, 0, sizeof(*place));
    place->name = name;
    place->text = buffer_text(text);
    place->left = text->length;
    place->line = place->next_line = 1;
    place->error = error;
}

/* Passes over `count` bytes, counting lines. */
static void advance(struct json_place *place, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        place->next_line += place->text[i] == '\n';
    }
    place->text += count;
    place->left -= count;
}

json_t *json_place_next(struct json_place *place)
{
    json_error_t problem;
    json_t *value;

    while (place->left > 0 && strchr(" \t\r\n", place->text[0]) && place->text[0] != '\0') {
        advance(place, 1);
    }
    if (place->left == 0 || place->failed) {
        return NULL;
    }
    place->line = place->next_line;
    value = json_loadb(place->text, place->left, JSON_DISABLE_EOF_CHECK | JSON_REJECT_DUPLICATES,
                       &problem);
    if (!value) {
        place->line += problem.line > 0 ? (size_t)problem.line - 1 : 0;
        json_place_fail(place, "column %d: %s", problem.column, problem.text);
        return NULL;
    }
    advance(place, (size_t)problem.position);
    if (!json_is_object(value)) {
        json_place_fail(place, "expected an object");
        json_decref(value);
        return NULL;
    }
    return value;
}

static void push(struct json_place *place, const char *text)
{
    size_t length = strlen(place->pointer);

    if (place->depth < JSON_PLACE_DEPTH) {
        place->marks[place->depth] = length;
    }
    place->depth++;
    snprintf(place->pointer + length, sizeof(place->pointer) - length, "/%s", text);
}

void json_place_enter(struct json_place *place, const char *name)
{
    push(place, name);
}

void json_place_enter_index(struct json_place *place, size_t index)
{
    char text[24];

    snprintf(text, sizeof(text), "%zu", index);
    push(place, text);
}

void json_place_leave(struct json_place *place)
{
    place->depth--;
    if (place->depth < JSON_PLACE_DEPTH) {
        place->pointer[place->marks[place->depth]] = '\0';
    }
}

bool json_place_fail(struct json_place *place, const char *format, ...)
{
    char sentence[300];
    va_list args;

    if (place->failed) {
        return false;
    }
    va_start(args, format);
    vsnprintf(sentence, sizeof(sentence), format, args);
    va_end(args);
    place->failed = true;
    ccm_fail(place->error, CCM_ERROR_INPUT, "%s:%zu: %s%s%s", place->name, place->line,
             place->pointer, place->pointer[0] ? ": " : "", sentence);
    return false;
}

bool json_place_failed(const struct json_place *place)
{
    return place->failed;
}
