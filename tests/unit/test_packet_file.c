/* SPDX-License-Identifier: Apache-2.0 */
/* The readers of capture files: what they say of good, damaged and foreign files. That the frames
   are those that were written, tests/captures/formats.py compares. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "captures/packet_file.h"
#include "hostile.h"

static void test_seeds(void **state)
{
    static const struct {
        const char *name;
        const char *format;
        const char *compression;
        uint64_t frames;
    } cases[] = {
        {"capture/pcap-le", "pcap", NULL, 8},
        {"capture/pcap-ns-be", "pcap", NULL, 8},
        {"capture/pcapng-mixed", "pcapng", NULL, 18},
        {"capture/pcap-gzip-twice", "pcap", "gzip", 8},
        {"capture/pcapng-zstd", "pcapng", "zstd", 18},
        {"capture/netmon-gzip", "Network Monitor 2.3", "gzip", 8},
        {"netmon/netmon-2.0", "Network Monitor 2.0 (local time)", NULL, 8},
        {"netmon/netmon-2.3", "Network Monitor 2.3", NULL, 8},
    };

    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct buffer seed = hostile_seed(cases[i].name);
        struct packet_file *file;
        struct frame frame = {0};
        struct ccm_error error;

        assert_int_equal(
            packet_file_of_input(input_of_memory(seed.data, seed.length), "seed", &file, &error),
            CCM_OK);
        while (packet_file_next(file, &frame)) {}
        assert_int_equal(frame.number, cases[i].frames);
        assert_string_equal(packet_file_format(file), cases[i].format);
        if (cases[i].compression) {
            assert_string_equal(input_compression(packet_file_input(file)), cases[i].compression);
        } else {
            assert_null(input_compression(packet_file_input(file)));
        }
        assert_null(packet_file_problem(file));
        packet_file_close(file);
        buffer_release(&seed);
    }
}

static uint64_t last_frames;
static unsigned clean_ends;

/* A longer part never has fewer frames; one that ends between two records is whole as far as one
   can see, any other has a problem. */
static void read_part(const void *bytes, size_t length)
{
    struct packet_file *file;
    struct frame frame = {0};
    struct ccm_error error;

    if (packet_file_of_input(input_of_memory(bytes, length), "part", &file, &error) != CCM_OK) {
        return;
    }
    while (packet_file_next(file, &frame)) {}
    assert_true(frame.number >= last_frames);
    last_frames = frame.number;
    clean_ends += packet_file_problem(file) == NULL;
    packet_file_close(file);
}

static void read_any(const void *bytes, size_t length)
{
    struct packet_file *file;
    struct frame frame = {0};
    struct ccm_error error;
    uint8_t sum = 0;

    if (packet_file_of_input(input_of_memory(bytes, length), "any", &file, &error) != CCM_OK) {
        return;
    }
    while (packet_file_next(file, &frame)) {
        for (uint32_t i = 0; i < frame.captured; i++) {
            sum ^= frame.bytes[i];
        }
    }
    __asm__ volatile("" : : "r"(sum));
    packet_file_close(file);
}

static void test_damage(void **state)
{
    static const struct {
        const char *name;
        unsigned clean_ends;
    } cases[] = {
        {"capture/pcap-be", 9},       /* behind the header and behind each frame */
        {"capture/pcapng-old", 10},   /* and behind the interface */
        {"capture/pcapng-mixed", 30}, /* two sections of 15 blocks */
        {"netmon/netmon-2.3", 33},    /* in the table (32 bytes), all frames are there */
        {"capture/pcap-gzip", 1},     /* without its trailer it is cut short */
    };

    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct buffer seed = hostile_seed(cases[i].name);

        last_frames = 0;
        clean_ends = 0;
        hostile_cut(seed.data, seed.length, read_part);
        if (clean_ends != cases[i].clean_ends) {
            fail_msg("%s: %u clean ends", cases[i].name, clean_ends);
        }
        hostile_flip(seed.data, seed.length, read_any);
        buffer_release(&seed);
    }
}

