/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/survey.h"

#include <string.h>
#include <strings.h>

#include "cli/survey_names.h"
#include "ldap/connection.h"
#include "ldap/owners.h"
#include "ldap/ping.h"
#include "ldap/trusts.h"
#include "live/names.h"

enum { SERVERS_TRIED = 3 }; /* DCs of a domain, before it is given up */

/* One domain that is asked about, and the connections to it. Kept from case to case of a thread. */
struct survey {
    struct survey *next;
    const struct cli_settings *settings;
    struct live_case *live; /* the one at hand */
    const char *domain;     /* lower case */
    uint32_t case_id;       /* that it was asked for last; 0 for none */
    bool named;             /* the user named its DC, perhaps with a port */
    struct kdc_list servers;
    size_t used; /* of the servers: the last of them is home, if there is one */
    struct directory *home;
    struct directory *catalog;
    struct once *once;               /* what the threads share */
    struct evidence_record *records; /* what was seen when it was connected to */
    size_t record_count;
};

static struct directory *open_server(struct survey *survey, const struct kdc_address *server,
                                     bool global_catalog, const struct netlogon_answer *ping)
{
    struct live_case *live = survey->live;
    struct directory_settings settings = {
        .security = (enum directory_security)survey->settings->ldap_security,
        .cache = arena_strdup(&live->evidence->arena, live->cache),
        .ca_file = survey->settings->ca_file,
        .insecure = survey->settings->insecure,
        .stopper = live->stopper,
        .case_id = live->case_id,
    };
    struct directory_address address = {
        .host_name = arena_lower(&live->evidence->arena, server->host),
        .address = server->address,
        .port = survey->named && !global_catalog ? server->port : 0,
        .global_catalog = global_catalog,
        .domain = survey->domain,
        .site = ping ? ping->client_site : NULL,
        .server_site = ping ? ping->dc_site : NULL,
    };

    address.principal = live_case_ticket(live, "ldap", address.host_name);
    if (!address.principal) {
        settings.cache = NULL; /* no bind: whether it answers at all, and its clock */
    }
    return directory_open(&settings, &address, live->evidence);
}

/* Adds the servers that are not in the list yet, as far as there is room. */
static void append_servers(struct kdc_list *list, const struct kdc_list *more)
{
    for (size_t i = 0; i < more->count && list->count < KDC_LIST_MAX; i++) {
        bool known = false;

        for (size_t k = 0; k < list->count; k++) {
            known = known || (strcmp(list->items[k].address, more->items[i].address) == 0 &&
                              list->items[k].port == more->items[i].port);
        }
        if (!known) {
            list->items[list->count++] = more->items[i];
        }
    }
}

/* The DCs of the domain: those of the client's own site first, as a Windows client has it. */
static void find_servers(struct survey *survey, struct kdc_list *servers,
                         struct netlogon_answer *ping, bool *pinged)
{
    struct live_case *live = survey->live;
    struct arena *arena = &live->evidence->arena;
    struct kdc_list near = {.count = 0};
    /* the domain of a DC that is named without one */
    const struct cli_list *domains = &survey->settings->domains;
    const char *own = domains->count > 0 ? domains->items[0] : live->realm;

    for (size_t i = 0; i < survey->settings->dcs.count; i++) {
        const char *text = survey->settings->dcs.items[i];
        const char *equals = strchr(text, '=');
        const size_t length = equals ? (size_t)(equals - text) : 0;
        const bool ours = equals ? strlen(survey->domain) == length &&
                                       strncasecmp(survey->domain, text, length) == 0
                                 : own && strcasecmp(survey->domain, own) == 0;

        if (ours) {
            survey->named = true;
            live_case_host(live, equals ? equals + 1 : text, &near);
            append_servers(servers, &near);
        }
    }
    if (survey->named) {
        return;
    }
    live_case_servers(live, arena_printf(arena, "_ldap._tcp.dc._msdcs.%s", survey->domain),
                      servers);
    for (size_t i = 0; i < servers->count && i < SERVERS_TRIED && !*pinged; i++) {
        *pinged =
            directory_ping(servers->items[i].address, survey->domain, live->stopper, arena, ping);
    }
    if (*pinged && ping->client_site && ping->client_site[0]) {
        live_case_servers(live,
                          arena_printf(arena, "_ldap._tcp.%s._sites.dc._msdcs.%s",
                                       ping->client_site, survey->domain),
                          &near);
    }
    append_servers(&near, servers);
    *servers = near;
}

/* DNS name of "DC=contoso,DC=lab". */
static const char *forest_of(const struct survey *survey)
{
    const char *root = directory_record(survey->home)->root_context;

    return root ? domain_of_dn(&survey->live->evidence->arena, root) : NULL;
}

