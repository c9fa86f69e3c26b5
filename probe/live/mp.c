/* SPDX-License-Identifier: Apache-2.0 */
#include "live/mp.h"

#include <string.h>
#include <strings.h>

#include "base/base64.h"
#include "base/clock.h"
#include "decode/certificate.h"
#include "decode/http.h"
#include "decode/negotiate.h"
#include "decode/outcome.h"
#include "live/names.h"

enum {
    CONNECT_WAIT_MS = 5000, /* TCP and TLS */
    SILENCE_MS = 5000, /* what lasted so long is silence, also when the run's end cut it short */
    REPLY_WAIT_MS = 20000, /* the whole request: an application pool that starts takes a while */
    HEAD_LIMIT = 256 * 1024,
    BODY_LIMIT = 64 * 1024,
};

static const char MPLIST_PATH[] = "/SMS_MP/.sms_aut?MPLIST";

enum ccm_status mp_library_init(struct ccm_error *error)
{
    CURLcode code = curl_global_init(CURL_GLOBAL_DEFAULT);

    return code == CURLE_OK
               ? CCM_OK
               : ccm_fail(error, CCM_ERROR_INTERNAL, "libcurl: %s", curl_easy_strerror(code));
}

/* Whether the empty line that ends it was seen. The head of an interim reply (100, 103) is none. */
static bool head_is_whole(const struct mp_link *link)
{
    const char *head = link->head.data;
    const size_t length = link->head.length;

    return length > strlen("HTTP/1.1 100") && head[strlen("HTTP/1.1 ")] != '1' &&
           (memcmp(head + length - 2, "\n\n", 2) == 0 ||
            memcmp(head + length - 3, "\n\r\n", 3) == 0);
}

/* Keeps the head of the last reply: an interim one is dropped when the next begins. What follows a
   whole head are the trailers of its body. Ends the transfer when the head is too long. */
static size_t on_head(char *bytes, size_t size, size_t count, void *context)
{
    struct mp_link *link = context;

    if (count >= 5 && strncasecmp(bytes, "HTTP/", 5) == 0) {
        buffer_truncate(&link->head, 0);
        link->head_at = clock_monotonic_us();
    }
    if (head_is_whole(link)) {
        return size * count;
    }
    if (link->head.length + count > HEAD_LIMIT) {
        return 0;
    }
    buffer_append(&link->head, bytes, count);
    return size * count;
}

/* Keeps the beginning of the body; ends the transfer when there is more. */
static size_t on_body(char *bytes, size_t size, size_t count, void *context)
{
    struct mp_link *link = context;
    const size_t room = BODY_LIMIT - link->body.length;

    buffer_append(&link->body, bytes, count < room ? count : room);
    return count <= room ? size * count : 0;
}

static int on_progress(void *context, curl_off_t a, curl_off_t b, curl_off_t c, curl_off_t d)
{
    const struct mp_link *link = context;

    (void)a;
    (void)b;
    (void)c;
    (void)d;
    return stopper_interrupted(link->stopper) ? 1 : 0;
}

