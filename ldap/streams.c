/* SPDX-License-Identifier: Apache-2.0 */
#include "ldap/streams.h"

#include <stdlib.h>
#include <string.h>

#include "ldap/entry.h"
#include "ldap/partition.h"
#include "ldap/reader.h"

enum { GATHER_US = 500 }; /* for what follows the first bytes */

/* An object of the first page, which was handed over before there were parts. */
struct noted {
    uint8_t guid[PARTITION_GUID_BYTES];
    bool again; /* it came with its part, too */
};

struct streams;

struct stream {
    struct streams *all;
    struct directory *directory;
    struct reader reader;
    struct directory_query query;
    struct buffer filter;
    struct buffer purpose;
    unsigned part;
    bool busy;
};

struct streams {
    const struct directory_query *query;
    const struct streams_options *options;
    directory_entry_function *function;
    void *context;
    struct evidence_set *evidence;
    struct stream items[PARTITION_STREAMS_MAX];
    unsigned count;
    unsigned most;
    unsigned next_part;
    struct noted noted[SEARCH_PAGE]; /* sorted, once there are parts */
    size_t noted_count;
    bool splittable; /* all of the first page have a GUID */
    bool stopped;    /* by the caller */
    bool misled;
    struct partition_timing timing;
    int64_t since; /* when the time began to be taken */
    size_t pages;  /* that ended since */
};

static const uint8_t *guid_of(struct directory_entry *entry, struct berval ***values_out)
{
    struct berval **values =
        ldap_get_values_len(entry->directory->ld, entry->message, "objectGUID");

    *values_out = values;
    return values && values[0] && values[0]->bv_len == PARTITION_GUID_BYTES
               ? (const uint8_t *)values[0]->bv_val
               : NULL;
}

static bool hand_over(struct streams *streams, struct directory_entry *entry)
{
    streams->stopped = !streams->function(entry, streams->context);
    return !streams->stopped;
}

/* Of the search as a whole. Remembers the objects of the first page. */
static bool take_first(struct directory_entry *entry, void *context)
{
    struct stream *stream = context;
    struct streams *streams = stream->all;

    if (stream->reader.whole_pages == 0 && streams->splittable) {
        struct berval **values;
        const uint8_t *guid = guid_of(entry, &values);

        streams->splittable = guid && streams->noted_count < SEARCH_PAGE;
        if (streams->splittable) {
            memcpy(streams->noted[streams->noted_count++].guid, guid, PARTITION_GUID_BYTES);
        }
        ldap_value_free_len(values);
    }
    return hand_over(streams, entry);
}

static int compare_noted(const void *left, const void *right)
{
    return memcmp(((const struct noted *)left)->guid, ((const struct noted *)right)->guid,
                  PARTITION_GUID_BYTES);
}

/* Of one part. What the first page had was handed over then. */
static bool take_of_part(struct directory_entry *entry, void *context)
{
    struct stream *stream = context;
    struct streams *streams = stream->all;
    struct berval **values;
    const uint8_t *guid = guid_of(entry, &values);
    struct noted *noted = NULL;

    if (guid && partition_of(guid, PARTITION_GUID_BYTES) == (int)stream->part) {
        noted = bsearch(guid, streams->noted, streams->noted_count, sizeof(streams->noted[0]),
                        compare_noted);
    } else {
        streams->misled = true;
    }
    if (noted) {
        streams->misled = streams->misled || noted->again;
        noted->again = true;
    }
    ldap_value_free_len(values);
    return !streams->misled && (noted || hand_over(streams, entry));
}

static void take_time_anew(struct streams *streams)
{
    streams->timing.elapsed = 0;
    streams->timing.waited = 0;
    streams->since = clock_monotonic_us();
    streams->pages = 0;
}

/* Waits a moment for any of the streams. */
static void pause_streams(struct streams *streams)
{
    const struct stopper *stopper = streams->items[0].directory->settings.stopper;
    struct pollfd fds[PARTITION_STREAMS_MAX + 1];
    const int64_t begin = clock_monotonic_us();
    nfds_t count = 0;
    int64_t silence;
    int ready = 0;

    for (unsigned i = 0; i < streams->count; i++) {
        const int fd = streams->items[i].busy ? reader_socket(&streams->items[i].reader) : -1;

        if (fd >= 0) {
            fds[count++] = (struct pollfd){.fd = fd, .events = POLLIN};
        }
    }
    if (count > 0) {
        ready = stopper_poll(stopper, fds, count, PAUSE_US);
    }
    silence = clock_monotonic_us() - begin;
    if (partition_is_wait(streams->timing.rtt, silence)) {
        streams->timing.waited += silence;
    }
    if (ready > 0) { /* a server that sends entry by entry would wake this side up for each */
        stopper_poll(stopper, fds, 0, GATHER_US);
    }
}

static unsigned wanted(struct streams *streams)
{
    if (streams->options->at_once) {
        return streams->most;
    }
    streams->timing.elapsed = clock_monotonic_us() - streams->since;
    return partition_streams(streams->count, streams->most, &streams->timing);
}

/* Opens connections until there are as many as wanted; fewer, for good, when the server gives no
   more. */
