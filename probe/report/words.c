/* SPDX-License-Identifier: Apache-2.0 */
#include "report/words.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "codes/codes.h"
#include "report/layout.h"

/* Whole numbers throughout: the decimal sign of printf depends on the locale. */
const char *say_duration(int64_t us, char text[WORDS_SIZE])
{
    const bool in_seconds = us >= 10 * 1000000LL;
    const int64_t tenth = in_seconds ? 100000 : 100;
    const int64_t tenths = us / tenth + (us % tenth >= tenth / 2 ? 1 : 0);

    if (us == EVIDENCE_UNKNOWN) {
        text[0] = '\0';
    } else if (us < 0) {
        snprintf(text, WORDS_SIZE, "? ms");
    } else {
        snprintf(text, WORDS_SIZE, "%" PRId64 ".%" PRId64 " %s", tenths / 10, tenths % 10,
                 in_seconds ? "s" : "ms");
    }
    return text;
}

/* An amount of time; `size` is in microseconds, shown in milliseconds and up. */
static void put_amount(uint64_t size, char text[WORDS_SIZE])
{
    const uint64_t seconds = size / 1000000;

    if (seconds < 60) {
        snprintf(text, WORDS_SIZE, "%" PRIu64 ".%03" PRIu64 " s", seconds, size / 1000 % 1000);
    } else if (seconds < 3600) {
        snprintf(text, WORDS_SIZE, "%" PRIu64 " min %02" PRIu64 " s", seconds / 60, seconds % 60);
    } else if (seconds < 48 * 3600) {
        snprintf(text, WORDS_SIZE, "%" PRIu64 " h %02" PRIu64 " min", seconds / 3600,
                 seconds / 60 % 60);
    } else {
        snprintf(text, WORDS_SIZE, "%" PRIu64 " days %02" PRIu64 " h", seconds / 86400,
                 seconds / 3600 % 24);
    }
}

static uint64_t size_of(int64_t us)
{
    return us < 0 ? 0 - (uint64_t)us : (uint64_t)us;
}

const char *say_offset(int64_t us, char text[WORDS_SIZE])
{
    char amount[WORDS_SIZE];

    put_amount(size_of(us) + 500, amount);
    snprintf(text, WORDS_SIZE, "%c%.40s", us < 0 ? '-' : '+', amount);
    return text;
}

const char *say_uncertainty(int64_t us, char text[WORDS_SIZE])
{
    put_amount(size_of(us) + 999, text);
    return text;
}

const char *say_elapsed(int64_t us, char text[WORDS_SIZE])
{
    put_amount(size_of(us), text);
    return text;
}

const char *say_time(int64_t at, char text[WORDS_SIZE])
{
    char exact[CLOCK_TEXT_SIZE];

    if (at == EVIDENCE_UNKNOWN) {
        text[0] = '\0';
        return text;
    }
    clock_format(at, exact);
    snprintf(text, WORDS_SIZE, "%.19sZ", exact);
    return text;
}

const char *say_date(int64_t at, char text[WORDS_SIZE])
{
    char exact[WORDS_SIZE];

    say_time(at, exact);
    snprintf(text, WORDS_SIZE, "%.10s", exact[0] != '\0' ? exact : "-");
    return text;
}

void say_bytes(int64_t bytes, struct buffer *out)
{
    if (bytes != EVIDENCE_UNKNOWN) {
        buffer_printf(out, ", %" PRId64 NBSP "bytes", bytes);
    }
}

const char *say_etype(int64_t etype, char text[WORDS_SIZE])
{
    static const char usual[] = "-cts-hmac-sha1-96"; /* the field says AES without it */
    const char *symbol = code_symbol(CODE_SPACE_ETYPE, etype);

    if (symbol) {
        const char *suffix = strstr(symbol, usual);

        snprintf(text, WORDS_SIZE, "%.*s", (int)(suffix ? suffix - symbol : WORDS_SIZE), symbol);
    } else {
        snprintf(text, WORDS_SIZE, "etype %" PRId64, etype);
    }
    return text;
}

void say_ticket(const struct krb_ticket *ticket, struct buffer *out)
{
    char etype[WORDS_SIZE];

    if (!ticket) {
        buffer_puts(out, "that could not be read");
        return;
    }
    buffer_puts(out, ticket->service ? ticket->service : "for an unknown service");
    if (ticket->etype != EVIDENCE_UNKNOWN) {
        buffer_printf(out, " (%s", say_etype(ticket->etype, etype));
        if (ticket->kvno != EVIDENCE_UNKNOWN) {
            buffer_printf(out, "," NBSP "kvno" NBSP "%" PRId64, ticket->kvno);
        }
        buffer_putc(out, ')');
    }
}

void say_krb_error(const struct krb_error *error, struct buffer *out)
{
    const char *symbol = code_symbol(CODE_SPACE_KRB5, error->code);

    buffer_printf(out, "KRB-ERROR %" PRId64 " %s", error->code,
                  symbol ? symbol : "(a number without a name)");
    if (error->ntstatus != EVIDENCE_UNKNOWN) {
        symbol = code_symbol(CODE_SPACE_NTSTATUS, error->ntstatus);
        buffer_printf(out, " with NTSTATUS 0x%08" PRIX64 "%s%s", (uint64_t)error->ntstatus,
                      symbol ? " " : "", symbol ? symbol : "");
    }
}

/* Appends ": meaning" of a code; its first sentence, or with `whole` everything. The first letter
   goes on with the line. */
