/* SPDX-License-Identifier: Apache-2.0 */
#include "captures/iis_mp.h"

#include <string.h>
#include <strings.h>

#include "captures/story_names.h"

static const char SITE[] = "W3SVC";

/* A copy that ends; what is longer than any name is cut. */
static const char *text_of(struct iis_span span, struct host_text *text)
{
    const size_t most = sizeof(text->text) - 1;
    const size_t length = span.length < most ? span.length : most;

    memcpy(text->text, span.text ? span.text : "", length);
    text->text[length] = '\0';
    return text->text;
}

static enum evidence_tri same(struct iis_span span, const char *mp)
{
    struct host_text text;

    return !span.text ? TRI_UNKNOWN : strcasecmp(text_of(span, &text), mp) == 0 ? TRI_YES : TRI_NO;
}

/* cs-host may have a port, and may be an address; s-computername is a name. */
static enum evidence_tri same_host(const struct iis_line *line, const char *mp)
{
    static const enum iis_field fields[] = {IIS_COMPUTER, IIS_HOST};
    enum evidence_tri is = TRI_UNKNOWN;

    for (size_t i = 0; i < sizeof(fields) / sizeof(fields[0]); i++) {
        struct host_text text;
        struct host_text host;

        if (!line->fields[fields[i]].text) {
            continue;
        }
        story_field_host(text_of(line->fields[fields[i]], &text), &host);
        if (story_same_host(host.text, mp)) {
            return TRI_YES;
        }
        is = story_is_address(host.text) ? is : TRI_NO;
    }
    return is;
}

enum evidence_tri iis_line_is_of(const struct iis_line *line, const char *mp)
{
    return strncasecmp(mp, SITE, strlen(SITE)) == 0 ? same(line->fields[IIS_SITE], mp)
           : story_is_address(mp)                   ? same(line->fields[IIS_SERVER], mp)
                                                    : same_host(line, mp);
}

bool iis_path_is_of(const char *path, const char *mp)
{
    const char *end;

    for (; (end = strchr(path, '/')) != NULL; path = end + 1) {
        const struct iis_span folder = {path, (size_t)(end - path)};
        struct host_text text;

        if (story_same_host(text_of(folder, &text), mp)) {
            return true;
        }
    }
    return false;
}
