/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Runs a fuzz target over every file given and every file of the folders given, and prints how many
 * there were: replay_NAME FILE|FOLDER... Fails when there are none.
 *
 * Each input is also cut at every length up to 2 KiB, in memory of exactly that size, so that a
 * sanitizer sees the first byte read from beyond.
 */
#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "base/buffer.h"
#include "base/file.h"
#include "tests/fuzz/fuzz.h"

enum { SIZE_LIMIT = 16 * 1024 * 1024, CUT_LIMIT = 2048 };

static void run(const struct buffer *content, size_t length)
{
    uint8_t *copy = malloc(length > 0 ? length : 1);

    if (!copy) {
        abort();
    }
    if (length > 0) {
        memcpy(copy, content->data, length);
    }
    LLVMFuzzerTestOneInput(copy, length);
    free(copy);
}

static int replay_file(const char *path)
{
    struct buffer content = {0};
    struct ccm_error error = {{0}};

    if (file_read(path, SIZE_LIMIT, &content, &error) != CCM_OK) {
        fprintf(stderr, "%s\n", error.text);
        exit(1);
    }
    for (size_t length = 0; length < content.length && length < CUT_LIMIT; length++) {
        run(&content, length);
    }
    run(&content, content.length);
    buffer_release(&content);
    return 1;
}

static int replay_folder(const char *path)
{
    DIR *folder = opendir(path);
    struct dirent *entry;
    int count = 0;

    while (folder && (entry = readdir(folder))) {
        struct buffer name = {0};

        buffer_printf(&name, "%s/%s", path, entry->d_name);
        if (entry->d_name[0] != '.') {
            count += replay_file(name.data);
        }
        buffer_release(&name);
    }
    if (folder) {
        closedir(folder);
    }
    return count;
}

int main(int argc, char **argv)
{
    int count = 0;

    for (int i = 1; i < argc; i++) {
        struct stat there;
        int is_folder = stat(argv[i], &there) == 0 && S_ISDIR(there.st_mode);

        count += is_folder ? replay_folder(argv[i]) : replay_file(argv[i]);
    }
    printf("%d inputs\n", count);
    return count > 0 ? 0 : 1;
}
