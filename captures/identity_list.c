/* SPDX-License-Identifier: Apache-2.0 */
#include "captures/identity_list.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/clock.h"
#include "captures/text_blocks.h"
#include "evidence/basics.h"

enum { FIELD_MOST = 64 };

enum column {
    COLUMN_GUID,
    COLUMN_NAME,
    COLUMN_CERTIFICATE,
    COLUMN_HARDWARE,
    COLUMN_TIME,
    COLUMN_COUNT,
};

/* As the console's reports, the views of the database (v_R_System) and SMSCFG.ini call them. */
static const struct {
    enum column column;
    const char *name;
} COLUMN_NAMES[] = {
    {COLUMN_GUID, "SMS Unique Identifier"},
    {COLUMN_GUID, "SMS_Unique_Identifier0"},
    {COLUMN_GUID, "SMSUniqueIdentifier"},
    {COLUMN_GUID, "SMSID"},
    {COLUMN_GUID, "SMS GUID"},
    {COLUMN_GUID, "GUID"},
    {COLUMN_GUID, "Client GUID"},
    {COLUMN_NAME, "Netbios Name"},
    {COLUMN_NAME, "NetbiosName"},
    {COLUMN_NAME, "Netbios_Name0"},
    {COLUMN_NAME, "Computer Name"},
    {COLUMN_NAME, "ComputerName"},
    {COLUMN_NAME, "Machine Name"},
    {COLUMN_NAME, "Machine"},
    {COLUMN_NAME, "Name"},
    {COLUMN_NAME, "Name0"},
    {COLUMN_CERTIFICATE, "Thumbprint"},
    {COLUMN_CERTIFICATE, "Certificate Thumbprint"},
    {COLUMN_CERTIFICATE, "SMS Certificate Identifier"},
    {COLUMN_HARDWARE, "Hardware ID"},
    {COLUMN_HARDWARE, "HardwareID"},
    {COLUMN_HARDWARE, "HardwareID1"},
    {COLUMN_HARDWARE, "Hardware_ID0"},
    {COLUMN_HARDWARE, "SMS Hardware Identifier"},
    {COLUMN_TIME, "SMSID Change Date"},
    {COLUMN_TIME, "SMS_UUID_Change_Date0"},
    {COLUMN_TIME, "Last SMSUID Change Date"},
    {COLUMN_TIME, "Change Date"},
};

struct span {
    const char *at;
    size_t length;
};

struct identity_list {
    struct duplicates *duplicates;
    uint32_t first_place;
    uint64_t bytes;  /* of the text, about; 0: not known */
    bool has_header; /* as its first line */
    char delimiter;
    int columns[COLUMN_COUNT]; /* the field's place, -1: there is none */
    size_t wanted;             /* fields of a line that hold them */
    struct identity_list_result result;
};

/* What a piece of the text holds. */
struct found {
    int64_t lines; /* that begin in it */
    int64_t unreadable;
    struct ready_sighting *rows; /* their places are lines, 0 is the first of the piece */
    size_t count;
    size_t room;
    char *names; /* of the rows, one behind the other */
    size_t name_length;
    size_t name_room;
};

/* Divides a line (RFC 4180; doubled quotation marks stay doubled: undouble) as far as fields are
   wanted. Returns how many there are, of those. */
static size_t split(struct span line, char delimiter, size_t wanted, struct span fields[FIELD_MOST])
{
    const char *at = line.at;
    const char *end = line.at + line.length;
    size_t count = 0;

    while (count < wanted) {
        const bool quoted = at < end && *at == '"';
        struct span *field = &fields[count++];
        const char *stop;

        field->at = quoted ? at + 1 : at;
        if (quoted) {
            const char *closing = memchr(at + 1, '"', (size_t)(end - at - 1));

            while (closing && closing + 1 < end && closing[1] == '"') {
                closing = memchr(closing + 2, '"', (size_t)(end - closing - 2));
            }
            at = closing ? closing : end;
        }
        stop = memchr(at, delimiter, (size_t)(end - at));
        stop = stop ? stop : end;
        field->length = (size_t)((quoted ? at : stop) - field->at);
        if (stop == end) {
            return count;
        }
        at = stop + 1;
    }
    return count;
}

static bool span_is(struct span span, const char *text)
{
    while (span.length > 0 && span.at[0] == ' ') {
        span.at++;
        span.length--;
    }
    return span.length == strlen(text) && strncasecmp(span.at, text, span.length) == 0;
}

/* The delimiter that divides the line into the most fields. */
static char find_delimiter(struct span line)
{
    static const char candidates[] = {',', ';', '\t'};
    struct span fields[FIELD_MOST];
    size_t most = 0;
    char best = ',';

    for (size_t i = 0; i < sizeof(candidates); i++) {
        const size_t count = split(line, candidates[i], FIELD_MOST, fields);

        if (count > most) {
            most = count;
            best = candidates[i];
        }
    }
    return best;
}