/* Reads the first `cut` bytes of a seed, with `value` put at `at` unless that is 0. */
static void check_problem(const char *name, size_t cut, size_t at, uint32_t value, uint64_t frames,
                          const char *problem)
{
    struct buffer seed = hostile_seed(name);
    struct packet_file *file;
    struct frame frame = {0};
    struct ccm_error error;

    if (at > 0) {
        memcpy(seed.data + at, &value, sizeof(value));
    }
    assert_int_equal(packet_file_of_input(input_of_memory(seed.data, cut ? cut : seed.length), name,
                                          &file, &error),
                     CCM_OK);
    while (packet_file_next(file, &frame)) {}
    assert_int_equal(frame.number, frames);
    assert_non_null(packet_file_problem(file));
    assert_string_equal(packet_file_problem(file), problem);
    packet_file_close(file);
    buffer_release(&seed);
}

/* The place where it broke. */
static void test_problems(void **state)
{
    (void)state;
    check_problem("capture/pcap-le", 130, 0, 0, 1,
                  "byte 100, after frame 1: the file is cut short in the middle of a record");
    check_problem("capture/pcap-le", 0, 100 + 8, 0xffffffff, 1,
                  "byte 100, after frame 1: a frame of 4294967295 bytes is damage");
    check_problem("capture/pcapng-mixed", 300, 0, 0, 1,
                  "byte 248, after frame 1: the file is cut short in the middle of a block");
    check_problem("netmon/netmon-2.3", 400, 0, 0, 2,
                  "byte 310, after frame 2: the file is cut short in the middle of a record");
    check_problem("netmon/netmon-2.3", 0, 128 + 12, 0xffffffff, 0,
                  "byte 128, after frame 0: a frame of 4294967295 bytes is damage");
    check_problem("capture/pcap-gzip", 200, 0, 0, 3,
                  "byte 252, after frame 3: the gzip data is cut short");
}

static void test_other_files(void **state)
{
    static const struct {
        const char *bytes;
        size_t length;
        const char *words;
    } cases[] = {
        {"", 0, "an empty file"},
        {"PK\3\4", 4, "a zip archive"},
        {"{\"format\":\"ccmprobe-evidence\"}", 30, "ccmprobe report FILE"},
        {"<![LOG[Begin]LOG]!>", 19, "a log of Configuration Manager"},
        {"#Software: Microsoft Internet Information Services 10.0", 55, "a log of IIS"},
        {"RTSS", 4, "Network Monitor 1"},
        {"plain words", 11, "a text"},
        {"\1\2\3\4", 4, "an unknown kind"},
    };

    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct packet_file *file;
        struct ccm_error error;

        assert_int_equal(packet_file_of_input(input_of_memory(cases[i].bytes, cases[i].length),
                                              "it", &file, &error),
                         CCM_ERROR_INPUT);
        assert_null(file);
        if (!strstr(error.text, cases[i].words)) {
            fail_msg("\"%s\" is not in: %s", cases[i].words, error.text);
        }
    }
}

/* The command that converts it, exactly. */
static void test_etl(void **state)
{
    uint8_t bytes[256] = {0, 0, 1};
    struct packet_file *file;
    struct ccm_error error;

    (void)state;
    bytes[72] = 2;
    bytes[74] = 2;
    bytes[75] = 0xc0;
    bytes[104 + 2] = 1;
    assert_int_equal(
        packet_file_of_input(input_of_memory(bytes, sizeof(bytes)), "a.etl", &file, &error),
        CCM_ERROR_INPUT);
    assert_non_null(strstr(error.text, "etl2pcapng IN.etl OUT.pcapng"));
    assert_non_null(strstr(error.text, "pktmon etl2pcap IN.etl --out OUT.pcapng"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_seeds),    cmocka_unit_test(test_damage),
        cmocka_unit_test(test_problems), cmocka_unit_test(test_other_files),
        cmocka_unit_test(test_etl),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
