/* SPDX-License-Identifier: Apache-2.0 */
/* Files below a folder, and the ways out of it that are not taken. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/file.h"
#include "captures/tree.h"

static void write_text(const char *path)
{
    struct buffer text = {0};
    struct ccm_error error = {{0}};

    buffer_puts(&text, "x");
    assert_int_equal(file_write(path, &text, &error), CCM_OK);
    buffer_release(&text);
}

/* tree/file, tree/folder/file, tree/pipe, and links within the tree and out of it. */
static int make_tree(void **state)
{
    (void)state;
    mkdir("tree", 0700);
    mkdir("tree/folder", 0700);
    mkdir("outside", 0700);
    write_text("tree/file");
    write_text("tree/folder/file");
    write_text("outside/file");
    return (mkfifo("tree/pipe", 0600) == 0 || access("tree/pipe", F_OK) == 0) &&
                   (symlink("../outside", "tree/out") == 0 || access("tree/out", F_OK) == 0) &&
                   (symlink("folder", "tree/in") == 0 || access("tree/in", F_OK) == 0) &&
                   (symlink("../outside/file", "tree/link") == 0 || access("tree/link", F_OK) == 0)
               ? 0
               : -1;
}

static void test_open(void **state)
{
    static const struct {
        const char *path;
        enum source_state state;
    } cases[] = {
        {"file", SOURCE_READ},         {"folder/file", SOURCE_READ}, {"none", SOURCE_MISSING},
        {"none/file", SOURCE_MISSING}, {"link", SOURCE_LINK},        {"out/file", SOURCE_LINK},
        {"in/file", SOURCE_LINK},      {"pipe", SOURCE_OTHER},       {"folder", SOURCE_OTHER},
        {"file/file", SOURCE_LINK},
    };
    struct ccm_error error = {{0}};
    const int folder = tree_open("tree", &error);

    (void)state;
    assert_true(folder >= 0);
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        enum source_state found = SOURCE_UNKNOWN;
        const int fd = tree_open_file(folder, cases[i].path, &found);

        print_message("%s\n", cases[i].path);
        assert_int_equal(found, cases[i].state);
        assert_int_equal(fd >= 0, cases[i].state == SOURCE_READ);
        if (fd >= 0) {
            close(fd);
        }
    }
    close(folder);
}

struct seen {
    struct buffer paths;
};

static void note(void *context, const struct tree_entry *entry)
{
    struct seen *seen = context;

    buffer_printf(&seen->paths, "%s:%d ", entry->path, entry->depth);
    assert_string_equal(entry->name,
                        strrchr(entry->path, '/') ? strrchr(entry->path, '/') + 1 : entry->path);
}

/* In the order of names; links are named and not entered. */
static void test_walk(void **state)
{
    struct ccm_error error = {{0}};
    const int folder = tree_open("tree", &error);
    struct seen seen = {.paths = {0}};
    struct arena arena = {0};
    struct tree_walk walk;

    (void)state;
    tree_walk(folder, &arena, note, &seen, &walk);
    assert_string_equal(buffer_text(&seen.paths),
                        "file:0 folder:0 folder/file:1 in:0 link:0 out:0 pipe:0 ");
    assert_int_equal(walk.entries, 7);
    assert_int_equal(walk.unread, 0);
    assert_false(walk.limit);
    buffer_release(&seen.paths);
    arena_release(&arena);
    close(folder);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_open),
        cmocka_unit_test(test_walk),
    };

    return cmocka_run_group_tests(tests, make_tree, NULL);
}
