/* SPDX-License-Identifier: Apache-2.0 */
#include "captures/identity_list.h"

#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "captures/list_columns.h"
#include "captures/text_blocks.h"
#include "evidence/basics.h"

struct identity_list {
    struct duplicates *duplicates;
    uint32_t first_place;
    uint64_t bytes; /* of the text, about; 0: not known */
    struct list_columns columns;
    int64_t passed; /* lines before the columns */
    struct identity_list_result result;
};

enum { LINE = 1024 }; /* bytes, which few lines are longer than */

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

/* MM/dd/yyyy HH:mm:ss, as SMSCFG.ini and the report write it, or yyyy-MM-dd HH:mm:ss. */
static int64_t time_of(struct list_text text)
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

/* A field in quotation marks, of which two stand for one inside: as much as is kept of a name. */
static struct list_text undouble(struct list_text line, struct list_text field,
                                 char copy[SIGHTING_NAME_SIZE])
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
    return (struct list_text){copy, length};
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

static bool read_row(const struct identity_list *list, struct list_text line, struct found *found)
{
    char copy[SIGHTING_NAME_SIZE];
    struct list_text fields[LIST_COLUMNS];
    struct list_text name;
    struct sighting sighting;

    list_columns_divide(&list->columns, line, fields);
    name = list_text_trim(undouble(line, fields[LIST_NAME], copy));
    for (size_t i = 0; i < LIST_COLUMNS; i++) {
        fields[i] = list_text_trim(fields[i]);
    }
    sighting = (struct sighting){
        .name = name.at,
        .name_length = name.length,
        .certificate = fields[LIST_CERTIFICATE].at,
        .certificate_length = fields[LIST_CERTIFICATE].length,
        .hardware = fields[LIST_HARDWARE].at,
        .hardware_length = fields[LIST_HARDWARE].length,
        .at = time_of(fields[LIST_TIME]),
        .place = (uint32_t)found->lines,
    };
    if (name.length == 0 ||
        !guid_read(fields[LIST_GUID].at, fields[LIST_GUID].length, sighting.guid)) {
        return false;
    }
    add_row(found, &sighting);
    return true;
}

/* The line that begins at `at`, without its end. The text that is seen goes on to `end`: where a
   line does not end before, it is the last, or longer than the limit. */
static struct list_text line_at(const char *at, const char *end, const char **next_out)
{
    const char *newline = memchr(at, '\n', (size_t)(end - at));
    struct list_text line = {at, (size_t)((newline ? newline : end) - at)};

    *next_out = newline ? newline + 1 : end;
    line.length -= line.length > 0 && at[line.length - 1] == '\r' ? 1 : 0;
    return line;
}

/* --- pieces --- */

/* The first line that is neither empty nor too long, nor meant for others. */
static void begin(void *context, const struct text_piece *first)
{
    struct identity_list *list = context;
    const char *at = first->text;
    const char *const end = first->text + first->length + first->behind;
    struct list_text line = {at, 0};

    while (at < end && (line.length == 0 || line.length > IDENTITY_LINE_LIMIT)) {
        line = line_at(at, end, &at);
        if (list_columns_passes(line)) {
            list->passed++;
            line.length = 0;
        }
    }
    if (line.length > 0 && line.length <= IDENTITY_LINE_LIMIT) {
        list_columns_read(&list->columns, line);
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
    const char *stop;
    const char *end;
    const char *at;

    if (!memchr(piece->text + piece->length - 1, '\n', piece->behind + 1)) {
        text_piece_extend(piece); /* the last line goes on */
    }
    at = piece->text;
    stop = at + piece->length;
    end = stop + piece->behind;
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
        const struct list_text line = line_at(at, end, &at);

        if (line.length > IDENTITY_LINE_LIMIT ||
            (line.length > 0 && !list->columns.problem && !read_row(list, line, found))) {
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
        .behind = LINE,
        .behind_most = IDENTITY_LINE_LIMIT + 1,
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

    result.problem = list->columns.problem;
    if (!result.problem) { /* they were read as the others are */
        result.unreadable -= list->passed + (list->columns.has_header ? 1 : 0);
    }
    if (!result.problem && result.rows == 0) {
        result.problem = "no line holds a GUID and a name";
    }
    return result;
}

bool identity_list_recognise(const void *bytes, size_t length)
{
    struct list_columns columns;
    struct text_blocks blocks = {0};
    struct list_text line = {NULL, 0};
    const char *next;
    const char *end;

    text_blocks_add(&blocks, bytes, length);
    text_blocks_end(&blocks);
    next = buffer_text(&blocks.text);
    end = next + blocks.text.length;
    do {
        line = line_at(next, end, &next);
    } while (next < end && list_columns_passes(line));
    list_columns_read(&columns, line);
    text_blocks_release(&blocks);
    return !columns.problem;
}
