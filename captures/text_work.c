/* SPDX-License-Identifier: Apache-2.0 */
#include "captures/text_work.h"

#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "captures/input.h"
#include "captures/text_blocks.h"

enum {
    PIECE_BYTES = 256 * 1024, /* larger ones leave the processor's cache */
    THREADS_MOST = 8,
    SLOTS_A_THREAD = 4,
    SLOTS_MOST = THREADS_MOST * SLOTS_A_THREAD,
    CACHE_LINE = 64,
};

enum state { SLOT_FREE, SLOT_LOADED, SLOT_BUSY, SLOT_DONE };

/* A piece on its way. Piece number n has slot n modulo their count. */
struct slot {
    struct text_piece piece; /* the first: text_piece_extend is asked by it */
    struct work *work;
    enum state state;
    uint64_t offset;   /* of its own bytes in a plain file */
    uint64_t position; /* how far the file was read for it */
    char *bytes;       /* up to CACHE_LINE unused ones, then before, own, behind */
    size_t room;
    bool cut; /* the file ended in it, before the size that it had */
};

struct work {
    const struct text_worker *worker;
    size_t piece_bytes;
    struct input *input;
    int handle;     /* of a plain file of 8-bit text; -1: is read in order */
    uint64_t begin; /* of its text: behind a byte order mark */
    uint64_t end;
    atomic_int problem;        /* errno of the read that failed */
    struct text_blocks blocks; /* of what is read in order: the end of the last piece, and more */
    size_t before;             /* of that, belongs to earlier pieces */
    bool input_ended;

    pthread_mutex_t lock; /* for the states, the numbers and `closing` */
    pthread_cond_t changed;
    struct slot slots[SLOTS_MOST];
    size_t slot_count;
    uint64_t next_load;
    uint64_t next_take;
    bool all_loaded;
    bool interrupted;
    bool is_short; /* the file ended before its size */
    bool closing;
    pthread_t threads[THREADS_MOST];
    size_t thread_count;
};

static size_t smaller(uint64_t a, size_t b)
{
    return a < b ? (size_t)a : b;
}

/* Room for exactly so many bytes, so that what reads beyond them is found. They stand in their line
   of the cache as they do in the file: measured on AMD's Zen, copying them to a place that is less
   than a line further in its page takes four times as long. */
static char *make_room(struct slot *slot, uint64_t offset, size_t length)
{
    const size_t skipped = offset % CACHE_LINE;
    const size_t room = skipped + length;
    void *bytes;

    if (!slot->bytes || slot->room != room) {
        free(slot->bytes);
        if (posix_memalign(&bytes, CACHE_LINE, room > 0 ? room : 1) != 0) {
            abort();
        }
        slot->bytes = bytes;
        slot->room = room;
    }
    return slot->bytes + skipped;
}

/* --- loading --- */

/* Bytes of a plain file; fewer at its end, or where it cannot be read. */
static size_t read_at(struct work *work, uint64_t offset, char *bytes, size_t length)
{
    size_t done = 0;

    while (done < length) {
        const ssize_t got =
            pread(work->handle, bytes + done, length - done, (off_t)(offset + done));

        if (got < 0 && errno != EINTR) {
            atomic_store(&work->problem, errno);
        }
        if (got == 0 || (got < 0 && errno != EINTR)) {
            break;
        }
        done += got > 0 ? (size_t)got : 0;
    }
    return done;
}

/* What a plain file has there: any thread does it for its own slot. */
static void read_plain(struct work *work, struct slot *slot)
{
    struct text_piece *piece = &slot->piece;
    const size_t before = smaller(slot->offset - work->begin, work->worker->before);
    const size_t own = smaller(work->end - slot->offset, work->piece_bytes);
    const size_t behind = smaller(work->end - slot->offset - own, work->worker->behind);
    char *bytes = make_room(slot, slot->offset - before, before + own + behind);
    const size_t got = read_at(work, slot->offset - before, bytes, before + own + behind);

    slot->cut = got < before + own;
    piece->text = bytes + before;
    piece->before = before;
    piece->length = slot->cut ? (got > before ? got - before : 0) : own;
    piece->behind = slot->cut ? 0 : got - before - own;
    piece->is_last = slot->cut || slot->offset + own == work->end;
}