static void forget_columns(struct identity_list *list)
{
    for (int i = 0; i < COLUMN_COUNT; i++) {
        list->columns[i] = -1;
    }
}

static bool read_header(struct identity_list *list, const struct span *fields, size_t count)
{
    for (size_t i = 0; i < sizeof(COLUMN_NAMES) / sizeof(COLUMN_NAMES[0]); i++) {
        int *place = &list->columns[COLUMN_NAMES[i].column];

        for (size_t j = 0; j < count && *place < 0; j++) {
            *place = span_is(fields[j], COLUMN_NAMES[i].name) ? (int)j : *place;
        }
    }
    return list->columns[COLUMN_GUID] >= 0;
}

/* Without a header: a GUID's column by its shape, and the first other one is the name. */
static bool read_shape(struct identity_list *list, const struct span *fields, size_t count)
{
    uint8_t guid[16];

    for (size_t i = 0; i < count; i++) {
        if (guid_read(fields[i].at, fields[i].length, guid)) {
            list->columns[COLUMN_GUID] = (int)i;
            list->columns[COLUMN_NAME] = i == 0 ? 1 : 0;
            return count > 1;
        }
    }
    return false;
}

/* The first line tells what the others hold. */
static void read_first(struct identity_list *list, struct span line)
{
    struct span fields[FIELD_MOST];
    size_t count;

    list->delimiter = find_delimiter(line);
    count = split(line, list->delimiter, FIELD_MOST, fields);
    list->has_header = read_header(list, fields, count);
    if (list->has_header && list->columns[COLUMN_NAME] < 0) {
        list->result.problem = "no column holds the computer's name";
    } else if (!list->has_header && !read_shape(list, fields, count)) {
        list->result.problem = "no column holds a GUID";
    }
    for (int i = 0; i < COLUMN_COUNT; i++) {
        const size_t place = (size_t)(list->columns[i] + 1);

        list->wanted = place > list->wanted ? place : list->wanted;
    }
}

/* MM/dd/yyyy HH:mm:ss, as SMSCFG.ini and the report write it, or yyyy-MM-dd HH:mm:ss. */
static int64_t time_of(struct span text)
{
    char copy[CLOCK_TEXT_SIZE];
    int64_t at;

    if (text.length < 19 || text.length + 2 > sizeof(copy)) {
        return EVIDENCE_UNKNOWN;
    }
    memcpy(copy, text.at, text.length);
    if (copy[2] == '/' && copy[5] == '/') {
        memcpy(copy, text.at + 6, 4);
        copy[4] = '-';
        memcpy(copy + 5, text.at, 2);
        copy[7] = '-';
        memcpy(copy + 8, text.at + 3, 2);
    }
    copy[10] = 'T';
    copy[text.length] = 'Z';
    copy[text.length + 1] = '\0';
    return clock_parse(copy, &at) ? at : EVIDENCE_UNKNOWN;
}

static struct span field_of(const struct identity_list *list, const struct span *fields,
                            size_t count, enum column column)
{
    const int place = list->columns[column];

    return place >= 0 && (size_t)place < count ? fields[place] : (struct span){NULL, 0};
}

/* A field in quotation marks, of which two stand for one inside: as much as is kept of a name. */
static struct span undouble(struct span line, struct span field, char copy[SIGHTING_NAME_SIZE])
{
    size_t length = 0;

    if (field.length == 0 || field.at == line.at || field.at[-1] != '"' ||
        !memchr(field.at, '"', field.length)) {
        return field;
    }
    for (size_t i = 0; i < field.length && length < SIGHTING_NAME_SIZE; i++) {
        copy[length++] = field.at[i];
        i += field.at[i] == '"' ? 1 : 0;
    }
    return (struct span){copy, length};
}

static void *must(void *memory)
{
    if (!memory) {
        abort();
    }
    return memory;
}

static void add_row(struct found *found, const struct sighting *sighting)
{
    if (found->count == found->room) {
        found->room = found->room ? 2 * found->room : 64;
        found->rows = must(realloc(found->rows, found->room * sizeof(*found->rows)));
    }
    sighting_prepare(sighting, found->names + found->name_length, &found->rows[found->count]);
    found->name_length += found->rows[found->count++].name_length + 1;
}

static bool read_row(const struct identity_list *list, struct span line, struct found *found)
{
    char copy[SIGHTING_NAME_SIZE];
    struct span fields[FIELD_MOST];
    const size_t count = split(line, list->delimiter, list->wanted, fields);
    const struct span guid = field_of(list, fields, count, COLUMN_GUID);
    const struct span name = undouble(line, field_of(list, fields, count, COLUMN_NAME), copy);
    const struct span certificate = field_of(list, fields, count, COLUMN_CERTIFICATE);
    const struct span hardware = field_of(list, fields, count, COLUMN_HARDWARE);
    struct sighting sighting = {
        .name = name.at,
        .name_length = name.length,
        .certificate = certificate.at,
        .certificate_length = certificate.length,
        .hardware = hardware.at,
        .hardware_length = hardware.length,
        .at = EVIDENCE_UNKNOWN,
        .place = (uint32_t)found->lines,
    };

    if (!guid.at || name.length == 0 || !guid_read(guid.at, guid.length, sighting.guid)) {
        return false;
    }
    if (list->columns[COLUMN_TIME] >= 0) {
        sighting.at = time_of(field_of(list, fields, count, COLUMN_TIME));
    }
    add_row(found, &sighting);
    return true;
}

