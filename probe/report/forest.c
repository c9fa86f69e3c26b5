/* SPDX-License-Identifier: Apache-2.0 */
/* For programs and spreadsheets. */
#include "report/forest.h"

#include <jansson.h>
#include <stdlib.h>
#include <string.h>

#include "report/remedy.h"
#include "report/words.h"

enum { LIST_VERSION = 1 };

static const char *command(struct arena *arena, const struct forest_holding *holding,
                           const char *words)
{
    const struct finding_argument arguments[] = {{"spn", holding->spn},
                                                 {"account", holding->label}};
    const struct finding finding = {.arguments = arguments, .argument_count = 2};

    return finding_expand(arena, remedy_finding(arena, &finding), words);
}

const char *forest_fix(struct arena *arena, const struct forest_holding *holding)
{
    return command(arena, holding, "setspn -D {spn} {account}");
}

const char *forest_undo(struct arena *arena, const struct forest_holding *holding)
{
    return command(arena, holding, "setspn -S {spn} {account}");
}

void csv_field(const char *text, struct buffer *out)
{
    const bool formula = text[0] != '\0' && strchr("=+-@\t\r", text[0]);
    const bool quoted = strpbrk(text, ",\"\r\n") != NULL;

    buffer_puts(out, quoted ? "\"" : "");
    buffer_puts(out, formula ? "'" : "");
    for (const char *at = text; *at; at++) {
        buffer_puts(out, *at == '"' ? "\"" : "");
        buffer_putc(out, *at);
    }
    buffer_puts(out, quoted ? "\"" : "");
}

static const char *tri_word(enum evidence_tri tri)
{
    return tri == TRI_YES ? "yes" : tri == TRI_NO ? "no" : "";
}

static void csv_line(const struct forest_holding *holding, enum forest_problem problem,
                     struct buffer *out)
{
    const struct forest_host *host = holding->host;
    struct arena arena = {0};
    const char *const fields[] = {
        forest_problem_word(problem),
        finding_level_word(forest_problem_level(problem)),
        finding_type(forest_finding(holding, problem))->name,
        holding->spn,
        holding->label,
        holding->domain,
        say_account_kind(holding->kind),
        tri_word(holding->enabled),
        host ? host->name : "",
        host ? tri_word(host->computer) : "",
        host ? tri_word(host->in_dns) : "",
        forest_fix(&arena, holding),
        forest_undo(&arena, holding),
        holding->dn,
    };

    for (size_t i = 0; i < sizeof(fields) / sizeof(fields[0]); i++) {
        buffer_puts(out, i > 0 ? "," : "");
        csv_field(fields[i] ? fields[i] : "", out);
    }
    buffer_puts(out, "\r\n");
    arena_release(&arena);
}

void forest_csv(const struct forest_list *list, struct buffer *out)
{
    buffer_puts(out, "problem,level,finding,spn,account,domain,kind,enabled,host,host_computer,"
                     "host_in_dns,fix,undo,dn\r\n");
    for (size_t i = 0; i < list->holding_count; i++) {
        for (enum forest_problem problem = 0; problem < FOREST_PROBLEM_COUNT; problem++) {
            if (forest_has(&list->holdings[i], problem)) {
                csv_line(&list->holdings[i], problem, out);
            }
        }
    }
}

static json_t *text_or_null(const char *text)
{
    json_t *value = text ? json_string(text) : json_null();

    return value ? value : json_null();
}

static json_t *tri_or_null(enum evidence_tri tri)
{
    return tri == TRI_UNKNOWN ? json_null() : json_boolean(tri == TRI_YES);
}

static json_t *number_or_null(int64_t number)
{
    return number == EVIDENCE_UNKNOWN ? json_null() : json_integer(number);
}

static json_t *places_to_json(const struct forest_list *list)
{
    json_t *array = json_array();

    for (size_t i = 0; i < list->place_count; i++) {
        const struct forest_place *place = &list->places[i];
        json_t *object = json_object();

        json_object_set_new(object, "domain", text_or_null(place->domain));
        json_object_set_new(object, "forest", text_or_null(place->forest));
        json_object_set_new(object, "server", text_or_null(place->server));
        json_object_set_new(object, "port", number_or_null(place->port));
        json_object_set_new(object, "accounts", number_or_null(place->accounts));
        json_object_set_new(object, "spns", number_or_null(place->spns));
        json_array_append_new(array, object);
    }
    return array;
}

static json_t *holding_to_json(const struct forest_holding *holding, enum forest_problem problem)
{
    const struct forest_host *host = holding->host;
    struct arena arena = {0};
    json_t *object = json_object();

    json_object_set_new(object, "problem", json_string(forest_problem_word(problem)));
    json_object_set_new(object, "level",
                        json_string(finding_level_word(forest_problem_level(problem))));
    json_object_set_new(object, "finding",
                        json_string(finding_type(forest_finding(holding, problem))->name));
    json_object_set_new(object, "spn", text_or_null(holding->spn));
    json_object_set_new(object, "account", text_or_null(holding->label));
    json_object_set_new(object, "domain", text_or_null(holding->domain));
    json_object_set_new(object, "dn", text_or_null(holding->dn));
    json_object_set_new(object, "kind", json_string(say_account_kind(holding->kind)));
    json_object_set_new(object, "enabled", tri_or_null(holding->enabled));
    json_object_set_new(object, "host", text_or_null(host ? host->name : NULL));
    json_object_set_new(object, "host_computer", tri_or_null(host ? host->computer : TRI_UNKNOWN));
    json_object_set_new(object, "host_in_dns", tri_or_null(host ? host->in_dns : TRI_UNKNOWN));
    json_object_set_new(object, "fix", text_or_null(forest_fix(&arena, holding)));
    json_object_set_new(object, "undo", text_or_null(forest_undo(&arena, holding)));
    arena_release(&arena);
    return object;
}

static json_t *holdings_to_json(const struct forest_list *list)
{
    json_t *array = json_array();

    for (size_t i = 0; i < list->holding_count; i++) {
        for (enum forest_problem problem = 0; problem < FOREST_PROBLEM_COUNT; problem++) {
            if (forest_has(&list->holdings[i], problem)) {
                json_array_append_new(array, holding_to_json(&list->holdings[i], problem));
            }
        }
    }
    return array;
}

void forest_json(const struct forest_list *list, struct buffer *out)
{
    json_t *root = json_object();
    char when[WORDS_SIZE];
    char *text;

    json_object_set_new(root, "format", json_string("ccmprobe-spn"));
    json_object_set_new(root, "version", json_integer(LIST_VERSION));
    json_object_set_new(root, "program", json_string("ccmprobe " CCMPROBE_VERSION));
    json_object_set_new(root, "at", json_string(say_time(list->at, when)));
    json_object_set_new(root, "principal", text_or_null(list->principal));
    json_object_set_new(root, "forests", places_to_json(list));
    json_object_set_new(root, "level", json_string(finding_level_word(forest_level(list))));
    json_object_set_new(root, "complete", json_boolean(list->problem == NULL));
    json_object_set_new(root, "incomplete_because", text_or_null(list->problem));
    json_object_set_new(root, "found", holdings_to_json(list));
    text = json_dumps(root, JSON_INDENT(2) | JSON_ENSURE_ASCII);
    json_decref(root);
    if (!text) {
        abort();
    }
    buffer_printf(out, "%s\n", text);
    free(text);
}
