/* SPDX-License-Identifier: Apache-2.0 */
/* One client of several sources: what became of it, and its whole story on one timeline. */
#include <inttypes.h>
#include <string.h>

#include "base/clock.h"
#include "report/text.h"
#include "report/timeline.h"
#include "report/words_clients.h"

enum {
    OWN_COLUMN = 14,
    TEXT_COLUMN = 28,
    MOST_ENTRIES = 60, /* without -v */
    MOST_SOURCES = 64, /* whose names are compared */
    TIME_AT = 11,      /* in "2026-11-21T00:56:57.123456Z" */
    TIME_SECONDS = 8,
    TIME_MILLISECONDS = 12,
    DATE_LENGTH = 10,
};

/* How the timeline is laid out. */
struct story {
    bool corrected;   /* some times are, so that all have their own beside them */
    bool short_names; /* of files, without their folders */
    int column;       /* where the text begins */
};

/* Do the records come from several files? */
static bool has_several_sources(const struct judgement *judgement)
{
    const char *first = NULL;

    for (size_t i = 0; i < judgement->case_count; i++) {
        const struct case_view *view = &judgement->cases[i].view;

        for (size_t k = 0; k < view->record_count; k++) {
            const char *source = view->records[k]->place ? view->records[k]->place->source : NULL;

            if (source && first && strcmp(first, source) != 0) {
                return true;
            }
            first = source ? source : first;
        }
    }
    return judgement->clients.count > 0 && judgement->clients.items[0].sighting_count > 0;
}

bool text_is_one_story(const struct judgement *judgement)
{
    return judgement->clients.count == 1 && text_only_clients(judgement) &&
           has_several_sources(judgement) && text_has_logs(judgement);
}

/* "19:35:11" where the source counts seconds, else "19:35:11.204". */
static void put_time(struct layout *layout, int column, int64_t at, bool seconds)
{
    char text[CLOCK_TEXT_SIZE];

    clock_format(at, text);
    layout_pad(layout, column);
    layout_printf(layout, column, "%.*s", seconds ? TIME_SECONDS : TIME_MILLISECONDS,
                  text + TIME_AT);
}

/* Above the entries of each day. */
static void put_date(struct layout *layout, const struct timeline_entry *entry,
                     const struct timeline_entry *before)
{
    const bool timed = entry->at != EVIDENCE_UNKNOWN;
    char text[CLOCK_TEXT_SIZE] = "";
    char last[CLOCK_TEXT_SIZE] = "";

    if (timed) {
        clock_format(entry->at, text);
    }
    if (before && before->at != EVIDENCE_UNKNOWN) {
        clock_format(before->at, last);
    }
    if (before && strncmp(text, last, DATE_LENGTH) == 0) {
        return;
    }
    layout_printf(layout, 0, "%.*s", DATE_LENGTH, timed ? text : "No time");
    layout_end(layout);
}

static const char *base_name(const char *path)
{
    const char *slash = strrchr(path, '/');

    return slash ? slash + 1 : path;
}

/* Do the files differ without their folders, too? */
static bool has_short_names(const struct timeline *timeline)
{
    const char *names[MOST_SOURCES];
    size_t count = 0;

    for (size_t i = 0; i < timeline->count; i++) {
        const char *source = timeline->entries[i].place.source;
        size_t k = 0;

        while (source && k < count && strcmp(names[k], source) != 0) {
            if (strcmp(base_name(names[k]), base_name(source)) == 0) {
                return false;
            }
            k++;
        }
        if (source && k == count && count == MOST_SOURCES) {
            return false;
        }
        if (source && k == count) {
            names[count++] = source;
        }
    }
    return true;
}

/* At its blanks no line is broken: "client.cap frame 13". */
static void put_place(struct layout *layout, const struct story *story,
                      const struct evidence_place *place)
{
    struct evidence_place shown = *place;
    struct buffer where = {0};
    struct buffer text = {0};

    shown.source = story->short_names ? base_name(place->source) : place->source;
    say_place(&shown, &where);
    for (const char *at = buffer_text(&where); *at; at++) {
        buffer_printf(&text, *at == ' ' ? NBSP : "%c", *at);
    }
    layout_printf(layout, story->column, " [%s]", buffer_text(&text));
    buffer_release(&where);
    buffer_release(&text);
}