static bool set_options(struct mp_link *link)
{
    const struct mp_target *target = link->target;
    CURL *easy = link->easy;
    bool ok = true;

    ok = ok && curl_easy_setopt(easy, CURLOPT_PROXY, "") == CURLE_OK;
    ok = ok && curl_easy_setopt(easy, CURLOPT_NOSIGNAL, 1L) == CURLE_OK;
    ok = ok && curl_easy_setopt(easy, CURLOPT_FOLLOWLOCATION, 0L) == CURLE_OK;
    ok =
        ok && curl_easy_setopt(easy, CURLOPT_HTTP_VERSION, (long)CURL_HTTP_VERSION_1_1) == CURLE_OK;
    ok = ok && curl_easy_setopt(easy, CURLOPT_PROTOCOLS_STR, "http,https") == CURLE_OK;
    ok = ok && curl_easy_setopt(easy, CURLOPT_USERAGENT,
                                "ccmprobe/" CCMPROBE_VERSION
                                " (diagnosis, registers nothing)") == CURLE_OK;
    ok = ok && curl_easy_setopt(easy, CURLOPT_HEADERFUNCTION, on_head) == CURLE_OK;
    ok = ok && curl_easy_setopt(easy, CURLOPT_HEADERDATA, link) == CURLE_OK;
    ok = ok && curl_easy_setopt(easy, CURLOPT_WRITEFUNCTION, on_body) == CURLE_OK;
    ok = ok && curl_easy_setopt(easy, CURLOPT_WRITEDATA, link) == CURLE_OK;
    ok = ok && curl_easy_setopt(easy, CURLOPT_XFERINFOFUNCTION, on_progress) == CURLE_OK;
    ok = ok && curl_easy_setopt(easy, CURLOPT_XFERINFODATA, link) == CURLE_OK;
    ok = ok && curl_easy_setopt(easy, CURLOPT_NOPROGRESS, 0L) == CURLE_OK;
    ok = ok && curl_easy_setopt(easy, CURLOPT_ERRORBUFFER, link->problem) == CURLE_OK;
    ok = ok && curl_easy_setopt(easy, CURLOPT_CERTINFO, 1L) == CURLE_OK;
    ok = ok &&
         curl_easy_setopt(easy, CURLOPT_SSL_VERIFYPEER, target->insecure ? 0L : 1L) == CURLE_OK;
    ok = ok &&
         curl_easy_setopt(easy, CURLOPT_SSL_VERIFYHOST, target->insecure ? 0L : 2L) == CURLE_OK;
    if (target->ca_file) {
        ok = ok && curl_easy_setopt(easy, CURLOPT_CAINFO, target->ca_file) == CURLE_OK;
    }
    return ok;
}

static const char *bracket(const char *host, const char *which)
{
    return strchr(host, ':') ? which : "";
}

/* Ties the name to the address, so that curl looks nothing up; an address needs no such entry. */
static bool set_address(struct mp_link *link)
{
    const struct mp_target *target = link->target;
    struct buffer entry = {0};

    if (names_is_address(target->name)) {
        return true;
    }
    buffer_printf(&entry, "%s:%u:%s%s%s", target->name, target->port, bracket(link->address, "["),
                  link->address, bracket(link->address, "]"));
    link->resolve = curl_slist_append(NULL, buffer_text(&entry));
    buffer_release(&entry);
    return link->resolve &&
           curl_easy_setopt(link->easy, CURLOPT_RESOLVE, link->resolve) == CURLE_OK;
}

bool mp_link_open(struct mp_link *link, const struct mp_target *target, const char *address,
                  const struct stopper *stopper, uint32_t case_id)
{
    bool ok;

    memset(link, 0, sizeof(*link));
    link->target = target;
    link->address = address;
    link->stopper = stopper;
    link->case_id = case_id;
    link->easy = curl_easy_init();
    ok = link->easy && set_options(link) && set_address(link);
    if (!ok) {
        mp_link_close(link);
    }
    return ok;
}

void mp_link_close(struct mp_link *link)
{
    if (link->easy) {
        curl_easy_cleanup(link->easy);
    }
    curl_slist_free_all(link->resolve);
    buffer_release(&link->head);
    buffer_release(&link->body);
    buffer_release(&link->certificate);
    memset(link, 0, sizeof(*link));
}

struct evidence_http *mp_add_record(struct mp_link *link, enum http_leg leg, const char *spn)
{
    struct evidence_http *record =
        evidence_add(link->evidence, EVIDENCE_HTTP, link->case_id, clock_wall_us());
    struct arena *arena = &link->evidence->arena;

    record->leg = leg;
    record->step = leg == LEG_NEGOTIATE ? STEP_AUTHENTICATED
                   : leg == LEG_HOST    ? STEP_HOST_AUTHENTICATED
                                        : STEP_ANONYMOUS;
    record->address = arena_strdup(arena, link->address);
    record->port = link->target->port;
    record->method = leg == LEG_MPLIST ? "GET" : "CCM_POST";
    record->path = leg == LEG_MPLIST ? MPLIST_PATH : arena_strdup(arena, link->target->path);
    record->spn = arena_strdup(arena, spn);
    return record;
}

static int64_t info_us(CURL *easy, CURLINFO which)
{
    curl_off_t value = 0;

    curl_easy_getinfo(easy, which, &value);
    return value;
}

/* What became of the transfer. A reply whose head is whole is one, whatever its body did. `began`
   is of the monotonic clock. */
