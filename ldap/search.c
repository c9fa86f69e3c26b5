/* SPDX-License-Identifier: Apache-2.0 */
#include "ldap/search.h"

#include "ldap/reader.h"

bool directory_search(struct directory *directory, const struct directory_query *query,
                      directory_entry_function *function, void *context,
                      struct evidence_set *evidence)
{
    struct reader reader = {.function = function, .context = context};

    reader_start(&reader, directory, query, evidence);
    while (reader.id >= 0 && reader_step(&reader) == READER_WAITS) {
        directory_pause(directory, reader.heard);
    }
    return reader_end(&reader);
}
