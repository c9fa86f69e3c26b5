/* SPDX-License-Identifier: Apache-2.0 */
/* LDAP (RFC 4511) in clear text: searches keep their form and get stand-ins for names; of binds and
   entries only the shape stays. */
#include <string.h>
#include <strings.h>

#include "captures/redact_der.h"

enum {
    NODE_LDAP = NODE_FIRST,
    NODE_SEARCH,
    NODE_FILTER,
    NODE_WORDS, /* descriptions of attributes, and values */
    NODE_RESULT,
};

static const struct der_row ROWS[] = {
    {NODE_LDAP, 0x02, NODE_COPY}, /* messageID */
    {NODE_LDAP, 0x60, NODE_RESULT},   {NODE_LDAP, 0x61, NODE_RESULT},
    {NODE_LDAP, 0x63, NODE_SEARCH},   {NODE_LDAP, 0x65, NODE_RESULT},
    {NODE_RESULT, 0x02, NODE_COPY},   {NODE_RESULT, 0x0A, NODE_COPY},
    {NODE_RESULT, 0x30, NODE_SHAPE},  {NODE_SEARCH, 0x01, NODE_COPY},
    {NODE_SEARCH, 0x02, NODE_COPY},   {NODE_SEARCH, 0x04, NODE_TEXT},  /* baseObject */
    {NODE_SEARCH, 0x0A, NODE_COPY},   {NODE_SEARCH, 0x30, NODE_WORDS}, /* attributes */
    {NODE_SEARCH, 0xA0, NODE_FILTER}, {NODE_SEARCH, 0xA1, NODE_FILTER},
    {NODE_SEARCH, 0xA2, NODE_FILTER}, {NODE_SEARCH, 0xA9, NODE_SHAPE},
    {NODE_SEARCH, 0, NODE_WORDS},     {NODE_FILTER, 0xA0, NODE_FILTER},
    {NODE_FILTER, 0xA1, NODE_FILTER}, {NODE_FILTER, 0xA2, NODE_FILTER},
    {NODE_FILTER, 0xA9, NODE_SHAPE},  {NODE_FILTER, 0, NODE_WORDS},
    {NODE_WORDS, 0, NODE_WORDS},      {0, 0, 0},
};

static void take_words(const struct image *content, uint8_t node, void *context)
{
    static const char spn[] = "servicePrincipalName";

    (void)context;
    if (node != NODE_WORDS) {
        return;
    }
    for (size_t i = 0; i < content->length; i++) {
        if (content->in[i] < 0x20 || content->in[i] == 0x7f) {
            return; /* binary */
        }
    }
    if (content->length == strlen(spn) &&
        strncasecmp((const char *)content->in, spn, strlen(spn)) == 0) {
        memcpy(content->out, content->in, content->length);
    } else {
        disguise_text(content->disguise, content->in, content->length, content->out);
    }
}

void redact_ldap(const struct image *image)
{
    static const struct der_schema schema = {ROWS, take_words};

    redact_der(image, &schema, NODE_LDAP, NULL);
}