static enum evidence_outcome outcome_of(struct mp_link *link, CURLcode code, int64_t began)
{
    long os_error = 0;

    if (code == CURLE_ABORTED_BY_CALLBACK) {
        return OUTCOME_UNKNOWN;
    }
    if (head_is_whole(link)) {
        return OUTCOME_REPLY;
    }
    if (code == CURLE_OPERATION_TIMEDOUT && stopper_left(link->stopper) == 0 &&
        clock_monotonic_us() - began < SILENCE_MS * 1000) {
        return OUTCOME_UNKNOWN;
    }
    curl_easy_getinfo(link->easy, CURLINFO_OS_ERRNO, &os_error);
    switch ((int)code) {
    case CURLE_OK:
    case CURLE_UNSUPPORTED_PROTOCOL: /* HTTP/0.9, which is no HTTP for an MP */
    case CURLE_WEIRD_SERVER_REPLY:
        return OUTCOME_MALFORMED;
    case CURLE_COULDNT_CONNECT:
        return outcome_of_errno(os_error);
    case CURLE_OPERATION_TIMEDOUT:
        return OUTCOME_TIMEOUT;
    case CURLE_GOT_NOTHING:
    case CURLE_RECV_ERROR:
    case CURLE_SEND_ERROR:
    case CURLE_PARTIAL_FILE:
        return OUTCOME_CLOSED;
    case CURLE_SSL_CONNECT_ERROR:
    case CURLE_PEER_FAILED_VERIFICATION:
    case CURLE_SSL_CACERT_BADFILE:
    case CURLE_SSL_CIPHER:
    case CURLE_SSL_CERTPROBLEM:
        return OUTCOME_TLS_FAILED;
    default: /* such as a head that is too long */
        return link->head_at > 0 ? OUTCOME_MALFORMED : OUTCOME_UNREACHABLE;
    }
}

static enum evidence_phase phase_of(struct mp_link *link, enum evidence_outcome outcome)
{
    const bool tls = strcmp(link->target->scheme, "https") == 0;

    if (outcome == OUTCOME_REPLY) {
        return PHASE_DONE;
    }
    if (info_us(link->easy, CURLINFO_CONNECT_TIME_T) == 0) {
        return PHASE_CONNECT;
    }
    if (tls && info_us(link->easy, CURLINFO_APPCONNECT_TIME_T) == 0) {
        return PHASE_TLS;
    }
    /* curl keeps what is no HTTP to itself. */
    return link->head.length > 0 || outcome == OUTCOME_MALFORMED ? PHASE_REPLY : PHASE_REQUEST;
}

/* When the request began to be sent, from the start of the transfer: the connection stands and is
   secured. PRETRANSFER is too late: curl has written the request by then (measured). */
static int64_t sent_after(struct mp_link *link)
{
    const int64_t connected = info_us(link->easy, CURLINFO_CONNECT_TIME_T);
    const int64_t tls = info_us(link->easy, CURLINFO_APPCONNECT_TIME_T);

    return tls > connected ? tls : connected;
}

/* `began` is of the monotonic clock. curl's own STARTTRANSFER time is no good: for a request with a
   body, even an empty one, it is when the sending began (measured). */
static void take_timing(struct mp_link *link, struct evidence_http *record, int64_t began)
{
    const int64_t connected = info_us(link->easy, CURLINFO_CONNECT_TIME_T);
    const int64_t tls = info_us(link->easy, CURLINFO_APPCONNECT_TIME_T);
    long connects = 0;
    long bytes = 0;

    curl_easy_getinfo(link->easy, CURLINFO_NUM_CONNECTS, &connects);
    curl_easy_getinfo(link->easy, CURLINFO_REQUEST_SIZE, &bytes);
    record->request_bytes = bytes > 0 ? bytes : EVIDENCE_UNKNOWN;
    record->reused = bytes == 0 ? TRI_UNKNOWN : connects == 0 ? TRI_YES : TRI_NO;
    if (connects > 0 && connected > 0) {
        record->connect_us = connected;
        record->tls_us = tls > 0 ? tls - connected : EVIDENCE_UNKNOWN;
    }
    if (link->head_at > 0) {
        record->rtt_us = link->head_at - began - sent_after(link);
    }
}

