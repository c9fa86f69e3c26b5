/* SPDX-License-Identifier: Apache-2.0 */
#include "captures/identity_list.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/arena.h"
#include "base/clock.h"
#include "captures/text_blocks.h"
#include "evidence/basics.h"

enum { FIELD_MOST = 64, BATCH_ROWS = 256 };

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
    struct text_blocks blocks;
    bool begun;
    char delimiter;
    int columns[COLUMN_COUNT]; /* the field's place, -1: there is none */
    int64_t line;              /* of the next one */
    struct identity_list_result result;
    struct sighting batch[BATCH_ROWS];
    size_t batch_count;
    struct arena names; /* of the batch, where they are not as the line has them */
};

struct identity_list *identity_list_new(struct duplicates *duplicates, uint32_t first_place)
{
    struct identity_list *list = calloc(1, sizeof(*list));

    if (!list) {
        abort();
    }
    list->duplicates = duplicates;
    list->first_place = first_place;
    list->line = 1;
    for (int i = 0; i < COLUMN_COUNT; i++) {
        list->columns[i] = -1;
    }
    return list;
}

void identity_list_free(struct identity_list *list)
{
    if (list) {
        text_blocks_release(&list->blocks);
        arena_release(&list->names);
        free(list);
    }
}

/* Divides a line (RFC 4180; doubled quotation marks stay doubled: undouble). Returns how many
 * fields. */
