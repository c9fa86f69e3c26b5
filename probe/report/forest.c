/* SPDX-License-Identifier: Apache-2.0 */
/* For programs and spreadsheets. */
#include "report/forest.h"

#include <string.h>

#include "base/json_writer.h"
#include "report/json_parts.h"
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

static void write_tri(struct json_writer *writer, const char *key, enum evidence_tri tri)
{
    if (tri == TRI_UNKNOWN) {
        writer_null(writer, key);
    } else {
        writer_boolean(writer, key, tri == TRI_YES);
    }
}

static void write_places(struct json_writer *writer, const struct forest_list *list)
{
    writer_array(writer, "forests");
    for (size_t i = 0; i < list->place_count; i++) {
        const struct forest_place *place = &list->places[i];

        writer_object(writer, NULL);
        writer_text(writer, "domain", place->domain);
        writer_text(writer, "forest", place->forest);
        writer_text(writer, "server", place->server);
        write_number(writer, "port", place->port);
        write_number(writer, "accounts", place->accounts);
        write_number(writer, "spns", place->spns);
        writer_object_end(writer);
    }
    writer_array_end(writer);
}

static void write_holding(struct json_writer *writer, const struct forest_holding *holding,
                          enum forest_problem problem)
{
    const struct forest_host *host = holding->host;
    struct arena arena = {0};

    writer_object(writer, NULL);
    writer_text(writer, "problem", forest_problem_word(problem));
    writer_text(writer, "level", finding_level_word(forest_problem_level(problem)));
    writer_text(writer, "finding", finding_type(forest_finding(holding, problem))->name);
    writer_text(writer, "spn", holding->spn);
    writer_text(writer, "account", holding->label);
    writer_text(writer, "domain", holding->domain);
    writer_text(writer, "dn", holding->dn);
    writer_text(writer, "kind", say_account_kind(holding->kind));
    write_tri(writer, "enabled", holding->enabled);
    writer_text(writer, "host", host ? host->name : NULL);
    write_tri(writer, "host_computer", host ? host->computer : TRI_UNKNOWN);
    write_tri(writer, "host_in_dns", host ? host->in_dns : TRI_UNKNOWN);
    writer_text(writer, "fix", forest_fix(&arena, holding));
    writer_text(writer, "undo", forest_undo(&arena, holding));
    writer_object_end(writer);
    arena_release(&arena);
}

static void write_holdings(struct json_writer *writer, const struct forest_list *list)
{
    writer_array(writer, "found");
    for (size_t i = 0; i < list->holding_count; i++) {
        for (enum forest_problem problem = 0; problem < FOREST_PROBLEM_COUNT; problem++) {
            if (forest_has(&list->holdings[i], problem)) {
                write_holding(writer, &list->holdings[i], problem);
            }
        }
    }
    writer_array_end(writer);
}

void forest_json(const struct forest_list *list, struct buffer *out)
{
    struct json_writer writer = {.out = out, .style = JSON_STYLE_INDENTED_ASCII};
    char when[WORDS_SIZE];

    writer_object(&writer, NULL);
    writer_text(&writer, "format", "ccmprobe-spn");
    writer_integer(&writer, "version", LIST_VERSION);
    writer_text(&writer, "program", "ccmprobe " CCMPROBE_VERSION);
    writer_text(&writer, "at", say_time(list->at, when));
    writer_text(&writer, "principal", list->principal);
    write_places(&writer, list);
    writer_text(&writer, "level", finding_level_word(forest_level(list)));
    writer_boolean(&writer, "complete", list->problem == NULL);
    writer_text(&writer, "incomplete_because", list->problem);
    write_holdings(&writer, list);
    writer_object_end(&writer);
    writer_finish(&writer);
}
