/* SPDX-License-Identifier: Apache-2.0 */
/* Acts out a recording to captures/story.h as captures/messages.h would tell it, and holds what the
   story tells against lines of text. Frames are a tenth of a second apart. */
#ifndef CCM_TESTS_STORY_PLAY_H
#define CCM_TESTS_STORY_PLAY_H

#include "captures/story.h"

/* The last number of the addresses 192.168.20.x. */
enum { CLIENT = 102, OTHER = 103, DC = 10, MP = 20, MP2 = 21 };

enum { HTTP_PORT = 80, KDC_PORT = 88, DNS_PORT = 53 };

#define PLAY_WINDOWS "/ccm_system_windowsauth/request"

struct play {
    struct story_settings settings; /* may be changed until the first event */
    struct story *story;
    struct evidence_set evidence;
    struct evidence_recording *recording;
    struct arena arena; /* of the event that is being told of */
    int client;         /* who asks from now on, and which MP */
    int mp;
    const char *host; /* of requests */
};

void play_begin(struct play *play);

/* Ends the recording, compares every record but its own, one a line, and releases all. */
void play_check(struct play *play, uint32_t cases, const char *expected);

/* The same in two steps, for what the lines do not show: the number of cases. */
uint32_t play_finish(struct play *play);
void play_release(struct play *play);

int64_t play_time(uint64_t frame);

/* Frame 0 is none. */
struct mark play_mark(uint64_t frame);
struct endpoint play_endpoint(int last, uint16_t port);

/* One of the event that is told of next. */
void *play_payload(struct play *play, enum evidence_kind kind);

/* From the client's port 50000 where it says no other. */
void play_event(struct play *play, struct capture_event event);

/* Asked for in a frame, answered in the next: with NXDOMAIN where `value` is NULL. */
void play_name(struct play *play, uint64_t frame, const char *asked, const char *type,
               const char *value);

/* A request to a KDC: `ticket` is what it issued, NULL for an error; without an answer frame 0. For
   krbtgt/ without a ticket it is an AS exchange that worked. */
void play_ask_kdc(struct play *play, uint64_t frame, uint64_t answered, const char *service,
                  const char *ticket);

/* With a ticket for the service `with`, a message of NTLM (NTLM ...), or NULL; `status` 0 is no
   answer. */
struct evidence_http *play_request(struct play *play, const char *method, const char *path,
                                   const char *with, int64_t status);
void play_ask_mp(struct play *play, uint64_t frame, uint64_t answered, uint64_t connection,
                 struct evidence_http *http);

/* A CCM_POST to PLAY_WINDOWS on a connection; on connection 7. */
void play_post_on(struct play *play, uint64_t frame, uint64_t answered, uint64_t connection,
                  const char *with, int64_t status);
void play_post(struct play *play, uint64_t frame, uint64_t answered, const char *with,
               int64_t status);

/* One that says nothing of what was asked: PHASE_TLS, or one that never stood. */
void play_connection(struct play *play, uint64_t frame, uint16_t port, enum evidence_phase phase,
                     enum evidence_outcome outcome);
void play_kdc_connection(struct play *play, uint64_t frame, int server);

/* What a request on connection 7 showed. */
void play_mp_clock(struct play *play, uint64_t frame, uint64_t answered);
void play_registration(struct play *play, uint64_t frame, uint64_t answered, const char *fqdn);

#endif