/* A global catalog of the forest: on the DC at hand if it is one. */
static void open_catalog(struct survey *survey, const struct kdc_address *home)
{
    const char *forest = forest_of(survey);
    struct kdc_list catalogs = {.count = 0};

    if (!forest) {
        return;
    }
    live_case_servers(survey->live,
                      arena_printf(&survey->live->evidence->arena, "_gc._tcp.%s", forest),
                      &catalogs);
    for (size_t i = 0; i < catalogs.count; i++) {
        if (strcmp(catalogs.items[i].address, home->address) == 0) {
            survey->catalog = open_server(survey, &catalogs.items[i], true, NULL);
            return;
        }
    }
    for (size_t i = 0; i < catalogs.count && i < SERVERS_TRIED && !survey->catalog; i++) {
        survey->catalog = open_server(survey, &catalogs.items[i], true, NULL);
    }
}

/* --every-dc: the SPNs as each of the domain's DCs has them; the first was asked before, unless a
   catalog was. */
static void read_others(struct survey *survey)
{
    if (survey->catalog) {
        owners_find(survey->home, survey->home, survey->live->target, survey->live->evidence);
    }
    for (size_t i = survey->used; i < survey->servers.count; i++) {
        struct directory *other = open_server(survey, &survey->servers.items[i], false, NULL);

        if (other) {
            owners_find(other, other, survey->live->target, survey->live->evidence);
        }
        directory_close(other);
    }
}

/* The first DC of the domain that can be asked. */
static void open_home(struct survey *survey)
{
    struct netlogon_answer ping = {0};
    bool pinged = false;

    survey->servers.count = 0;
    survey->used = 0;
    find_servers(survey, &survey->servers, &ping, &pinged);
    while (survey->used < survey->servers.count && survey->used < SERVERS_TRIED && !survey->home &&
           stopper_left(survey->live->stopper) > 0) {
        survey->home = open_server(survey, &survey->servers.items[survey->used++], false,
                                   pinged ? &ping : NULL);
    }
}

/* A DC of the domain and a global catalog of its forest. */
static void connect_to_domain(struct survey *survey)
{
    open_home(survey);
    if (survey->home) {
        open_catalog(survey, &survey->servers.items[survey->used - 1]);
    }
}

static void disconnect(struct survey *survey)
{
    directory_close(survey->catalog);
    directory_close(survey->home);
    survey->catalog = NULL;
    survey->home = NULL;
}

static bool is_lost(const struct survey *survey)
{
    return (survey->home && directory_is_lost(survey->home)) ||
           (survey->catalog && directory_is_lost(survey->catalog));
}

static void read_client(void *context)
{
    struct survey *survey = context;

    client_find(survey->home, survey->live->principal, survey->live->evidence);
}

static void read_trusts(void *context)
{
    struct survey *survey = context;

    trusts_read(survey->home, survey->live->evidence);
}

static void read_domains(void *context)
{
    struct survey *survey = context;

    domains_read(survey->home, survey->live->evidence);
}

/* Forest trusts are objects of the forest's root, which is seldom the client's domain. */
static void read_root(void *context)
{
    const struct survey *survey = context;
    struct survey root = {.settings = survey->settings, .live = survey->live};

    root.domain = arena_lower(&survey->live->evidence->arena, forest_of(survey));
    open_home(&root);
    if (root.home) {
        trusts_read(root.home, survey->live->evidence);
    }
    disconnect(&root);
}

static void read_once(struct survey *survey, const char *what, const char *of,
                      once_read_function *read)
{
    struct live_case *live = survey->live;
    const char *name = arena_lower(&live->evidence->arena,
                                   arena_printf(&live->evidence->arena, "%s of %s", what, of));

    once_read(survey->once, name, live->evidence, live->case_id, read, survey);
}

/* What does not depend on the MP. */
static void read_domain(struct survey *survey)
{
    const char *forest = forest_of(survey);
    const char *realm = survey->live->realm;

    if (realm && strcasecmp(realm, survey->domain) == 0) {
        read_once(survey, "client", realm, read_client);
    }
    read_once(survey, "trusts", survey->domain, read_trusts);
    if (forest) {
        read_once(survey, "domains", forest, read_domains);
    }
    if (forest && strcasecmp(forest, survey->domain) != 0) {
        read_once(survey, "trusts", forest, read_root);
    }
}

/* The survey of a domain that this thread keeps; a new one where there is none. */
static struct survey *survey_of(struct survey_context *context, struct live_case *live,
                                const char *domain)
{
    struct survey *survey = *live->kept;

    while (survey && strcasecmp(survey->domain, domain) != 0) {
        survey = survey->next;
    }
    if (!survey) {
        survey = arena_alloc(&live->evidence->arena, sizeof(*survey));
        survey->settings = context->settings;
        survey->once = &context->once;
        survey->domain = arena_lower(&live->evidence->arena, domain);
        survey->next = *live->kept;
        *live->kept = survey;
    }
    survey->live = live;
    return survey;
}

