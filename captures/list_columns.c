/* SPDX-License-Identifier: Apache-2.0 */
#include "captures/list_columns.h"

#include <stdint.h>
#include <string.h>
#include <strings.h>

#include "captures/guid.h"

enum { FIELD_MOST = 64 };

/* As the console's reports, the views of the database (v_R_System) and SMSCFG.ini call them. */
static const struct {
    enum list_column column;
    const char *name;
} COLUMN_NAMES[] = {
    {LIST_GUID, "SMS Unique Identifier"},
    {LIST_GUID, "SMS_Unique_Identifier0"},
    {LIST_GUID, "SMSUniqueIdentifier"},
    {LIST_GUID, "SMSID"},
    {LIST_GUID, "SMS GUID"},
    {LIST_GUID, "GUID"},
    {LIST_GUID, "Client GUID"},
    {LIST_NAME, "Netbios Name"},
    {LIST_NAME, "NetbiosName"},
    {LIST_NAME, "Netbios_Name0"},
    {LIST_NAME, "Computer Name"},
    {LIST_NAME, "ComputerName"},
    {LIST_NAME, "Machine Name"},
    {LIST_NAME, "Machine"},
    {LIST_NAME, "Name"},
    {LIST_NAME, "Name0"},
    {LIST_CERTIFICATE, "Thumbprint"},
    {LIST_CERTIFICATE, "Certificate Thumbprint"},
    {LIST_CERTIFICATE, "SMS Certificate Identifier"},
    {LIST_HARDWARE, "Hardware ID"},
    {LIST_HARDWARE, "HardwareID"},
    {LIST_HARDWARE, "HardwareID1"},
    {LIST_HARDWARE, "Hardware_ID0"},
    {LIST_HARDWARE, "SMS Hardware Identifier"},
    {LIST_TIME, "SMSID Change Date"},
    {LIST_TIME, "SMS_UUID_Change_Date0"},
    {LIST_TIME, "Last SMSUID Change Date"},
    {LIST_TIME, "Change Date"},
};

/* Divides a line (RFC 4180; doubled quotation marks stay doubled: undouble) as far as fields are
   wanted. Returns how many there are, of those. */
static size_t split(struct list_text line, char delimiter, size_t wanted,
                    struct list_text fields[FIELD_MOST])
{
    const char *at = line.at;
    const char *end = line.at + line.length;
    size_t count = 0;

    while (count < wanted) {
        const bool quoted = at < end && *at == '"';
        struct list_text *field = &fields[count++];
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

struct list_text list_text_trim(struct list_text part)
{
    while (part.length > 0 && part.at[0] == ' ') {
        part.at++;
        part.length--;
    }
    while (part.length > 0 && part.at[part.length - 1] == ' ') {
        part.length--;
    }
    return part;
}

static bool text_is(struct list_text part, const char *text)
{
    part = list_text_trim(part);
    return part.length == strlen(text) && strncasecmp(part.at, text, part.length) == 0;
}

/* The delimiter that divides the line into the most fields. */
static char find_delimiter(struct list_text line)
{
    static const char candidates[] = {',', ';', '\t'};
    struct list_text fields[FIELD_MOST];
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

static bool read_header(struct list_columns *columns, const struct list_text *fields, size_t count)
{
    for (size_t i = 0; i < sizeof(COLUMN_NAMES) / sizeof(COLUMN_NAMES[0]); i++) {
        size_t *place = &columns->places[COLUMN_NAMES[i].column];

        for (size_t j = 0; j < count && *place == 0; j++) {
            *place = text_is(fields[j], COLUMN_NAMES[i].name) ? j + 1 : 0;
        }
    }
    return columns->places[LIST_GUID] > 0;
}

/* Without a header: a GUID's column by its shape, and the first other one is the name. */
static bool read_shape(struct list_columns *columns, const struct list_text *fields, size_t count)
{
    uint8_t guid[16];

    for (size_t i = 0; i < count; i++) {
        if (guid_read(fields[i].at, fields[i].length, guid)) {
            columns->places[LIST_GUID] = i + 1;
            columns->places[LIST_NAME] = i == 0 ? 2 : 1;
            return count > 1;
        }
    }
    return false;
}

bool list_columns_passes(struct list_text line)
{
    return (line.length >= 5 && strncmp(line.at, "#TYPE", 5) == 0) ||
           (line.length >= 4 && line.length <= 5 && strncasecmp(line.at, "sep=", 4) == 0);
}

void list_columns_read(struct list_columns *columns, struct list_text line)
{
    struct list_text fields[FIELD_MOST];
    size_t count;

    memset(columns, 0, sizeof(*columns));
    columns->delimiter = find_delimiter(line);
    count = split(line, columns->delimiter, FIELD_MOST, fields);
    columns->has_header = read_header(columns, fields, count);
    if (columns->has_header && columns->places[LIST_NAME] == 0) {
        columns->problem = "no column holds the computer's name";
    } else if (!columns->has_header && !read_shape(columns, fields, count)) {
        columns->problem = "no column holds a GUID";
    }
    for (size_t i = 0; i < LIST_COLUMNS; i++) {
        const size_t place = columns->places[i];

        columns->wanted = place > columns->wanted ? place : columns->wanted;
    }
}

void list_columns_divide(const struct list_columns *columns, struct list_text line,
                         struct list_text fields_out[LIST_COLUMNS])
{
    struct list_text fields[FIELD_MOST];
    const size_t count = split(line, columns->delimiter, columns->wanted, fields);

    for (size_t i = 0; i < LIST_COLUMNS; i++) {
        const size_t place = columns->places[i];

        fields_out[i] =
            place > 0 && place <= count ? fields[place - 1] : (struct list_text){NULL, 0};
    }
}
