/* SPDX-License-Identifier: Apache-2.0 */
/*
 * How far apart the clocks of the sources are, from events that two of them show. Pure.
 *
 * Each file has one clock: an IIS log and MP_RegistrationManager.log the MP's, a capture that of
 * the machine that captured. A client has one, too, which its certificate and the logs that it
 * keeps of itself show. An event lies in an interval by each of two clocks, a and b; what b shows
 * minus what a shows is then within [b.from - a.to, b.to - a.from]. Of many such intervals the part
 * counts that most of them share (of equals the one next to zero), so one wrong pair changes
 * nothing.
 *
 *   A request in a capture and in an IIS log: of one client, with the same method, path, status and
 *   with or without a user. By the capture it ended between its first byte and a second after the
 *   reply's head (the last acknowledgement); IIS logs its end in whole seconds, so within [t, t+1).
 *   Requests that are alike are logged here by the first and the last of them only: of more than
 * two a pair counts only within 10 seconds, as the right one may lie between.
 *
 *   A sign-in that was accepted, in an IIS log or a capture, and what the MP's log has of the
 *   registration that it carried: within a minute, the message's own time-out.
 *
 *   A client's certificate and its first use: it was made before. Where notAfter is 36,501 days
 *   behind notBefore, as in certificates that clients make for themselves, it was made one day
 * after its notBefore: the article's, of 2009-05-19 19:34:47 to 2109-04-26 19:34:47, on 2009-05-20
 * at 19:34:47 by the client's clock C, and used in a request that the MP logged at 19:35:11 by its
 *   own, M. With made <= used, C - M >= 19:34:47 - 19:35:12 = -25 s: the client's clock was not
 * more than 25 seconds behind the MP's. How far ahead it was, such a pair does not say. Of other
 *   certificates notBefore itself is the earliest time; of PKI it is by the clock of the CA.
 *
 *   What a client's own log says: it began to register before the MP's first 401, and knew that it
 *   was registered after the MP's 200. Both ends bound its clock.
 *
 * A pair is believed when each source covers the other's time, when two clients agree, or when it
 * is of whole quarters of an hour: then it is not a clock that is wrong, but the zone of a log.
 * Else the two may show two events, and nothing is said. Clocks that differ by more than a day are
 * not looked for.
 */
#ifndef CCM_RULES_CLOCKS_H
#define CCM_RULES_CLOCKS_H

#include "rules/clients.h"

/* Two clocks. The bounds are of the second minus the first: positive when the second is ahead. */
struct clock_link {
    const char *source;          /* the first: a file, as its recording calls it */
    const char *other;           /* the second, or NULL: the clock of `client` */
    const struct client *client; /* of a client's own clock */
    int64_t low_us;              /* EVIDENCE_UNKNOWN: not bounded */
    int64_t high_us;
    int64_t offset_us;      /* the middle; unknown when one bound is */
    int64_t uncertainty_us; /* half of what lies between */
    size_t pairs;           /* of events that both show */
    size_t agreeing;        /* of these, those that the bounds rest on */
    int64_t zone_minutes;   /* whole quarters of an hour: a wrong time zone; 0: none */
    const struct evidence_record *records[2]; /* a pair that the bounds rest on */
};

struct clock_links {
    struct clock_link *items; /* files first, by name; then clients, in the list's order */
    size_t count;
};

/* The links live in the arena and borrow from the set and the list. */
void clocks_link(const struct evidence_set *set, const struct client_list *clients,
                 struct arena *arena, struct clock_links *links_out);

/* The links of a client's own clock: from the first that is returned on, `count_out` of them. */
const struct clock_link *clocks_of_client(const struct clock_links *links,
                                          const struct client *client, size_t *count_out);

/* What is to be added to the times of a source. */
struct clock_correction {
    const char *source;
    int64_t add_us;
};

struct clock_corrections {
    struct clock_correction *items;
    size_t count;
};

/* For times by the clock of `reference`: of each source that was compared with it, over others
   where need be, the shortest way. Clocks that agree as far as can be told are not corrected. */
void clocks_correct(const struct clock_links *links, const char *reference, struct arena *arena,
                    struct clock_corrections *corrections_out);

/* NULL for a source that was not compared. */
const struct clock_correction *clock_correction_of(const struct clock_corrections *corrections,
                                                   const char *source);

/* When the client made its signing certificate, by its own clock: see above; EVIDENCE_UNKNOWN of
   one from a CA, or of which too little is known. */
int64_t clocks_made_at(const struct evidence_registration *registration);

/* By how much at least the clock is off, and which way: 0 when the bounds have room for none. */
int64_t clock_link_least(const struct clock_link *link);

#endif