static size_t split(struct span line, char delimiter, struct span fields[FIELD_MOST])
{
    const char *at = line.at;
    const char *end = line.at + line.length;
    size_t count = 0;

    while (count < FIELD_MOST) {
        struct span *field = &fields[count++];
        const char *stop;

        if (at < end && *at == '"') {
            const char *closing = memchr(at + 1, '"', (size_t)(end - at - 1));

            while (closing && closing + 1 < end && closing[1] == '"') {
                closing = memchr(closing + 2, '"', (size_t)(end - closing - 2));
            }
            closing = closing ? closing : end;
            *field = (struct span){at + 1, (size_t)(closing - at - 1)};
            at = closing;
        } else {
            field->at = at;
        }
        stop = memchr(at, delimiter, (size_t)(end - at));
        stop = stop ? stop : end;
        if (field->at == at) {
            field->length = (size_t)(stop - at);
        }
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
        const size_t count = split(line, candidates[i], fields);

        if (count > most) {
            most = count;
            best = candidates[i];
        }
    }
    return best;
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

/* Returns whether the line is a header. */
static bool begin(struct identity_list *list, struct span line)
{
    struct span fields[FIELD_MOST];
    size_t count;

    list->begun = true;
    list->delimiter = find_delimiter(line);
    count = split(line, list->delimiter, fields);
    if (read_header(list, fields, count)) {
        if (list->columns[COLUMN_NAME] < 0) {
            list->result.problem = "no column holds the computer's name";
        }
        return true;
    }
    if (!read_shape(list, fields, count)) {
        list->result.problem = "no column holds a GUID";
    }
    return false;
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

static void flush(struct identity_list *list)
{
    for (size_t i = 0; i < list->batch_count; i++) {
        duplicates_add(list->duplicates, &list->batch[i]);
    }
    arena_release(&list->names);
    list->batch_count = 0;
}

/* A field in quotation marks, of which two stand for one inside. */
static struct span undouble(struct identity_list *list, struct span line, struct span field)
{
    char *copy;
    size_t length = 0;

    if (field.length == 0 || field.at == line.at || field.at[-1] != '"' ||
        !memmem(field.at, field.length, "\"\"", 2)) {
        return field;
    }
    copy = arena_alloc(&list->names, field.length);
    for (size_t i = 0; i < field.length; i++) {
        copy[length++] = field.at[i];
        i += field.at[i] == '"' ? 1 : 0;
    }
    return (struct span){copy, length};
}

static void read_row(struct identity_list *list, struct span line)
{
    struct sighting *sighting = &list->batch[list->batch_count];
    struct span fields[FIELD_MOST];
    const size_t count = split(line, list->delimiter, fields);
    const struct span guid = field_of(list, fields, count, COLUMN_GUID);
    const struct span name = undouble(list, line, field_of(list, fields, count, COLUMN_NAME));
    const struct span certificate = field_of(list, fields, count, COLUMN_CERTIFICATE);
    const struct span hardware = field_of(list, fields, count, COLUMN_HARDWARE);

    if (!guid.at || name.length == 0 || !guid_read(guid.at, guid.length, sighting->guid)) {
        list->result.unreadable++;
        return;
    }
    sighting->name = name.at;
    sighting->name_length = name.length;
    sighting->certificate = certificate.at;
    sighting->certificate_length = certificate.length;
    sighting->hardware = hardware.at;
    sighting->hardware_length = hardware.length;
    sighting->at = list->columns[COLUMN_TIME] < 0
                       ? EVIDENCE_UNKNOWN
                       : time_of(field_of(list, fields, count, COLUMN_TIME));
    sighting->place = list->first_place + (uint32_t)list->line;
    list->result.rows++;
    if (++list->batch_count == BATCH_ROWS) {
        flush(list);
    }
}

static void read_line(struct identity_list *list, struct span line)
{
    if (line.length > 0 && line.at[line.length - 1] == '\r') {
        line.length--;
    }
    if (line.length > IDENTITY_LINE_LIMIT) {
        list->result.unreadable++;
    } else if (line.length > 0 && (list->begun || !begin(list, line)) && !list->result.problem) {
        read_row(list, line);
    }
    list->line++;
}

/* All whole lines; at the end, what is left is one. */
static void read_lines(struct identity_list *list, bool end)
{
    const char *at = buffer_text(&list->blocks.text);
    const char *stop = at + list->blocks.text.length;
    const char *newline;

    while ((newline = memchr(at, '\n', (size_t)(stop - at))) != NULL) {
        read_line(list, (struct span){at, (size_t)(newline - at)});
        at = newline + 1;
    }
    if (at < stop && (end || stop - at > IDENTITY_LINE_LIMIT)) {
        read_line(list, (struct span){at, (size_t)(stop - at)});
        list->line -= end ? 0 : 1; /* the line goes on; its rest is unreadable, too */
        at = stop;
    }
    flush(list);
    list->blocks.counted = 0;
    memmove(list->blocks.text.data, at, (size_t)(stop - at));
    buffer_truncate(&list->blocks.text, (size_t)(stop - at));
}

void identity_list_feed(struct identity_list *list, const void *bytes, size_t length)
{
    text_blocks_add(&list->blocks, bytes, length);
    if (list->blocks.text.length > 0) {
        read_lines(list, false);
    }
}

struct identity_list_result identity_list_end(struct identity_list *list)
{
    text_blocks_end(&list->blocks);
    if (list->blocks.text.length > 0) {
        read_lines(list, true);
    }
    list->result.lines = list->line - 1;
    if (!list->result.problem && list->result.rows == 0) {
        list->result.problem = "no line holds a GUID and a name";
    }
    return list->result;
}

bool identity_list_recognise(const void *bytes, size_t length)
{
    struct identity_list list = {.columns = {-1, -1, -1, -1, -1}};
    const char *newline;
    struct span line;
    bool found;

    text_blocks_add(&list.blocks, bytes, length);
    text_blocks_end(&list.blocks);
    newline = memchr(buffer_text(&list.blocks.text), '\n', list.blocks.text.length);
    line.at = buffer_text(&list.blocks.text);
    line.length = newline ? (size_t)(newline - line.at) : list.blocks.text.length;
    if (line.length > 0 && line.at[line.length - 1] == '\r') {
        line.length--;
    }
    begin(&list, line);
    found = !list.result.problem;
    text_blocks_release(&list.blocks);
    return found;
}
