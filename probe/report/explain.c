/* SPDX-License-Identifier: Apache-2.0 */
#include "report/explain.h"

#include <inttypes.h>

#include "report/layout.h"
#include "report/remedy.h"

/* The text with its {argument} places as <argument>. */
static void fill_places(const char *text, struct buffer *out)
{
    for (; *text; text++) {
        buffer_putc(out, *text == '{' ? '<' : *text == '}' ? '>' : *text);
    }
}

static void print_wrapped(struct layout *layout, const char *text)
{
    struct buffer filled = {0};

    fill_places(text, &filled);
    layout_pad(layout, LAYOUT_INDENT);
    layout_text(layout, LAYOUT_INDENT, buffer_text(&filled));
    layout_end(layout);
    buffer_release(&filled);
}

/* The remedy: its paragraphs one by one, commands whole. */
static void print_remedy(struct layout *layout, const char *remedy)
{
    while (*remedy) {
        struct buffer paragraph = {0};
        struct buffer command = {0};

        if (remedy_paragraph(&remedy, &paragraph) < REMEDY_COMMAND) {
            print_wrapped(layout, buffer_text(&paragraph));
        } else {
            fill_places(buffer_text(&paragraph), &command);
            layout_command(layout, LAYOUT_INDENT + REMEDY_COMMAND, buffer_text(&command));
        }
        buffer_release(&command);
        buffer_release(&paragraph);
    }
}

void explain_finding(const struct finding_type *type, struct buffer *out)
{
    const struct report_options options = {.color = false};
    struct layout layout = {.out = out, .options = &options};
    struct buffer title = {0};

    fill_places(type->title, &title);
    layout_printf(&layout, LAYOUT_INDENT, "%s (%s): %s", type->name,
                  finding_level_word(type->level), buffer_text(&title));
    layout_end(&layout);
    buffer_release(&title);
    print_wrapped(&layout, type->why);
    if (type->remedy[0]) {
        layout_blank(&layout);
        print_remedy(&layout, type->remedy);
    }
}

/* The spellings that logs use besides the one in the symbol. */
static void print_value(const struct code *code, struct buffer *out)
{
    switch (code->space) {
    case CODE_SPACE_HRESULT:
    case CODE_SPACE_NTSTATUS:
        buffer_printf(out, "0x%08" PRIX64 ", %" PRId64 ", %" PRId32, (uint64_t)code->value,
                      code->value, (int32_t)(uint32_t)code->value);
        break;
    case CODE_SPACE_UAC:
    case CODE_SPACE_TRUST_ATTRIBUTE:
        buffer_printf(out, "0x%" PRIX64 ", %" PRId64, (uint64_t)code->value, code->value);
        break;
    case CODE_SPACE_IIS:
    case CODE_SPACE_HTTPSYS:
        break; /* the symbol is the spelling */
    case CODE_SPACE_UNKNOWN:
    case CODE_SPACE_KRB5:
    case CODE_SPACE_WIN32:
    case CODE_SPACE_HTTP:
    case CODE_SPACE_LDAP:
    case CODE_SPACE_ETYPE:
    case CODE_SPACE_TRUST_DIRECTION:
    case CODE_SPACE_TRUST_TYPE:
    case CODE_SPACE_REGISTRATION:
    case CODE_SPACE_APPROVAL:
    case CODE_SPACE_COUNT:
        buffer_printf(out, "%" PRId64, code->value);
        break;
    }
}

void explain_code(const struct code *code, struct buffer *out)
{
    const struct report_options options = {.color = false};
    struct layout layout = {.out = out, .options = &options};
    struct buffer value = {0};

    print_value(code, &value);
    layout_printf(&layout, LAYOUT_INDENT, "%s (%s%s%s)", code->symbol,
                  code_space_title(code->space), value.length > 0 ? " " : "", buffer_text(&value));
    layout_end(&layout);
    buffer_release(&value);
    print_wrapped(&layout, code->meaning);
}