void text_piece_extend(struct text_piece *piece)
{
    struct slot *slot = (struct slot *)piece;
    struct work *work = slot->work;
    const size_t text = (size_t)(piece->text - slot->bytes);
    const size_t there = text + piece->length + piece->behind;
    const uint64_t end = slot->offset + piece->length;
    size_t most;

    if (work->handle < 0 || slot->cut) {
        return;
    }
    most = smaller(work->end - end, work->worker->behind_most);
    if (most > piece->behind) {
        slot->room = there + most - piece->behind;
        slot->bytes = realloc(slot->bytes, slot->room);
        if (!slot->bytes) {
            abort();
        }
        piece->text = slot->bytes + text;
        piece->behind +=
            read_at(work, end + piece->behind, slot->bytes + there, most - piece->behind);
    }
}

/* What is shown behind a piece that is read in order: all that may be asked for. */
static size_t behind_in_order(const struct work *work)
{
    const struct text_worker *worker = work->worker;

    return worker->behind > worker->behind_most ? worker->behind : worker->behind_most;
}

/* Reads in order until there is the next piece with what is to be seen behind it, or the end. */
static void read_on(struct work *work)
{
    const size_t wanted = work->before + work->piece_bytes + behind_in_order(work) + 1;

    while (work->blocks.text.length < wanted && !work->input_ended) {
        const uint8_t *bytes = input_peek(work->input, 1);
        const size_t length = bytes ? input_rest(work->input) : 0;

        if (bytes) {
            text_blocks_add(&work->blocks, bytes, length);
            input_advance(work->input, length);
        } else {
            text_blocks_end(&work->blocks);
            work->input_ended = true;
        }
    }
}

static void load_in_order(struct work *work, struct slot *slot)
{
    struct text_piece *piece = &slot->piece;
    char *bytes;
    size_t there;

    read_on(work);
    there = work->blocks.text.length - work->before;
    piece->before = work->before;
    piece->length = smaller(there, work->piece_bytes);
    piece->behind = smaller(there - piece->length, behind_in_order(work));
    piece->is_last = work->input_ended && there == piece->length;
    bytes = make_room(slot, 0, piece->before + piece->length + piece->behind);
    memcpy(bytes, buffer_text(&work->blocks.text), piece->before + piece->length + piece->behind);
    piece->text = bytes + piece->before;
    slot->position = input_position(work->input);

    work->before = smaller(work->before + piece->length, work->worker->before);
    text_blocks_drop(&work->blocks, piece->before + piece->length - work->before);
}

/* Makes the next piece known. Only the caller's thread does: it is the one that a signal wakes from
   a silent pipe. */
static void load(struct work *work, struct slot *slot)
{
    slot->piece.is_first = work->next_load == 0;
    if (work->handle < 0) {
        load_in_order(work, slot);
        work->all_loaded = slot->piece.is_last;
    } else {
        slot->offset = work->begin + work->next_load * work->piece_bytes;
        slot->position = slot->offset + smaller(work->end - slot->offset, work->piece_bytes);
        work->all_loaded = slot->position == work->end;
    }
}

/* --- the threads --- */

static struct slot *slot_of(struct work *work, uint64_t number)
{
    return &work->slots[number % work->slot_count];
}

/* The earliest piece that waits for work, NULL when there is none. The lock is held. */
static struct slot *claim(struct work *work)
{
    for (uint64_t number = work->next_take; number < work->next_load; number++) {
        struct slot *slot = slot_of(work, number);

        if (slot->state == SLOT_LOADED) {
            slot->state = SLOT_BUSY;
            return slot;
        }
    }
    return NULL;
}