/* The MP's time, as a KRB-ERROR or the Date field tells it. */
static void add_clock(struct mp_link *link, const struct evidence_http *record, int64_t began)
{
    const int64_t local = began + sent_after(link) + record->rtt_us / 2;
    const int64_t half_second = CLOCK_US_PER_SECOND / 2;
    const struct krb_error *error = record->answer ? record->answer->error : NULL;
    const bool exact = error && error->server_time != EVIDENCE_UNKNOWN;
    struct evidence_clock *seen;

    if (!exact && record->reply->date == EVIDENCE_UNKNOWN) {
        return;
    }
    seen = evidence_add(link->evidence, EVIDENCE_CLOCK, link->case_id, local);
    seen->source = CLOCK_MP;
    seen->method = exact ? CLOCK_KRB_ERROR : CLOCK_HTTP_DATE;
    seen->name = arena_strdup(&link->evidence->arena, link->target->name);
    seen->address = record->address;
    seen->remote_at = exact ? error->server_time : record->reply->date + half_second;
    seen->local_at = local;
    seen->offset_us = seen->remote_at - local;
    seen->uncertainty_us = record->rtt_us / 2 + (exact ? 1000 : half_second);
}

/* Notes the certificate of a connection that was just made, or was refused for it. */
static void add_tls(struct mp_link *link, const struct evidence_http *record, const char *problem)
{
    struct evidence_tls *seen =
        evidence_add(link->evidence, EVIDENCE_TLS, link->case_id, clock_wall_us());

    seen->address = record->address;
    seen->port = record->port;
    seen->accepted = problem ? TRI_NO : link->target->insecure ? TRI_UNKNOWN : TRI_YES;
    seen->problem =
        problem ? evidence_text(&link->evidence->arena, problem, strlen(problem), 200) : NULL;
    if (link->certificate.length > 0) {
        certificate_describe(&link->evidence->arena, link->certificate.data, seen);
    }
}

static void take_certificate(struct mp_link *link)
{
    struct curl_certinfo *chain = NULL;

    buffer_truncate(&link->certificate, 0);
    if (curl_easy_getinfo(link->easy, CURLINFO_CERTINFO, &chain) != CURLE_OK || !chain ||
        chain->num_of_certs < 1) {
        return;
    }
    for (struct curl_slist *line = chain->certinfo[0]; line; line = line->next) {
        if (strncmp(line->data, "Cert:", 5) == 0) {
            buffer_puts(&link->certificate, line->data + 5);
        }
    }
}

/* The time for what comes next: ends no sooner than the run does, so that this can be told from a
   slow MP. Both the remainder and what libcurl takes for elapsed may be a millisecond off. */
static void set_time(struct mp_link *link)
{
    const int64_t left_ms = stopper_left(link->stopper) / 1000 + 2;

    curl_easy_setopt(link->easy, CURLOPT_CONNECTTIMEOUT_MS, (long)CONNECT_WAIT_MS);
    curl_easy_setopt(link->easy, CURLOPT_TIMEOUT_MS,
                     left_ms < REPLY_WAIT_MS ? (long)left_ms : (long)REPLY_WAIT_MS);
}

/* Shakes hands once more without checking, sends nothing, and looks at the certificate. */
static void look_at_certificate(struct mp_link *link)
{
    CURL *easy = link->easy;

    if (stopper_left(link->stopper) == 0) {
        return;
    }
    curl_easy_setopt(easy, CURLOPT_SSL_VERIFYPEER, 0L);
    curl_easy_setopt(easy, CURLOPT_SSL_VERIFYHOST, 0L);
    curl_easy_setopt(easy, CURLOPT_CONNECT_ONLY, 1L);
    curl_easy_setopt(easy, CURLOPT_FRESH_CONNECT, 1L);
    set_time(link);
    if (curl_easy_perform(easy) == CURLE_OK) {
        take_certificate(link);
    }
    curl_easy_setopt(easy, CURLOPT_CONNECT_ONLY, 0L);
    curl_easy_setopt(easy, CURLOPT_SSL_VERIFYPEER, 1L);
    curl_easy_setopt(easy, CURLOPT_SSL_VERIFYHOST, 2L);
    link->fresh = true; /* no request may go over the connection that was not checked */
}

static struct curl_slist *make_fields(const struct buffer *token)
{
    struct curl_slist *fields = curl_slist_append(NULL, "Expect:");
    struct buffer line = {0};

