/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One line a client with what it did, of IIS logs: what tests/bench/iis.awk prints, by the reader
 * that ccmprobe has. With --quiet it prints the number of clients only.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "captures/iis_log.h"

static const char *outcome(const struct evidence_web_client *client)
{
    bool computer = false;
    bool user = false;
    bool refused = false;
    bool anonymous = false;
    bool certificate = false;

    for (size_t i = 0; i < client->request_count; i++) {
        const struct web_request *request = &client->requests[i];
        const bool sign_in = strcmp(request->path, "/ccm_system_windowsauth/request") == 0;
        const bool taken = request->status >= 200 && request->status < 300;

        certificate = certificate || request->status == 403;
        refused = refused || (sign_in && request->status == 401);
        anonymous = anonymous || (!sign_in && taken && !request->user);
        if (sign_in && taken && request->user) {
            const bool machine = request->user[strlen(request->user) - 1] == '$';

            computer = computer || machine;
            user = user || !machine;
        }
    }
    return computer      ? "computer"
           : user        ? "user"
           : certificate ? "certificate"
           : anonymous   ? "anonymous"
           : refused     ? "refused"
                         : "other";
}

/* The lines of the first and the last request, and how many there were. */
static void print_client(const struct evidence_web_client *client)
{
    int64_t first = client->request_count ? client->requests[0].line : 0;
    int64_t last = 0;
    int64_t count = 0;

    for (size_t i = 0; i < client->request_count; i++) {
        const struct web_request *request = &client->requests[i];

        last = request->last_line > last ? request->last_line : last;
        count += request->count;
    }
    printf("%s %s %lld %lld %lld\n", client->address, outcome(client), (long long)count,
           (long long)first, (long long)last);
}

int main(int argc, char **argv)
{
    const bool quiet = argc > 1 && strcmp(argv[1], "--quiet") == 0;
    const struct iis_log_settings settings = {.client = NULL};
    struct iis_log *log = iis_log_new(&settings);
    struct evidence_set evidence;
    struct ccm_error error = {""};
    uint32_t cases;

    evidence_init(&evidence);
    for (int i = quiet ? 2 : 1; i < argc; i++) {
        if (iis_log_add(log, argv[i], &evidence, &error) != CCM_OK) {
            fprintf(stderr, "read_iis: %s\n", error.text);
            return EXIT_FAILURE;
        }
    }
    cases = iis_log_tell(log, 1, &evidence);
    for (size_t i = 0; i < evidence.count; i++) {
        if (!quiet && evidence.records[i].kind == EVIDENCE_WEB_CLIENT) {
            print_client(evidence.records[i].web_client);
        }
    }
    if (quiet) {
        printf("%u\n", cases);
    }
    iis_log_free(log);
    evidence_release(&evidence);
    return EXIT_SUCCESS;
}