/* The lock is held, but not meanwhile. */
static void work_on(struct work *work, struct slot *slot)
{
    pthread_mutex_unlock(&work->lock);
    if (!slot->piece.found && work->worker->make) {
        slot->piece.found = work->worker->make(work->worker->context);
    }
    if (work->handle >= 0) {
        read_plain(work, slot);
    }
    work->worker->work(work->worker->context, &slot->piece);
    pthread_mutex_lock(&work->lock);
    slot->state = SLOT_DONE;
    pthread_cond_broadcast(&work->changed);
}

static void *run_thread(void *argument)
{
    struct work *work = argument;

    pthread_mutex_lock(&work->lock);
    while (!work->closing) {
        struct slot *slot = claim(work);

        if (slot) {
            work_on(work, slot);
        } else {
            pthread_cond_wait(&work->changed, &work->lock);
        }
    }
    pthread_mutex_unlock(&work->lock);
    return NULL;
}

/* Signals are for the caller's thread. */
static void start_threads(struct work *work, size_t count)
{
    sigset_t all, before;

    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &before);
    while (work->thread_count < count &&
           pthread_create(&work->threads[work->thread_count], NULL, run_thread, work) == 0) {
        work->thread_count++;
    }
    pthread_sigmask(SIG_SETMASK, &before, NULL);
}

static void stop_threads(struct work *work)
{
    pthread_mutex_lock(&work->lock);
    work->closing = true;
    pthread_cond_broadcast(&work->changed);
    pthread_mutex_unlock(&work->lock);
    for (size_t i = 0; i < work->thread_count; i++) {
        pthread_join(work->threads[i], NULL);
    }
}

/* --- the caller's thread --- */

static bool goes_on(const struct work *work, const struct text_settings *settings,
                    uint64_t position)
{
    if (settings && settings->progress) {
        settings->progress(settings->context, position, input_size(work->input));
    }
    return !settings || !settings->stop || !settings->stop(settings->context);
}

/* Takes the next piece. The lock is held, but not meanwhile. */
static void take(struct work *work, const struct text_settings *settings)
{
    struct slot *slot = slot_of(work, work->next_take);

    pthread_mutex_unlock(&work->lock);
    work->worker->take(work->worker->context, &slot->piece);
    work->is_short = slot->cut;
    work->interrupted = !goes_on(work, settings, slot->position);
    pthread_mutex_lock(&work->lock);
    work->next_take++;
    slot->state = SLOT_FREE;
}

static bool has_more(const struct work *work)
{
    return (!work->all_loaded || work->next_take < work->next_load) && !work->interrupted &&
           !work->is_short;
}

/* Loads, works and takes until all is taken. The lock is held, but not while there is something to
   do. */
static void run(struct work *work, const struct text_settings *settings)
{
    while (has_more(work)) {
        struct slot *taken = slot_of(work, work->next_take);
        struct slot *loaded = slot_of(work, work->next_load);
        struct slot *claimed;

        if (work->next_take < work->next_load && taken->state == SLOT_DONE) {
            take(work, settings);
        } else if (!work->all_loaded && loaded->state == SLOT_FREE) {
            pthread_mutex_unlock(&work->lock);
            load(work, loaded);
            pthread_mutex_lock(&work->lock);
            loaded->state = SLOT_LOADED;
            work->next_load++;
            pthread_cond_broadcast(&work->changed);
        } else if ((claimed = claim(work))) {
            work_on(work, claimed);
        } else {
            pthread_cond_wait(&work->changed, &work->lock);
        }
    }
}

/* The first piece alone: most files are no larger, and need no threads. */
static void run_first(struct work *work, const struct text_settings *settings)
{
    struct slot *slot = &work->slots[0];

    load(work, slot);
    work->next_load++;
    slot->state = SLOT_BUSY;
    if (work->worker->make) {
        slot->piece.found = work->worker->make(work->worker->context);
    }
    if (work->handle >= 0) {
        read_plain(work, slot);
    }
    if (slot->piece.length == 0) { /* an empty file */
        work->next_take++;
        return;
    }
    if (work->worker->begin) {
        work->worker->begin(work->worker->context, &slot->piece);
    }
    work->worker->work(work->worker->context, &slot->piece);
    take(work, settings);
}

