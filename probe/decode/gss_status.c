/* SPDX-License-Identifier: Apache-2.0 */
#include "decode/gss_status.h"

#include <gssapi/gssapi_krb5.h>

#include "base/buffer.h"
#include "evidence/evidence.h"

enum { WORDS_LIMIT = 400 };

static void add_status(struct buffer *text, OM_uint32 code, int type)
{
    OM_uint32 more = 0;

    do {
        gss_buffer_desc words = GSS_C_EMPTY_BUFFER;
        OM_uint32 minor;

        if (GSS_ERROR(gss_display_status(&minor, code, type, gss_mech_krb5, &more, &words))) {
            return;
        }
        if (text->length > 0) {
            buffer_puts(text, "; ");
        }
        buffer_append(text, words.value, words.length);
        gss_release_buffer(&minor, &words);
    } while (more != 0);
}

const char *gss_status_words(struct arena *arena, uint32_t major, uint32_t minor)
{
    struct buffer text = {0};
    const char *words;

    add_status(&text, major, GSS_C_GSS_CODE);
    add_status(&text, minor, GSS_C_MECH_CODE);
    words = evidence_text(arena, buffer_text(&text), text.length, WORDS_LIMIT);
    buffer_release(&text);
    return words;
}