static void put_entry(struct layout *layout, const struct story *story,
                      const struct timeline_entry *entry)
{
    const bool seconds = entry->own_at % CLOCK_US_PER_SECOND == 0;

    if (entry->at != EVIDENCE_UNKNOWN) {
        put_time(layout, 0, entry->at, seconds && entry->at == entry->own_at);
        layout_text(layout, 0, entry->compared ? "" : "?");
    }
    if (entry->at != EVIDENCE_UNKNOWN && story->corrected) {
        put_time(layout, OWN_COLUMN, entry->own_at, seconds);
    }
    layout_pad(layout, story->column);
    layout_text(layout, story->column, entry->text);
    if (entry->place.source) {
        put_place(layout, story, &entry->place);
    }
    layout_end(layout);
}

/* What the columns mean, as far as they are used. */
static void put_legend(struct layout *layout, const struct timeline *timeline, bool corrected)
{
    bool doubtful = false;

    for (size_t i = 0; i < timeline->count; i++) {
        doubtful = doubtful ||
                   (timeline->entries[i].at != EVIDENCE_UNKNOWN && !timeline->entries[i].compared);
    }
    layout_blank(layout);
    layout_text(layout, 0, "The whole story");
    if (timeline->clock) {
        layout_printf(layout, 0, ", by the clock of %s", timeline->clock);
    }
    layout_text(layout, 0, corrected ? "; behind it the source's own time" : "");
    layout_text(layout, 0, doubtful ? "; ?: by a clock that was not compared" : "");
    layout_end(layout);
    layout_rule(layout, '-');
}

static bool is_corrected(const struct timeline *timeline)
{
    for (size_t i = 0; i < timeline->count; i++) {
        if (timeline->entries[i].at != timeline->entries[i].own_at) {
            return true;
        }
    }
    return false;
}

static void put_timeline(struct layout *layout, const struct judgement *judgement)
{
    const bool whole = layout->options->verbosity > 0;
    struct arena arena = {0};
    struct timeline timeline;
    struct story story;
    size_t most;

    timeline_make(judgement, &judgement->clients.items[0], whole, &arena, &timeline);
    most = whole || timeline.count < MOST_ENTRIES ? timeline.count : MOST_ENTRIES;
    story.corrected = is_corrected(&timeline);
    story.short_names = has_short_names(&timeline);
    story.column = story.corrected ? TEXT_COLUMN : OWN_COLUMN;
    put_legend(layout, &timeline, story.corrected);
    for (size_t i = 0; i < most; i++) {
        put_date(layout, &timeline.entries[i], i > 0 ? &timeline.entries[i - 1] : NULL);
        put_entry(layout, &story, &timeline.entries[i]);
    }
    if (timeline.count > most) {
        layout_printf(layout, 0, "and %zu more: -v", timeline.count - most);
        layout_end(layout);
    }
    arena_release(&arena);
}

static const char *source_of(const struct judged_case *judged)
{
    for (size_t i = 0; i < judged->view.record_count; i++) {
        const struct evidence_place *place = judged->view.records[i]->place;

        if (place && place->source) {
            return place->source;
        }
    }
    return "a file without a name";
}

/* Each source's findings; of one that shows nothing there is nothing to say. */
static void put_findings(struct layout *layout, const struct judgement *judgement)
{
    for (size_t i = 0; i < judgement->case_count; i++) {
        const struct judged_case *judged = &judgement->cases[i];

        if (judged->findings.count > 0) {
            layout_blank(layout);
            layout_printf(layout, 0, "By %s", source_of(judged));
            layout_end(layout);
            layout_rule(layout, '-');
            text_findings(layout, judged);
            text_verdict(layout, judged);
        }
    }
}

void text_one_story(struct layout *layout, const struct judgement *judgement)
{
    text_clients(layout, judgement);
    put_timeline(layout, judgement);
    if (layout->options->verbosity == 0) { /* else each case has its page */
        put_findings(layout, judgement);
    }
}