static void say_meaning(enum code_space space, int64_t value, bool whole, struct buffer *out)
{
    const struct code *code = code_find(space, value);
    const char *end;

    if (!code) {
        return;
    }
    end = whole ? NULL : strstr(code->meaning, ". ");
    if (!end) {
        end = code->meaning + strlen(code->meaning);
        end -= !whole && end > code->meaning && end[-1] == '.' ? 1 : 0;
    }
    buffer_puts(out, ": ");
    buffer_append(out, code->meaning, (size_t)(end - code->meaning));
}

void say_krb_meaning(const struct krb_error *error, bool whole, struct buffer *out)
{
    if (error->ntstatus != EVIDENCE_UNKNOWN && code_find(CODE_SPACE_NTSTATUS, error->ntstatus)) {
        say_meaning(CODE_SPACE_NTSTATUS, error->ntstatus, whole, out);
    } else {
        say_meaning(CODE_SPACE_KRB5, error->code, whole, out);
    }
}

void say_status(const struct http_reply *reply, struct buffer *out)
{
    buffer_printf(out, "%" PRId64, reply->status);
    if (reply->substatus != EVIDENCE_UNKNOWN) {
        buffer_printf(out, ".%" PRId64, reply->substatus % 1000);
    }
    if (reply->reason && reply->reason[0] != '\0') {
        buffer_printf(out, " %s", reply->reason);
    } else if (code_symbol(CODE_SPACE_HTTP, reply->status)) {
        buffer_printf(out, " %s", code_symbol(CODE_SPACE_HTTP, reply->status));
    }
}

void say_status_meaning(const struct http_reply *reply, bool whole, struct buffer *out)
{
    if (reply->substatus != EVIDENCE_UNKNOWN && code_find(CODE_SPACE_IIS, reply->substatus)) {
        say_meaning(CODE_SPACE_IIS, reply->substatus, whole, out);
    } else if (reply->status >= 300 || whole) {
        say_meaning(CODE_SPACE_HTTP, reply->status, whole, out);
    }
}

void say_win32(int64_t status, struct buffer *out)
{
    const enum code_space space = code_space_of_status(status);
    const char *symbol = code_symbol(space, status);

    buffer_printf(out, "%" PRId64 "%s%s", status, symbol ? " " : "", symbol ? symbol : "");
    say_meaning(space, status, false, out);
}

void say_httpsys(const char *reason, struct buffer *out)
{
    const struct code *code = code_find_symbol(CODE_SPACE_HTTPSYS, reason);

    if (code) {
        say_meaning(CODE_SPACE_HTTPSYS, code->value, false, out);
    }
}

static const char *phase_words(enum evidence_phase phase)
{
    switch (phase) {
    case PHASE_CONNECT:
        return " while connecting";
    case PHASE_TLS:
        return " while setting up TLS";
    case PHASE_REQUEST:
        return " while sending the request";
    case PHASE_REPLY:
        return " while waiting for the reply";
    case PHASE_UNKNOWN:
    case PHASE_DONE:
        break;
    }
    return "";
}

void say_outcome(enum evidence_outcome outcome, enum evidence_phase phase, struct buffer *out)
{
    static const char *const WORDS[] = {
        [OUTCOME_UNKNOWN] = "unknown whether an answer came",
        [OUTCOME_REPLY] = "an answer",
        [OUTCOME_TIMEOUT] = "no answer",
        [OUTCOME_REFUSED] = "connection refused",
        [OUTCOME_UNREACHABLE] = "unreachable: no route to this address",
        [OUTCOME_CLOSED] = "connection closed",
        [OUTCOME_MALFORMED] = "an answer that is not the protocol",
        [OUTCOME_TLS_FAILED] = "TLS failed",
    };
    const bool where = outcome == OUTCOME_TIMEOUT || outcome == OUTCOME_CLOSED;

    buffer_printf(out, "%s%s", WORDS[outcome], where ? phase_words(phase) : "");
}

void say_address(const char *address, int64_t port, int64_t usual, struct buffer *out)
{
    const bool with_port = port != EVIDENCE_UNKNOWN && port != usual;
    const bool brackets = with_port && strchr(address, ':') != NULL;

    buffer_printf(out, "%s%s%s", brackets ? "[" : "", address, brackets ? "]" : "");
    if (with_port) {
        buffer_printf(out, ":%" PRId64, port);
    }
}

void say_skip(const struct evidence_skip *skip, struct buffer *out)
{
    switch (skip->reason) {
    case SKIP_NO_IDENTITY:
        buffer_puts(out, "not tested: no identity was given");
        return;
    case SKIP_DEADLINE:
        buffer_puts(out, "not tested: the deadline of the run had passed");
        return;
    case SKIP_INTERRUPTED:
        buffer_puts(out, "not tested: the run was interrupted");
        return;
    case SKIP_STEP_FAILED:
        buffer_printf(out, "not tested: it needs what \"%s\" did not give", say_step(skip->after));
        return;
    case SKIP_NOT_NEEDED:
        buffer_puts(out, "not needed");
        return;
    case SKIP_NOT_RECORDED:
        buffer_puts(out, "not in the recording");
        return;
    case SKIP_ENCRYPTED:
        buffer_puts(out, "in the recording, unreadable (TLS or HTTP/2)");
        return;
    case SKIP_UNKNOWN:
        break;
    }
    buffer_puts(out, "not tested");
}

const char *say_step(enum evidence_step step)
{
    static const char *const WORDS[] = {
        [STEP_UNKNOWN] = "Other",           [STEP_NAME] = "Name",
        [STEP_ANONYMOUS] = "Anonymous",     [STEP_IDENTITY] = "Identity",
        [STEP_TICKET] = "Ticket",           [STEP_AUTHENTICATED] = "Authenticated",
        [STEP_HOST_TICKET] = "HOST ticket", [STEP_HOST_AUTHENTICATED] = "HOST request",
        [STEP_DIRECTORY] = "Directory",
    };

    return WORDS[step];
}
