/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What Active Directory says about an MP and its client, asked for once the exchange is over, with
 * the same identity: who owns the SPNs, which trusts there are, how the accounts stand. Hooks of
 * live_check: a thread keeps its connections for its next case, and all threads share what does
 * not depend on the MP.
 */
#ifndef CCM_CLI_SURVEY_H
#define CCM_CLI_SURVEY_H

#include "cli/once.h"
#include "cli/settings.h"
#include "ldap/connection.h"
#include "ldap/published.h"
#include "live/live.h"

/* The context of the hooks here and in discover.h. */
struct survey_context {
    const struct cli_settings *settings;
    const struct evidence_set *found; /* by --discover, else NULL; not changed while cases run */
    struct once once;                 /* what is the same for all MPs */
};

/* Asks the domain controllers of the client's domain and, if it is another one, of the MP's, and a
   global catalog of each forest. The MP's domain is where its name lies, or the partner of a trust
   with such a suffix; what its name is an alias of is looked for as well. `context` is a struct
   survey_context. Without a ticket nothing is asked, and a skip record says so. */
void survey_case(void *context, struct live_case *live);

/* Reads the MPs that the client's forest publishes: the domain's from a DC, which shows all
   attributes, the other domains' from the global catalog. So one may be there twice, under the same
   DN; the first is the better one. Adds the codes of the sites. False when no DC could be asked. */
bool survey_published(struct survey_context *context, struct live_case *live,
                      struct site_codes *sites);

/* Closes what a thread kept. */
void survey_let_go(void *context, void *kept);

/* The servers of one domain that a search needs. */
struct survey_servers {
    struct directory *home;    /* a DC of the domain; NULL: none could be asked */
    struct directory *catalog; /* a global catalog of its forest, or NULL */
};

/* Connects to them by the settings; `domain` is a DNS name in lower case. Connections must be
   closed before the evidence is released. */
void survey_open(const struct cli_settings *settings, struct live_case *live, const char *domain,
                 struct survey_servers *servers_out);
void survey_close(struct survey_servers *servers);

#endif