/* The line that begins at `at`, without its end. The text that is seen goes on to `end`: where a
   line does not end before, it is the last, or longer than the limit. */
static struct span line_at(const char *at, const char *end, const char **next_out)
{
    const char *newline = memchr(at, '\n', (size_t)(end - at));
    struct span line = {at, (size_t)((newline ? newline : end) - at)};

    *next_out = newline ? newline + 1 : end;
    line.length -= line.length > 0 && at[line.length - 1] == '\r' ? 1 : 0;
    return line;
}

/* --- pieces --- */

/* The first line that is neither empty nor too long. */
static void begin(void *context, const struct text_piece *first)
{
    struct identity_list *list = context;
    const char *at = first->text;
    const char *const end = first->text + first->length + first->behind;
    struct span line = {at, 0};

    while (at < end && (line.length == 0 || line.length > IDENTITY_LINE_LIMIT)) {
        line = line_at(at, end, &at);
    }
    if (line.length > 0 && line.length <= IDENTITY_LINE_LIMIT) {
        read_first(list, line);
    }
}

/* Every row of a piece has its name in it, and a newline or a delimiter for the NUL; of the last
   one, the name may stand behind it. */
static void make_room(struct found *found, size_t length)
{
    const size_t room = length + SIGHTING_NAME_SIZE;

    if (found->name_room < room) {
        free(found->names);
        found->names = must(malloc(room));
        found->name_room = room;
    }
}

static void work(void *context, struct text_piece *piece)
{
    const struct identity_list *list = context;
    struct found *found = piece->found;
    const char *const stop = piece->text + piece->length;
    const char *const end = stop + piece->behind;
    const char *at = piece->text;

    make_room(found, piece->length);
    found->lines = 0;
    found->unreadable = 0;
    found->count = 0;
    found->name_length = 0;
    if (!piece->is_first && at[-1] != '\n') {
        at = memchr(at, '\n', piece->length);
        at = at ? at + 1 : stop;
    }
    for (; at < stop; found->lines++) {
        const struct span line = line_at(at, end, &at);

        if (line.length > IDENTITY_LINE_LIMIT ||
            (line.length > 0 && !list->result.problem && !read_row(list, line, found))) {
            found->unreadable++;
        }
    }
}

static void take(void *context, struct text_piece *piece)
{
    struct identity_list *list = context;
    const struct found *found = piece->found;
    const uint64_t rows = found->count;

    if (piece->is_first) {
        duplicates_expect(list->duplicates, list->bytes / piece->length * rows);
    }
    duplicates_add_all(list->duplicates, found->rows, found->count,
                       list->first_place + (uint32_t)list->result.lines + 1);
    list->result.lines += found->lines;
    list->result.rows += (int64_t)found->count;
    list->result.unreadable += found->unreadable;
}

static void *make_found(void *context)
{
    (void)context;
    return must(calloc(1, sizeof(struct found)));
}

static void release_found(void *context)
{
    struct found *found = context;

    free(found->rows);
    free(found->names);
    free(found);
}

/* --- the interface --- */

struct identity_list *identity_list_new(struct duplicates *duplicates, uint32_t first_place,
                                        uint64_t bytes)
{
    struct identity_list *list = must(calloc(1, sizeof(*list)));

    list->duplicates = duplicates;
    list->first_place = first_place;
    list->bytes = bytes;
    forget_columns(list);
    return list;
}

void identity_list_free(struct identity_list *list)
{
    free(list);
}

struct text_worker identity_list_worker(struct identity_list *list)
{
    return (struct text_worker){
        .context = list,
        .before = 1,
        .behind = IDENTITY_LINE_LIMIT + 1,
        .make = make_found,
        .release = release_found,
        .begin = begin,
        .work = work,
        .take = take,
    };
}

struct identity_list_result identity_list_end(const struct identity_list *list)
{
    struct identity_list_result result = list->result;

    if (!result.problem && list->has_header) {
        result.unreadable--; /* it was read as the others are */
    }
    if (!result.problem && result.rows == 0) {
        result.problem = "no line holds a GUID and a name";
    }
    return result;
}

bool identity_list_recognise(const void *bytes, size_t length)
{
    struct identity_list list = {.duplicates = NULL};
    struct text_blocks blocks = {0};
    const char *next;

    text_blocks_add(&blocks, bytes, length);
    text_blocks_end(&blocks);
    next = buffer_text(&blocks.text);
    forget_columns(&list);
    read_first(&list, line_at(next, next + blocks.text.length, &next));
    text_blocks_release(&blocks);
    return !list.result.problem;
}