    fields = curl_slist_append(fields, "Accept: */*");
    if (token) {
        buffer_puts(&line, "Authorization: Negotiate ");
        base64_encode(token->data, token->length, &line);
        fields = curl_slist_append(fields, line.data);
    }
    buffer_release_secret(&line);
    return fields;
}

static void wipe_fields(struct curl_slist *fields)
{
    for (struct curl_slist *field = fields; field; field = field->next) {
        explicit_bzero(field->data, strlen(field->data));
    }
    curl_slist_free_all(fields);
}

static CURLcode perform(struct mp_link *link, const struct evidence_http *record,
                        struct curl_slist *fields)
{
    const struct mp_target *target = link->target;
    struct buffer url = {0};
    CURL *easy = link->easy;
    CURLcode code;

    buffer_printf(&url, "%s://%s%s%s:%u%s", target->scheme, bracket(target->name, "["),
                  target->name, bracket(target->name, "]"), target->port, record->path);
    curl_easy_setopt(easy, CURLOPT_URL, url.data);
    curl_easy_setopt(easy, CURLOPT_HTTPHEADER, fields);
    if (record->leg == LEG_MPLIST) {
        curl_easy_setopt(easy, CURLOPT_HTTPGET, 1L);
        curl_easy_setopt(easy, CURLOPT_CUSTOMREQUEST, NULL);
    } else {
        curl_easy_setopt(easy, CURLOPT_POSTFIELDS, "");
        curl_easy_setopt(easy, CURLOPT_POSTFIELDSIZE, 0L);
        curl_easy_setopt(easy, CURLOPT_CUSTOMREQUEST, record->method);
    }
    curl_easy_setopt(easy, CURLOPT_FRESH_CONNECT, link->fresh ? 1L : 0L);
    set_time(link);
    link->fresh = false;
    link->problem[0] = '\0';
    buffer_truncate(&link->head, 0);
    buffer_truncate(&link->body, 0);
    link->head_at = 0;
    code = curl_easy_perform(easy);
    curl_easy_setopt(easy, CURLOPT_HTTPHEADER, NULL);
    buffer_release(&url);
    return code;
}

static void take_reply(struct mp_link *link, struct evidence_http *record, struct buffer *answer)
{
    struct arena *arena = &link->evidence->arena;
    struct buffer token = {0};

    record->reply = http_decode_head(arena, link->head.data, link->head.length);
    if (!record->reply) {
        record->outcome = OUTCOME_MALFORMED;
        return;
    }
    http_decode_body(arena, buffer_text(&link->body), link->body.length, record->reply);
    if (http_negotiate_token(link->head.data, link->head.length, &token)) {
        record->answer = negotiate_decode(arena, token.data, token.length);
        if (answer) {
            buffer_append(answer, token.data, token.length);
        }
    }
    buffer_release_secret(&token);
}

void mp_send(struct mp_link *link, struct evidence_http *record, const struct buffer *token,
             struct buffer *answer)
{
    struct curl_slist *fields = make_fields(token);
    const int64_t began = clock_monotonic_us();
    const int64_t began_wall = clock_wall_us();
    CURLcode code = perform(link, record, fields);

    wipe_fields(fields);
    record->token_bytes = token ? (int64_t)token->length : EVIDENCE_UNKNOWN;
    record->outcome = outcome_of(link, code, began);
    record->phase = phase_of(link, record->outcome);
    take_timing(link, record, began);
    if (record->outcome == OUTCOME_REPLY) {
        take_reply(link, record, answer);
    }
    if (record->reply) {
        add_clock(link, record, began_wall);
    }
    if (strcmp(link->target->scheme, "https") != 0) {
        return;
    }
    if (record->outcome == OUTCOME_TLS_FAILED) {
        const char *problem = arena_strdup(
            &link->evidence->arena, link->problem[0] ? link->problem : curl_easy_strerror(code));

        look_at_certificate(link); /* overwrites link->problem */
        add_tls(link, record, problem);
    } else if (record->reused == TRI_NO) {
        take_certificate(link);
        add_tls(link, record, NULL);
    }
}

bool mp_bindings(const struct mp_link *link, struct buffer *out)
{
    return link->certificate.length > 0 && certificate_bindings(link->certificate.data, out);
}
