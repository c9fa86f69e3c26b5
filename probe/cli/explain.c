/* SPDX-License-Identifier: Apache-2.0 */
#include "report/explain.h"

#include <string.h>

#include "cli/command.h"

/* Appends what a word of the command line means; false when nobody knows. */
static bool explain(const char *text, struct buffer *out)
{
    const struct finding_type *type = finding_type_by_name(text);
    const struct code *matches[CODE_MATCH_MAX];
    const size_t count = type ? 0 : code_match(text, matches, CODE_MATCH_MAX);

    if (strcmp(text, "capture") == 0) {
        buffer_puts(out, TOPIC_CAPTURE);
        return true;
    }
    if (type) {
        explain_finding(type, out);
    }
    for (size_t i = 0; i < count; i++) {
        explain_code(matches[i], out);
    }
    return type || count > 0;
}

int explain_print(const struct cli_settings *settings, struct buffer *out)
{
    int status = EXIT_GOOD;

    for (size_t i = 0; i < settings->arguments.count; i++) {
        const char *text = settings->arguments.items[i];

        if (i > 0) {
            buffer_putc(out, '\n');
        }
        if (!explain(text, out)) {
            buffer_printf(out, "%.80s: unknown: no code in ccmprobe's tables and no finding\n",
                          text);
            status = EXIT_COULD_NOT_TELL;
        }
    }
    return status;
}
