/* SPDX-License-Identifier: Apache-2.0 */
#include "report/remedy.h"

#include <string.h>

/* What the lines of the catalogue are filled to. */
enum { CATALOGUE_WIDTH = 72 };

static bool is_plain_name(const char *value)
{
    static const char plain[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
                                "abcdefghijklmnopqrstuvwxyz"
                                "0123456789._-/:@$\\[]";

    return value[0] != '\0' && value[0] != '-' && value[strspn(value, plain)] == '\0';
}

static const char *in_capitals(struct arena *arena, const char *name)
{
    char *capitals = arena_strdup(arena, name);

    for (char *at = capitals; *at != '\0'; at++) {
        *at = (char)(*at >= 'a' && *at <= 'z' ? *at - 'a' + 'A' : *at);
    }
    return capitals;
}

const struct finding *remedy_finding(struct arena *arena, const struct finding *finding)
{
    const size_t count = finding->argument_count;
    struct finding_argument *arguments = arena_alloc(arena, (count + 1) * sizeof(*arguments));
    struct finding *copy = arena_alloc(arena, sizeof(*copy));

    for (size_t i = 0; i < count; i++) {
        const struct finding_argument *argument = &finding->arguments[i];

        arguments[i] = *argument;
        if (argument->value && !is_plain_name(argument->value)) {
            arguments[i].value = in_capitals(arena, argument->name);
        }
    }
    *copy = *finding;
    copy->arguments = arguments;
    return copy;
}

size_t remedy_paragraph(const char **remedy, struct buffer *paragraph)
{
    const size_t indent = strspn(*remedy, " ");
    size_t length = strcspn(*remedy, "\n");

    buffer_append(paragraph, *remedy + indent, length - indent);
    *remedy += length + ((*remedy)[length] == '\n' ? 1 : 0);
    while (**remedy != '\0' && **remedy != '\n') {
        const size_t next = strspn(*remedy, " ");
        const size_t word = strcspn(*remedy + next, " \n");
        const bool command = indent >= REMEDY_COMMAND;

        if (command ? next <= indent : next > indent || length + 1 + word <= CATALOGUE_WIDTH) {
            break;
        }
        length = strcspn(*remedy, "\n");
        if (command && paragraph->length > 1 && paragraph->data[paragraph->length - 1] == '^') {
            paragraph->length -= 2; /* " ^", with which the catalogue joins the lines itself */
        }
        buffer_putc(paragraph, ' ');
        buffer_append(paragraph, *remedy + next, length - next);
        *remedy += length + ((*remedy)[length] == '\n' ? 1 : 0);
    }
    return indent;
}
