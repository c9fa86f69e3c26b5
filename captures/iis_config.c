/* SPDX-License-Identifier: Apache-2.0 */
#include "captures/iis_config.h"

#include <libxml/xmlreader.h>
#include <string.h>
#include <strings.h>

/* Below XML_PARSE_HUGE's limits, which libxml2 keeps by itself. */
enum {
    DEPTH_LIMIT = 32,
    OBJECT_LIMIT = 100000,
    READ_OPTIONS = XML_PARSE_NONET | XML_PARSE_NOERROR | XML_PARSE_NOWARNING
};

struct iis_reader {
    struct arena *arena;
    struct iis_config *config;
    xmlTextReaderPtr xml;
    bool known;       /* the root element is that of IIS */
    const char *site; /* of applicationHost.config: the site and the application that is open */
    const char *application;
    bool pools; /* inside <applicationPools> */
};

/* "<!DOCTYPE" and "<!ENTITY" in ASCII and in either UTF-16. */
static bool declares(const char *bytes, size_t length, const char *word)
{
    char wide[2 * 16];
    const size_t size = strlen(word);

    if (memmem(bytes, length, word, size)) {
        return true;
    }
    for (size_t i = 0; i < size; i++) {
        wide[2 * i] = word[i];
        wide[2 * i + 1] = '\0';
    }
    /* Without its last byte, it is found in big-endian text as well. */
    return memmem(bytes, length, wide, 2 * size - 1) != NULL;
}

static const char *attribute(struct iis_reader *reader, const char *name)
{
    xmlChar *value = xmlTextReaderGetAttribute(reader->xml, (const xmlChar *)name);
    const char *copy = arena_strdup(reader->arena, (const char *)value);

    xmlFree(value);
    return copy;
}

/* The last component of a path. */
static const char *last_name(const char *path)
{
    const char *slash = strrchr(path, '/');

    return slash ? slash + 1 : path;
}

static bool add(struct iis_reader *reader, enum iis_kind kind, const char *place, const char *type)
{
    struct iis_config *config = reader->config;
    void *items = config->items;
    struct iis_object *object;

    if (config->count >= OBJECT_LIMIT) {
        config->problem = "more objects than are read";
        return false;
    }
    object = arena_push(reader->arena, &items, &config->count, sizeof(*object));
    config->items = items;
    *object =
        (struct iis_object){.kind = kind, .name = last_name(place), .place = place, .type = type};
    return true;
}

static bool ends_with(const char *text, const char *end)
{
    const size_t length = strlen(text);

    return length >= strlen(end) && strcasecmp(text + length - strlen(end), end) == 0;
}

/* MetaBase.xml: <IIsWebVirtualDir Location="/LM/W3SVC/1/ROOT/SMS_MP" ...>. Virtual directories that
   became folders or applications have other types; the root of a site is none of them. */
static bool read_metabase(struct iis_reader *reader, const char *element)
{
    const char *location = NULL;

    if (strcmp(element, "IIsApplicationPool") == 0) {
        location = attribute(reader, "Location");
        return !location || add(reader, IIS_POOL, location, NULL);
    }
    if (strcmp(element, "IIsWebVirtualDir") == 0 || strcmp(element, "IIsWebDirectory") == 0) {
        location = attribute(reader, "Location");
        return !location || ends_with(location, "/ROOT") || add(reader, IIS_WEB, location, NULL);
    }
    return true;
}

/* A path of an application or virtual directory below the site; "/" is the site's own. */
static bool add_path(struct iis_reader *reader, const char *above, const char *path)
{
    const char *place;

    if (!path || strcmp(path, "/") == 0) {
        return true;
    }
    place = arena_printf(reader->arena, "%s%s%s", reader->site ? reader->site : "?",
                         above && strcmp(above, "/") != 0 ? above : "", path);
    return add(reader, IIS_WEB, place, above ? "virtual directory" : "application");
}

static bool read_application_host(struct iis_reader *reader, const char *element)
{
    const char *name;

    if (strcmp(element, "applicationPools") == 0) {
        reader->pools = true;
    } else if (strcmp(element, "sites") == 0) {
        reader->pools = false;
    } else if (reader->pools && strcmp(element, "add") == 0) {
        name = attribute(reader, "name");
        return !name || add(reader, IIS_POOL, name, NULL);
    } else if (strcmp(element, "site") == 0) {
        reader->site = attribute(reader, "name");
    } else if (strcmp(element, "application") == 0 && reader->site) {
        reader->application = attribute(reader, "path");
        return add_path(reader, NULL, reader->application);
    } else if (strcmp(element, "virtualDirectory") == 0 && reader->site) {
        return add_path(reader, reader->application ? reader->application : "/",
                        attribute(reader, "path"));
    }
    return true;
}

/* One node of the document; false ends the reading. */
static bool read_node(struct iis_reader *reader)
{
    const int type = xmlTextReaderNodeType(reader->xml);
    const int depth = xmlTextReaderDepth(reader->xml);
    const char *name = (const char *)xmlTextReaderConstLocalName(reader->xml);

    if (depth > DEPTH_LIMIT || type == XML_READER_TYPE_DOCUMENT_TYPE) {
        reader->config->problem = "nested deeper than a configuration is";
        return false;
    }
    if (type == XML_READER_TYPE_END_ELEMENT && name && strcmp(name, "applicationPools") == 0) {
        reader->pools = false;
    }
    if (type != XML_READER_TYPE_ELEMENT || !name) {
        return true;
    }
    if (depth == 0) {
        reader->known = strcmp(name, "configuration") == 0;
        return reader->known;
    }
    return read_metabase(reader, name) && read_application_host(reader, name);
}

void iis_config_read(struct arena *arena, const void *bytes, size_t length,
                     struct iis_config *config_out)
{
    struct iis_reader reader = {.arena = arena, .config = config_out};
    int more = 1;
    bool stopped = false;

    *config_out = (struct iis_config){.state = SOURCE_OTHER};
    if (length == 0 || length > IIS_CONFIG_LIMIT) {
        return;
    }
    if (declares(bytes, length, "<!DOCTYPE") || declares(bytes, length, "<!ENTITY")) {
        config_out->problem = "declares entities, which no configuration does";
        return;
    }
    reader.xml = xmlReaderForMemory(bytes, (int)length, NULL, NULL, READ_OPTIONS);
    while (reader.xml && !stopped && (more = xmlTextReaderRead(reader.xml)) == 1) {
        stopped = !read_node(&reader);
    }
    if (reader.known) {
        config_out->state = more == 0 ? SOURCE_READ : SOURCE_DAMAGED;
        if (more != 0 && !config_out->problem) {
            config_out->problem = "the XML ends before its end, or contradicts itself";
        }
    }
    xmlFreeTextReader(reader.xml);
}