static void add_streams(struct streams *streams, unsigned count)
{
    while (streams->count < count) {
        struct directory *more =
            streams->options->open(streams->items[0].directory, streams->evidence);

        if (!more) {
            streams->most = streams->count;
            break;
        }
        streams->items[streams->count++] = (struct stream){.all = streams, .directory = more};
    }
    take_time_anew(streams);
}

static void start_part(struct stream *stream)
{
    struct streams *streams = stream->all;

    stream->part = streams->next_part++;
    buffer_truncate(&stream->filter, 0);
    buffer_truncate(&stream->purpose, 0);
    partition_filter(&stream->filter, streams->query->filter, stream->part);
    buffer_printf(&stream->purpose, "%s, part %u of %d", streams->query->purpose, stream->part + 1,
                  PARTITION_PARTS);
    stream->query = *streams->query;
    stream->query.filter = buffer_text(&stream->filter);
    stream->query.purpose = buffer_text(&stream->purpose);
    stream->reader = (struct reader){.function = take_of_part, .context = stream};
    stream->busy = true;
    reader_start(&stream->reader, stream->directory, &stream->query, streams->evidence);
}

/* Steps every stream, and gives new parts to those that are through. False when one broke off. */
static bool step_all(struct streams *streams, bool *busy_out)
{
    *busy_out = false;
    for (unsigned i = 0; i < streams->count; i++) {
        struct stream *stream = &streams->items[i];
        const size_t pages = stream->reader.whole_pages;

        if (stream->busy && reader_step(&stream->reader) == READER_ENDED) {
            stream->busy = false;
            if (!reader_end(&stream->reader)) {
                return false;
            }
        }
        streams->pages += stream->reader.whole_pages - pages;
        if (!stream->busy && streams->next_part < PARTITION_PARTS) {
            start_part(stream);
        }
        *busy_out = *busy_out || stream->busy;
    }
    return true;
}

static bool read_parts(struct streams *streams)
{
    bool busy = true;

    while (busy) {
        if (!step_all(streams, &busy)) {
            return false;
        }
        if (busy) {
            pause_streams(streams);
        }
        /* A page of each tells enough; with few parts left, more streams would find none. */
        if (streams->pages >= streams->count && streams->next_part < PARTITION_PARTS) {
            const unsigned count = wanted(streams);

            if (count > streams->count) {
                add_streams(streams, count);
            } else {
                take_time_anew(streams);
            }
        }
    }
    return true;
}

static bool is_honoured(const struct streams *streams)
{
    size_t missing = 0;

    for (size_t i = 0; i < streams->noted_count; i++) {
        missing += !streams->noted[i].again;
    }
    return partition_is_honoured(missing, streams->noted_count);
}

static enum streams_end read_in_parts(struct streams *streams, unsigned count)
{
    bool whole;

    qsort(streams->noted, streams->noted_count, sizeof(streams->noted[0]), compare_noted);
    add_streams(streams, count);
    whole = read_parts(streams);
    for (unsigned i = 0; i < streams->count; i++) {
        struct stream *stream = &streams->items[i];

        if (stream->busy) {
            reader_end(&stream->reader);
        }
        if (i > 0) {
            directory_close(stream->directory);
        }
        buffer_release(&stream->filter);
        buffer_release(&stream->purpose);
    }
    if (streams->misled || (whole && !is_honoured(streams))) {
        return STREAMS_MISLED;
    }
    return whole && !streams->stopped ? STREAMS_WHOLE : STREAMS_CUT;
}

/* Until the end of the search, or of its first page if it pauses there. */
static void read_on(struct streams *streams)
{
    struct reader *reader = &streams->items[0].reader;

    while (reader->id >= 0 && reader_step(reader) == READER_WAITS) {
        pause_streams(streams);
    }
}

enum streams_end directory_search_streams(struct directory *directory,
                                          const struct directory_query *query,
                                          const struct streams_options *options,
                                          directory_entry_function *function, void *context,
                                          struct evidence_set *evidence)
{
    struct streams *streams = calloc(1, sizeof(*streams));
    struct stream *first;
    enum streams_end end;
    unsigned count;

    if (!streams) {
        return STREAMS_CUT;
    }
    *streams = (struct streams){.query = query,
                                .options = options,
                                .function = function,
                                .context = context,
                                .evidence = evidence,
                                .splittable = true};
    streams->most = options->most < PARTITION_STREAMS_MAX ? options->most : PARTITION_STREAMS_MAX;
    streams->timing.rtt = directory->record->connect_us;
    first = &streams->items[streams->count++];
    *first = (struct stream){.all = streams, .directory = directory, .busy = true};
    first->reader = (struct reader){.function = take_first, .context = first, .pages_max = 1};
    take_time_anew(streams);
    reader_start(&first->reader, directory, query, evidence);
    read_on(streams);
    count = first->reader.paused && streams->splittable ? wanted(streams) : 1;
    if (count > 1) {
        first->busy = false;
        reader_end(&first->reader);
        end = read_in_parts(streams, count);
    } else {
        if (first->reader.paused) {
            reader_resume(&first->reader);
            read_on(streams);
        }
        end = reader_end(&first->reader) ? STREAMS_WHOLE : STREAMS_CUT;
    }
    free(streams);
    return end;
}
