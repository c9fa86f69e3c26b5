/* SPDX-License-Identifier: Apache-2.0 */
#include "report/json_clients.h"

#include "base/clock.h"
#include "report/json_parts.h"
#include "report/words_clients.h"

/* "" is null, too. */
static void write_text(struct json_writer *writer, const char *key, const char *text)
{
    writer_text(writer, key, text && text[0] != '\0' ? text : NULL);
}

static void write_name(struct json_writer *writer, const char *name, const struct client *client,
                       enum client_key_kind kind)
{
    const struct client_key *key = client_key(client, kind);

    write_text(writer, name, key ? key->shown : NULL);
}

static void write_keys(struct json_writer *writer, const struct client *client)
{
    writer_array(writer, "keys");
    for (size_t i = 0; i < client->key_count; i++) {
        const struct client_key *key = &client->keys[i];

        writer_object(writer, NULL);
        writer_text(writer, "kind", say_key_kind(key->kind));
        writer_text(writer, "text", key->shown);
        writer_boolean(writer, "shared", key->shared);
        writer_integer(writer, "evidence", key->record->id);
        writer_object_end(writer);
    }
    writer_array_end(writer);
}

static void write_fact(struct json_writer *writer, const char *key, const struct client_fact *fact)
{
    const bool known = fact->record != NULL;
    const struct evidence_place *place = &fact->place;
    char when[CLOCK_TEXT_SIZE] = "";

    if (known && fact->at != EVIDENCE_UNKNOWN) {
        clock_format(fact->at, when);
    }
    writer_object(writer, key);
    write_text(writer, "answer", say_answer(fact->answer));
    write_text(writer, "at", when);
    write_number(writer, "evidence", known ? fact->record->id : EVIDENCE_UNKNOWN);
    write_text(writer, "source", known ? place->source : NULL);
    write_number(writer, "frame",
                 !known                                   ? EVIDENCE_UNKNOWN
                 : place->reply_frame != EVIDENCE_UNKNOWN ? place->reply_frame
                                                          : place->frame);
    write_number(writer, "line", known ? place->line : EVIDENCE_UNKNOWN);
    writer_object_end(writer);
}

static void write_root(struct json_writer *writer, const struct client_row *row)
{
    const struct finding_type *type = row->root ? finding_type(row->root->id) : NULL;
    struct arena arena = {0};

    if (!type) {
        writer_null(writer, "root_cause");
        return;
    }
    writer_object(writer, "root_cause");
    writer_text(writer, "id", type->name);
    writer_text(writer, "title", finding_expand(&arena, row->root, type->title));
    writer_text(writer, "confidence", finding_confidence_word(row->root->confidence));
    writer_integer(writer, "case", row->judged->view.case_id);
    writer_object_end(writer);
    arena_release(&arena);
}

static void write_row(struct json_writer *writer, const struct client_row *row)
{
    const struct client *client = row->client;

    writer_object(writer, NULL);
    writer_text(writer, "client", client_label(client));
    write_name(writer, "fqdn", client, CLIENT_FQDN);
    write_name(writer, "address", client, CLIENT_ADDRESS);
    write_text(writer, "guid", row->guid ? row->guid->text : NULL);
    if (row->guid) {
        writer_boolean(writer, "guid_shared", row->guid->shared);
    } else {
        writer_null(writer, "guid_shared");
    }
    writer_text(writer, "level", finding_level_word(row->level));
    write_fact(writer, "signed_in", &row->signed_in);
    write_fact(writer, "registered", &row->registered);
    write_fact(writer, "approved", &row->approved);
    write_root(writer, row);
    writer_array(writer, "cases");
    for (size_t i = 0; i < client->case_count; i++) {
        writer_integer(writer, NULL, client->cases[i]);
    }
    writer_array_end(writer);
    write_records(writer, "identity_files", client->sightings, client->sighting_count);
    write_records(writer, "duplicates", client->duplicates, client->duplicate_count);
    write_keys(writer, client);
    writer_object_end(writer);
}

void clients_write(const struct judgement *judgement, struct json_writer *writer)
{
    struct arena arena = {0};
    struct client_rows rows;

    client_rows_make(judgement, &arena, &rows);
    writer_array(writer, "clients");
    for (size_t i = 0; i < rows.count; i++) {
        write_row(writer, &rows.items[i]);
    }
    writer_array_end(writer);
    arena_release(&arena);
}

static void write_link(struct json_writer *writer, const struct clock_link *link)
{
    writer_object(writer, NULL);
    writer_text(writer, "source", link->source);
    writer_text(writer, "other", link->other);
    writer_text(writer, "client", link->client ? client_label(link->client) : NULL);
    write_number(writer, "low_us", link->low_us);
    write_number(writer, "high_us", link->high_us);
    write_number(writer, "offset_us", link->offset_us);
    write_number(writer, "uncertainty_us", link->uncertainty_us);
    writer_integer(writer, "pairs", (int64_t)link->pairs);
    writer_integer(writer, "agreeing", (int64_t)link->agreeing);
    write_number(writer, "zone_minutes",
                 link->zone_minutes ? link->zone_minutes : EVIDENCE_UNKNOWN);
    write_records(writer, "evidence", link->records, 2);
    writer_object_end(writer);
}

void clocks_write(const struct clock_links *links, struct json_writer *writer)
{
    writer_array(writer, "clocks");
    for (size_t i = 0; i < links->count; i++) {
        write_link(writer, &links->items[i]);
    }
    writer_array_end(writer);
}
