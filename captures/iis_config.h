/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What is configured in IIS: applicationHost.config (IIS 7 and later) and MetaBase.xml (IIS 6).
 *
 * Read with libxml2 as a stream: nothing is fetched, no entity is expanded (a document that
 * declares one is refused unread), depth and size are bounded.
 */
#ifndef CCM_CAPTURES_IIS_CONFIG_H
#define CCM_CAPTURES_IIS_CONFIG_H

#include <stddef.h>

#include "base/arena.h"
#include "evidence/disk.h"

/* A server with thousands of sites has some megabytes. */
enum { IIS_CONFIG_LIMIT = 32 * 1024 * 1024 };

enum iis_kind {
    IIS_POOL, /* an application pool */
    IIS_WEB,  /* an application or a virtual directory */
};

struct iis_object {
    enum iis_kind kind;
    const char *name;  /* "SMS_MP" of /SMS_MP; of a pool its name */
    const char *place; /* "Default Web Site/SMS_MP", "/LM/W3SVC/1/ROOT/SMS_MP" */
    const char *type;  /* of IIS_WEB in IIS 7: "application" or "virtual directory"; else NULL */
};

struct iis_config {
    struct iis_object *items;
    size_t count;
    enum source_state state; /* SOURCE_READ, SOURCE_OTHER, SOURCE_DAMAGED (what stood before the
                                damage is there) */
    const char *problem;     /* static, or NULL */
};

/* Reads either kind, told apart by its content. Texts go to `arena`, as they stand (UTF-8). */
void iis_config_read(struct arena *arena, const void *bytes, size_t length,
                     struct iis_config *config_out);

#endif
