/* SPDX-License-Identifier: Apache-2.0 */
#include "captures/sql_call.h"

#include <string.h>
#include <strings.h>

#include "base/cursor.h"
#include "base/hex.h"

const char SQL_PROCEDURE[] = "spUpdateClientRegistration";

/* The parameters in the order of the procedure (Configuration Manager 2007, as Microsoft's article
   on automatic client approval prints a call). */
static const char *const PLACES[] = {
    "SiteCode",      "SMSID",          "CSMSID",           "Identity",
    "DeviceID",      "Certificate",    "Thumbprint",       "EncKey",
    "EncThumbprint", "KeyType",        "PublicKey",        "ValidFrom",
    "ValidTo",       "AgentType",      "SMBIOSID",         "MACAddress",
    "HardwareID1",   "ISVProxyID",     "AlwaysInternet",   "InternetEnabled",
    "Force",         "ApprovalMethod", "ResolutionMethod", "IsIntegratedAuth",
    "Version",       "NetbiosName",    "FQDName",          "ManualConflictResolution",
};

enum { PLACE_COUNT = sizeof(PLACES) / sizeof(PLACES[0]) };

static bool is_space(uint8_t c)
{
    return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

static bool is_digit(uint8_t c)
{
    return c >= '0' && c <= '9';
}

/* Asked of every character of every name: digits, "_" and letters, a bit each. */
static bool is_word(uint8_t c)
{
    static const uint64_t words[4] = {0x03FF000000000000, 0x07FFFFFE87FFFFFE, 0, 0};

    return words[c >> 6] >> (c & 63) & 1;
}

static void skip_space(struct cursor *in)
{
    size_t length = 0;

    while (length < in->left && is_space(in->at[length])) {
        length++;
    }
    cursor_bytes(in, length);
}

/* Passes over the character if it is the next one. */
static bool accept(struct cursor *in, char c)
{
    if (in->left > 0 && *in->at == (uint8_t)c) {
        cursor_bytes(in, 1);
        return true;
    }
    return false;
}

static size_t take_while(struct cursor *in, bool (*belongs)(uint8_t))
{
    size_t length = 0;

    while (length < in->left && belongs(in->at[length])) {
        length++;
    }
    cursor_bytes(in, length);
    return length;
}

static bool starts_word(const struct cursor *in, const char *word)
{
    size_t length;

    if (in->left == 0 || (*in->at | 0x20) != (word[0] | 0x20)) { /* nearly always */
        return false;
    }
    length = strlen(word);
    return in->left >= length && strncasecmp((const char *)in->at, word, length) == 0 &&
           (in->left == length || !is_word(in->at[length]));
}

/* '...' or "..." with its delimiter doubled inside. False when it does not end. */
static bool read_string(struct cursor *in, struct sql_argument *argument)
{
    const uint8_t delimiter = cursor_u8(in);

    argument->type = SQL_STRING;
    argument->value = (const char *)in->at;
    for (;;) {
        const uint8_t *end = in->left > 0 ? memchr(in->at, delimiter, in->left) : NULL;

        if (!end) {
            return false;
        }
        cursor_bytes(in, (size_t)(end - in->at) + 1);
        if (!accept(in, (char)delimiter)) {
            argument->value_length = (size_t)((const char *)end - argument->value);
            return true;
        }
    }
}

/* False when there is no value, or it may go on behind the end of the text. */
static bool read_value(struct cursor *in, struct sql_argument *argument)
{
    argument->value = (const char *)in->at;
    if (in->left > 1 && (*in->at == 'N' || *in->at == 'n') && in->at[1] == '\'') {
        cursor_u8(in);
    } else if (starts_word(in, "NULL") || starts_word(in, "default")) {
        argument->type = SQL_NULL;
        take_while(in, is_word);
        return true;
    }
    if (cursor_peek(in) == '\'' || cursor_peek(in) == '"') {
        return read_string(in, argument);
    }
    if (in->left > 1 && in->at[0] == '0' && (in->at[1] == 'x' || in->at[1] == 'X')) {
        cursor_bytes(in, 2);
        argument->type = SQL_BINARY;
        argument->value = (const char *)in->at;
        argument->value_length = hex_span(argument->value, in->left);
        cursor_bytes(in, argument->value_length);
        return in->left > 0;
    }
    argument->type = cursor_peek(in) == '@' ? SQL_VARIABLE : SQL_INTEGER;
    if (accept(in, '@')) {
        argument->value_length = take_while(in, is_word) + 1;
        return argument->value_length > 1;
    }
    accept(in, '-');
    argument->value_length = (size_t)((const char *)in->at - argument->value);
    const size_t digits = take_while(in, is_digit);

    argument->value_length += digits;
    return digits > 0;
}

/* "@Name =" or "(@Name)". False, with nothing consumed, when the value comes at once; a variable
   as value looks like a name at first. */
static bool read_name(struct cursor *in, struct sql_argument *argument)
{
    const struct cursor before = *in;
    const bool inlaid = accept(in, '(');

    if (accept(in, '@')) {
        argument->name = (const char *)in->at;
        argument->name_length = take_while(in, is_word);
        skip_space(in);
        if (argument->name_length > 0 && accept(in, inlaid ? ')' : '=')) {
            skip_space(in);
            return true;
        }
    }
    argument->name = NULL;
    argument->name_length = 0;
    *in = before;
    return false;
}

/* What may stand between a value and the comma: OUTPUT, OUT. */
static void skip_direction(struct cursor *in)
{
    skip_space(in);
    if (starts_word(in, "OUTPUT") || starts_word(in, "OUT")) {
        take_while(in, is_word);
        skip_space(in);
    }
}

/* Does the text end in the word that stands here? */
static bool ends_in_word(struct cursor in)
{
    take_while(&in, is_word);
    return in.left == 0;
}

/* A variable without a name, behind arguments that have one, is a name whose value was cut off. */
static bool is_cut_name(const struct sql_call *call, const struct cursor *in)
{
    const struct sql_argument *last = &call->arguments[call->count];

    return in->left == 0 && last->type == SQL_VARIABLE && !last->name && call->count > 0 &&
           call->arguments[call->count - 1].name;
}

static void name_places(struct sql_call *call)
{
    call->positional = true;
    for (size_t i = 0; i < call->count; i++) {
        call->positional = call->positional && !call->arguments[i].name;
    }
    call->names_known = !call->positional || call->count == PLACE_COUNT;
    for (size_t i = 0; call->positional && call->names_known && i < call->count; i++) {
        call->arguments[i].name = PLACES[i];
        call->arguments[i].name_length = strlen(PLACES[i]);
    }
}

bool sql_call_read(const char *text, size_t length, struct sql_call *call_out)
{
    struct cursor in;
    bool more = true;

    /* Not all of the room for arguments: it is larger than most calls. */
    memset(call_out, 0, offsetof(struct sql_call, arguments));
    cursor_init(&in, text, length);
    accept(&in, ']');
    if (in.left == 0 || !is_space(*in.at)) {
        return false;
    }
    while (more && call_out->count < SQL_ARGUMENT_LIMIT) {
        struct sql_argument *argument = &call_out->arguments[call_out->count];

        *argument = (struct sql_argument){.name = NULL};
        skip_space(&in);
        read_name(&in, argument);
        if (!read_value(&in, argument) || is_cut_name(call_out, &in)) {
            call_out->cut = call_out->count > 0 && ends_in_word(in);
            break;
        }
        call_out->count++;
        skip_direction(&in);
        more = accept(&in, ',');
        call_out->cut = more && in.left == 0;
    }
    call_out->length = length - in.left;
    name_places(call_out);
    return call_out->count > 1;
}

const struct sql_argument *sql_call_find(const struct sql_call *call, const char *name)
{
    const size_t length = strlen(name);

    for (size_t i = 0; i < call->count; i++) {
        const struct sql_argument *argument = &call->arguments[i];

        if (argument->name && argument->name_length == length &&
            (argument->name[0] | 0x20) == (name[0] | 0x20) && /* which most are told by */
            strncasecmp(argument->name, name, length) == 0) {
            return argument;
        }
    }
    return NULL;
}
