/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/survey.h"

#include <ctype.h>
#include <string.h>
#include <strings.h>

#include "ldap/connection.h"
#include "ldap/owners.h"
#include "ldap/ping.h"
#include "ldap/trusts.h"
#include "live/names.h"

enum { SERVERS_TRIED = 3 }; /* DCs of a domain, before it is given up */

/* One domain being asked about. */
struct survey {
    const struct cli_settings *settings;
    struct live_case *live;
    const char *domain; /* lower case */
    bool named;         /* the user named its DC, perhaps with a port */
    struct directory *home;
    struct directory *catalog;
};

static char *lower(struct arena *arena, const char *text)
{
    char *copy = arena_strdup(arena, text);

    for (char *c = copy; c && *c; c++) {
        *c = (char)tolower((unsigned char)*c);
    }
    return copy;
}

static struct directory *open_server(struct survey *survey, const struct kdc_address *server,
                                     bool global_catalog, const struct netlogon_answer *ping)
{
    struct live_case *live = survey->live;
    struct directory_settings settings = {
        .security = (enum directory_security)survey->settings->ldap_security,
        .cache = live->cache,
        .ca_file = survey->settings->ca_file,
        .insecure = survey->settings->insecure,
        .stopper = live->stopper,
        .case_id = live->case_id,
    };
    struct directory_address address = {
        .host_name = lower(&live->evidence->arena, server->host),
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
            known = known || strcmp(list->items[k].address, more->items[i].address) == 0;
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
    const char *own = survey->settings->domain ? survey->settings->domain : live->realm;

    for (size_t i = 0; i < survey->settings->dcs.count; i++) {
        const char *text = survey->settings->dcs.items[i];
        const char *equals = strchr(text, '=');
        const size_t length = equals ? (size_t)(equals - text) : 0;
        const bool ours = equals ? strlen(survey->domain) == length &&
                                       strncasecmp(survey->domain, text, length) == 0
                                 : own && strcasecmp(survey->domain, own) == 0;

        if (ours) {
            survey->named = true;
            live_case_host(live, equals ? equals + 1 : text, servers);
            return;
        }
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
static const char *forest_of(struct survey *survey)
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

/* The name of the client's account: "WK01$" of "WK01$@CONTOSO.LAB". */
static const char *account_name(const struct live_case *live)
{
    const char *at = strrchr(live->principal, '@');

    return arena_strndup(&live->evidence->arena, live->principal,
                         at ? (size_t)(at - live->principal) : strlen(live->principal));
}

static void read_home(struct survey *survey)
{
    struct evidence_set *evidence = survey->live->evidence;
    const char *realm = survey->live->realm;

    owners_find(survey->catalog ? survey->catalog : survey->home, survey->home,
                survey->live->target, evidence);
    if (realm && strcasecmp(realm, survey->domain) == 0) {
        client_find(survey->home, account_name(survey->live), evidence);
    }
    trusts_read(survey->home, evidence);
    domains_read(survey->home, evidence);
}

/* --every-dc: the SPNs as each of the domain's DCs has them; the first was asked in read_home,
   unless a catalog was. */
static void read_others(struct survey *survey, const struct kdc_list *servers, size_t from)
{
    if (survey->catalog) {
        owners_find(survey->home, survey->home, survey->live->target, survey->live->evidence);
    }
    for (size_t i = from; i < servers->count; i++) {
        struct directory *other = open_server(survey, &servers->items[i], false, NULL);

        if (other) {
            owners_find(other, other, survey->live->target, survey->live->evidence);
        }
        directory_close(other);
    }
}

/* The first DC of the domain that can be asked; the number of those that were tried. */
static size_t open_home(struct survey *survey, struct kdc_list *servers)
{
    struct netlogon_answer ping = {0};
    bool pinged = false;
    size_t used = 0;

    find_servers(survey, servers, &ping, &pinged);
    while (used < servers->count && used < SERVERS_TRIED && !survey->home &&
           stopper_left(survey->live->stopper) > 0) {
        survey->home = open_server(survey, &servers->items[used++], false, pinged ? &ping : NULL);
    }
    return used;
}

/* Forest trusts are objects of the forest's root, which is seldom the client's domain. */
static void read_root(const struct survey *survey, const char *forest)
{
    struct survey root = {.settings = survey->settings, .live = survey->live};
    struct kdc_list servers = {.count = 0};

    root.domain = lower(&survey->live->evidence->arena, forest);
    open_home(&root, &servers);
    if (root.home) {
        trusts_read(root.home, survey->live->evidence);
    }
    directory_close(root.home);
}

/* Connects to a DC and a global catalog; gives all DCs, and how many of them were tried. */
static size_t open_servers(struct survey *survey, struct kdc_list *servers)
{
    const size_t used = open_home(survey, servers);

    if (survey->home) {
        open_catalog(survey, &servers->items[used - 1]);
    }
    return used;
}

/* False when DNS knows no DC of the domain. */
static bool survey_domain(struct survey *survey)
{
    struct kdc_list servers = {.count = 0};
    const size_t used = open_servers(survey, &servers);

    if (survey->home) {
        const char *forest = forest_of(survey);

        read_home(survey);
        if (forest && strcasecmp(forest, survey->domain) != 0) {
            read_root(survey, forest);
        }
        if (survey->settings->every_dc) {
            read_others(survey, &servers, used);
        }
    }
    directory_close(survey->catalog);
    directory_close(survey->home);
    survey->catalog = survey->home = NULL;
    return servers.count > 0;
}

void survey_open(const struct cli_settings *settings, struct live_case *live, const char *domain,
                 struct survey_servers *servers_out)
{
    struct survey survey = {.settings = settings, .live = live, .domain = domain};
    struct kdc_list servers = {.count = 0};

    open_servers(&survey, &servers);
    *servers_out = (struct survey_servers){survey.home, survey.catalog};
}

void survey_close(struct survey_servers *servers)
{
    directory_close(servers->catalog);
    directory_close(servers->home);
    *servers = (struct survey_servers){NULL, NULL};
}

void survey_directory(void *context, struct live_case *live)
{
    const struct cli_settings *settings = context;
    struct arena *arena = &live->evidence->arena;
    struct survey first = {.settings = settings, .live = live};
    struct survey second = first;
    const char *dot = names_is_address(live->target) ? NULL : strchr(live->target, '.');

    if (!live->cache) {
        return; /* the skip records of the exchange say why there is no ticket */
    }
    first.domain = lower(arena, live->realm);
    survey_domain(&first);
    /* The MP's name may lie below its domain's: mp.servers.fabrikam.lab. */
    while (dot && dot[1] && strcasecmp(dot + 1, live->realm) != 0) {
        second.domain = lower(arena, dot + 1);
        dot = strchr(dot + 1, '.');
        if (survey_domain(&second) || !dot || !strchr(dot + 1, '.')) {
            break;
        }
    }
}