/* Connects, and remembers what was seen for the cases that follow. */
static void connect_anew(struct survey *survey)
{
    struct evidence_set *evidence = survey->live->evidence;
    const size_t first = evidence->count;

    disconnect(survey);
    connect_to_domain(survey);
    survey->record_count = evidence->count - first;
    survey->records =
        arena_alloc(&evidence->arena, survey->record_count * sizeof(*survey->records));
    if (survey->record_count > 0) {
        memcpy(survey->records, evidence->records + first,
               survey->record_count * sizeof(*survey->records));
    }
}

/* Takes over what an earlier case of this thread saw when it connected. */
static void take_over(struct survey *survey)
{
    const uint32_t case_id = survey->live->case_id;

    for (size_t i = 0; i < survey->record_count; i++) {
        evidence_share(survey->live->evidence, &survey->records[i], case_id);
    }
    if (survey->home) {
        directory_set_case(survey->home, case_id);
    }
    if (survey->catalog) {
        directory_set_case(survey->catalog, case_id);
    }
}

/* False when DNS knows no DC of the domain. A case asks each domain once. */
static bool survey_domain(struct survey *survey)
{
    struct live_case *live = survey->live;

    if (survey->case_id == live->case_id) {
        return survey->servers.count > 0;
    }
    survey->case_id = live->case_id;
    if (survey->records && !is_lost(survey)) {
        take_over(survey);
    } else {
        connect_anew(survey);
    }
    if (survey->home) {
        owners_find(survey->catalog ? survey->catalog : survey->home, survey->home, live->target,
                    live->evidence);
        if (survey->settings->every_dc) {
            read_others(survey);
        }
        read_domain(survey);
    }
    return survey->servers.count > 0;
}

/* The domain that a host's name lies in, perhaps some labels up: mp.servers.fabrikam.lab. False
   when no domain controller of one is known. */
static bool survey_domain_of(struct survey_context *context, struct live_case *live,
                             const char *host)
{
    const char *dot = names_is_address(host) ? NULL : strchr(host, '.');

    while (dot && dot[1]) {
        const char *domain = dot + 1;

        dot = strchr(domain, '.');
        if (strcasecmp(domain, live->realm) == 0 ||
            survey_domain(survey_of(context, live, domain))) {
            return true;
        }
        if (!dot || !strchr(dot + 1, '.')) {
            break;
        }
    }
    return false;
}

/* The computer that the MP's alias leads to, where the domains asked so far know it. */
static void survey_alias_of(struct survey_context *context, struct live_case *live)
{
    const char *alias = survey_alias(live->evidence, live->target);

    if (!alias) {
        return;
    }
    survey_domain_of(context, live, alias);
    for (struct survey *survey = *live->kept; survey; survey = survey->next) {
        if (survey->case_id == live->case_id && survey->home) {
            computer_find(survey->catalog ? survey->catalog : survey->home, survey->home, alias,
                          live->evidence);
        }
    }
}

void survey_case(void *context, struct live_case *live)
{
    const char *owner;

    if (!live->cache) {
        return; /* the skip records of the exchange say why there is no ticket */
    }
    survey_domain(survey_of(context, live, live->realm));
    if (!survey_domain_of(context, live, live->target)) {
        owner = survey_suffix_owner(live->evidence, live->target);
        if (owner) {
            survey_domain(survey_of(context, live, owner));
        }
    }
    survey_alias_of(context, live);
}

bool survey_published(struct survey_context *context, struct live_case *live,
                      struct site_codes *sites)
{
    struct survey *survey = survey_of(context, live, live->realm);

    connect_to_domain(survey);
    if (survey->home) {
        published_read(survey->home, live->evidence, sites);
    }
    if (survey->catalog) {
        published_read(survey->catalog, live->evidence, sites);
    }
    return survey->home != NULL;
}

void survey_let_go(void *context, void *kept)
{
    (void)context;
    for (struct survey *survey = kept; survey; survey = survey->next) {
        disconnect(survey);
    }
}

void survey_open(const struct cli_settings *settings, struct live_case *live, const char *domain,
                 struct survey_servers *servers_out)
{
    struct survey survey = {.settings = settings, .live = live, .domain = domain};

    connect_to_domain(&survey);
    *servers_out = (struct survey_servers){survey.home, survey.catalog};
}

void survey_close(struct survey_servers *servers)
{
    directory_close(servers->catalog);
    directory_close(servers->home);
    *servers = (struct survey_servers){NULL, NULL};
}