static void run_all(struct work *work, const struct text_settings *settings, size_t threads)
{
    pthread_mutex_init(&work->lock, NULL);
    pthread_cond_init(&work->changed, NULL);
    work->slot_count = threads * SLOTS_A_THREAD;
    for (size_t i = 0; i < work->slot_count; i++) {
        work->slots[i].work = work;
    }
    pthread_mutex_lock(&work->lock);
    run_first(work, settings);
    if (has_more(work)) {
        start_threads(work, threads - 1);
        run(work, settings);
    }
    pthread_mutex_unlock(&work->lock);
    stop_threads(work);
    pthread_cond_destroy(&work->changed);
    pthread_mutex_destroy(&work->lock);
    for (size_t i = 0; i < work->slot_count; i++) {
        if (work->slots[i].piece.found && work->worker->release) {
            work->worker->release(work->slots[i].piece.found);
        }
        free(work->slots[i].bytes);
    }
    text_blocks_release(&work->blocks);
}

/* --- the interface --- */

static size_t processors(void)
{
    const long count = sysconf(_SC_NPROCESSORS_ONLN);

    return count < 1 ? 1 : count > THREADS_MOST ? THREADS_MOST : (size_t)count;
}

/* Can each thread read its own pieces? Of UTF-16 a piece has no size before it was converted. */
static void look_at_beginning(struct work *work)
{
    static const char mark[] = "\xEF\xBB\xBF";
    const uint8_t *bytes = input_peek(work->input, strlen(mark));
    const bool marked = bytes && memcmp(bytes, mark, strlen(mark)) == 0;
    const bool wide =
        bytes && (bytes[0] == '\0' || bytes[1] == '\0' || memcmp(bytes, "\xFF\xFE", 2) == 0 ||
                  memcmp(bytes, "\xFE\xFF", 2) == 0);

    work->begin = marked ? strlen(mark) : 0;
    work->end = input_size(work->input);
    work->handle = bytes && !wide && work->end >= work->begin ? input_handle(work->input) : -1;
}

/* Bytes of the text that were taken. */
static int64_t bytes_taken(const struct work *work)
{
    const uint64_t end = work->begin + work->next_take * work->piece_bytes;

    return work->handle < 0 ? (int64_t)input_offset(work->input)
                            : (int64_t)(end < work->end ? end : work->end);
}

static const char *problem_of(const struct work *work, struct arena *arena)
{
    const int problem = atomic_load(&work->problem);

    return problem ? arena_printf(arena, "it cannot be read any further: %s", strerror(problem))
           : work->interrupted          ? "reading was interrupted"
           : work->is_short             ? "the file became shorter while it was read"
           : input_problem(work->input) ? arena_strdup(arena, input_problem(work->input))
                                        : NULL;
}

enum ccm_status text_work_file(const char *path, const struct text_settings *settings,
                               const struct text_worker *worker, struct arena *arena,
                               struct evidence_recording *recording, struct ccm_error *error)
{
    struct work work = {.worker = worker,
                        .piece_bytes = worker->piece > 0 ? worker->piece : PIECE_BYTES};
    enum ccm_status status = input_open(path, &work.input, error);

    if (status == CCM_OK) {
        look_at_beginning(&work);
        run_all(&work, settings, processors());
        recording->bytes = bytes_taken(&work);
        recording->compression = input_compression(work.input);
        recording->problem = problem_of(&work, arena);
        input_close(work.input);
    }
    return status;
}

void text_work_memory(const void *bytes, size_t length, size_t piece,
                      const struct text_worker *worker)
{
    struct work work = {.worker = worker, .piece_bytes = piece, .handle = -1, .input_ended = true};

    work.input = input_of_memory("", 0);
    text_blocks_add(&work.blocks, bytes, length);
    text_blocks_end(&work.blocks);
    run_all(&work, NULL, 1);
    input_close(work.input);
}
