/* SPDX-License-Identifier: Apache-2.0 */
/* How far apart the clocks of the sources are. */
#include <inttypes.h>

#include "report/text.h"
#include "report/words.h"

static void say_pairs(const struct clock_link *link, struct buffer *out)
{
    if (link->pairs == 1) {
        buffer_puts(out, " (one event that both show)");
    } else if (link->agreeing == link->pairs) {
        buffer_printf(out, " (%zu events that both show)", link->pairs);
    } else {
        buffer_printf(out, " (%zu of %zu events that both show)", link->agreeing, link->pairs);
    }
}

/* "2 h", "5 h 30 min". */
static void say_zone(int64_t minutes, struct buffer *out)
{
    const int64_t size = minutes < 0 ? -minutes : minutes;

    if (size >= 60) {
        buffer_printf(out, "%" PRId64 " h%s", size / 60, size % 60 > 0 ? " " : "");
    }
    if (size % 60 > 0) {
        buffer_printf(out, "%" PRId64 " min", size % 60);
    }
}

static int64_t size_of(int64_t us)
{
    return us < 0 ? -us : us;
}

/* The second against the first: "iis.log is 10 min 00 s ahead of client.cap". */
static void say_link(const struct clock_link *link, const char *second, struct buffer *out)
{
    const int64_t least = clock_link_least(link);
    const char *way = least < 0 ? "behind" : "ahead of";
    char word[WORDS_SIZE];

    if (link->zone_minutes != 0) {
        buffer_printf(out, "%s is ", second);
        say_zone(link->zone_minutes, out);
        buffer_printf(out, " %s %s: not a wrong clock, but times of another zone", way,
                      link->source);
    } else if (least != 0 && link->offset_us != EVIDENCE_UNKNOWN) {
        buffer_printf(out, "%s is %s ", second, say_elapsed(size_of(link->offset_us), word));
        buffer_printf(out, "%s %s, give or take ", way, link->source);
        buffer_puts(out, say_elapsed(link->uncertainty_us, word));
    } else if (least != 0) {
        buffer_printf(out, "%s was at least %s ", second, say_elapsed(size_of(least), word));
        buffer_printf(out, "%s %s", way, link->source);
    } else if (link->offset_us == EVIDENCE_UNKNOWN) {
        buffer_printf(out, "%s was at most %s", second, say_elapsed(size_of(link->low_us), word));
        buffer_printf(out, " behind %s", link->source);
    } else {
        const int64_t low = size_of(link->low_us);
        const int64_t high = size_of(link->high_us);

        buffer_printf(out, "%s and %s agree within ", second, link->source);
        buffer_puts(out, say_elapsed(low > high ? low : high, word));
    }
    say_pairs(link, out);
}

static void put_link(struct layout *layout, const struct clock_link *link)
{
    struct buffer second = {0};
    struct buffer text = {0};

    if (link->other) {
        buffer_puts(&second, link->other);
    } else {
        buffer_printf(&second, "the clock of %s", client_label(link->client));
    }
    say_link(link, buffer_text(&second), &text);
    layout_pad(layout, LAYOUT_INDENT);
    layout_text(layout, LAYOUT_INDENT, buffer_text(&text));
    layout_end(layout);
    buffer_release(&second);
    buffer_release(&text);
}

/* A certificate of some years ago bounds nothing that matters. */
static bool is_vague(const struct clock_link *link)
{
    const int64_t day = 86400 * (int64_t)1000000;

    return link->high_us == EVIDENCE_UNKNOWN && link->low_us < -day;
}

void text_clocks(struct layout *layout, const struct judgement *judgement, bool all)
{
    bool any = false;

    for (size_t i = 0; i < judgement->clocks.count; i++) {
        const struct clock_link *link = &judgement->clocks.items[i];

        if (clock_link_least(link) == 0 && (!all || is_vague(link))) {
            continue;
        }
        if (!any) {
            layout_blank(layout);
            layout_text(layout, 0, "Clocks");
            layout_end(layout);
            any = true;
        }
        put_link(layout, link);
    }
}
