/* crash tests: from a trace of writes and syncs, the files that a power cut may leave. */
#include "crash.h"

#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { SECTOR = 512, TORN_PERCENT = 30 };

struct trace {
    uint8_t *bytes;
    size_t *at; /* where each entry begins */
    size_t count, syncs;
};

struct disk {
    uint8_t *at;
    size_t size, room;
};

struct image_maker {
    const struct trace *trace;
    struct disk synced, image;
    size_t synced_upto, noted_upto; /* entries */
    uint64_t random;
};

static uint8_t *file_read(const char *path, size_t *size)
{
    struct stat st;
    int fd = open(path, O_RDONLY | O_CLOEXEC);

    if (fd < 0 || fstat(fd, &st) != 0)
        broken("%s: cannot be read", path);
    uint8_t *bytes = malloc((size_t)st.st_size + 1);
    *size = 0;
    while (bytes != NULL && *size < (size_t)st.st_size) {
        ssize_t got = read(fd, bytes + *size, (size_t)st.st_size - *size);
        if (got <= 0)
            broken("%s: cannot be read", path);
        *size += (size_t)got;
    }
    if (bytes == NULL)
        broken("out of memory");
    close(fd);
    return bytes;
}

static struct trace_head head_of(const struct trace *trace, size_t i)
{
    struct trace_head head;

    memcpy(&head, trace->bytes + trace->at[i], sizeof(head));
    return head;
}

static const uint8_t *data_of(const struct trace *trace, size_t i)
{
    return trace->bytes + trace->at[i] + sizeof(struct trace_head);
}

struct trace *trace_load(const char *path)
{
    struct trace *trace = calloc(1, sizeof(*trace));
    size_t size = 0, room = 0;

    if (trace == NULL)
        broken("out of memory");
    trace->bytes = file_read(path, &size);
    for (size_t at = 0; size - at >= sizeof(struct trace_head);) {
        if (trace->count == room) {
            room = room * 2 + 1024;
            trace->at = realloc(trace->at, room * sizeof(*trace->at));
            if (trace->at == NULL)
                broken("out of memory");
        }
        trace->at[trace->count] = at;
        struct trace_head head = head_of(trace, trace->count);
        size_t data = head.kind == TRACE_LENGTH || head.kind == TRACE_SYNC ? 0 : head.size;
        if (size - at - sizeof(head) < data)
            break; /* the writer was killed here */
        trace->count++;
        trace->syncs += head.kind == TRACE_SYNC || head.kind == TRACE_SYNCED_WRITE;
        at += sizeof(head) + data;
    }
    return trace;
}

void trace_free(struct trace *trace)
{
    free(trace->bytes);
    free(trace->at);
    free(trace);
}

size_t trace_count(const struct trace *trace)
{
    return trace->count;
}

size_t trace_syncs(const struct trace *trace)
{
    return trace->syncs;
}

/* --- a disk in memory --- */

static void disk_length(struct disk *disk, size_t size)
{
    if (size > disk->room) {
        disk->room = size * 2;
        disk->at = realloc(disk->at, disk->room);
        if (disk->at == NULL)
            broken("out of memory");
    }
    if (size > disk->size)
        memset(disk->at + disk->size, 0, size - disk->size);
    disk->size = size;
}

static void disk_write(struct disk *disk, size_t offset, const uint8_t *at, size_t size)
{
    if (offset + size > disk->size)
        disk_length(disk, offset + size);
    memcpy(disk->at + offset, at, size);
}

/* Some of the sectors that the write touches, each whole. */
static void disk_write_torn(struct disk *disk, size_t offset, const uint8_t *at, size_t size, uint64_t *random)
{
    for (size_t done = 0; done < size;) {
        size_t piece = SECTOR - (offset + done) % SECTOR;
        if (piece > size - done)
            piece = size - done;
        if (random_below(random, 2) == 0)
            disk_write(disk, offset + done, at + done, piece);
        done += piece;
    }
}

static void apply(struct disk *disk, const struct trace *trace, size_t i)
{
    struct trace_head head = head_of(trace, i);

    if (head.kind == TRACE_LENGTH)
        disk_length(disk, (size_t)head.offset);
    else if (head.kind == TRACE_WRITE || head.kind == TRACE_SYNCED_WRITE)
        disk_write(disk, (size_t)head.offset, data_of(trace, i), head.size);
}

/* What is not synced may be on the disk, in part, or not at all, whatever came after it. */
static void apply_unsynced(struct image_maker *m, size_t i, unsigned kept_percent)
{
    struct trace_head head = head_of(m->trace, i);

    if (random_below(&m->random, 100) >= kept_percent)
        return;
    if (head.kind == TRACE_WRITE && random_below(&m->random, 100) < TORN_PERCENT)
        disk_write_torn(&m->image, (size_t)head.offset, data_of(m->trace, i), head.size, &m->random);
    else
        apply(&m->image, m->trace, i);
}

/* --- images --- */

struct image_maker *image_maker_new(const struct trace *trace, const char *base, uint64_t seed)
{
    struct image_maker *m = calloc(1, sizeof(*m));

    if (m == NULL)
        broken("out of memory");
    m->trace = trace;
    m->random = seed;
    m->synced.at = file_read(base, &m->synced.size);
    m->synced.room = m->synced.size;
    return m;
}

void image_maker_free(struct image_maker *m)
{
    free(m->synced.at);
    free(m->image.at);
    free(m);
}

static void notes_read(struct image_maker *m, size_t cut, struct ledger *ledger)
{
    for (; m->noted_upto < cut; m->noted_upto++) {
        struct trace_head head = head_of(m->trace, m->noted_upto);
        for (size_t at = 0; head.kind == TRACE_NOTE && at + sizeof(struct ack) <= head.size; at += sizeof(struct ack)) {
            struct ack ack;
            memcpy(&ack, data_of(m->trace, m->noted_upto) + at, sizeof(ack));
            ledger_add(ledger, &ack);
        }
    }
}

static void image_write(const struct disk *disk, const char *out)
{
    int fd = open(out, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);

    for (size_t done = 0; fd >= 0 && done < disk->size;) {
        ssize_t wrote = write(fd, disk->at + done, disk->size - done);
        if (wrote <= 0)
            broken("%s: cannot be written", out);
        done += (size_t)wrote;
    }
    if (fd < 0)
        broken("%s: cannot be written", out);
    close(fd);
}

void image_make(struct image_maker *m, size_t cut, const char *out, struct ledger *ledger)
{
    static const unsigned kept_percents[] = {0, 10, 50, 90, 100};
    unsigned kept = kept_percents[random_below(&m->random, 5)];
    size_t sync = m->synced_upto;

    for (size_t i = m->synced_upto; i < cut; i++)
        if (head_of(m->trace, i).kind == TRACE_SYNC)
            sync = i + 1;
    for (; m->synced_upto < sync; m->synced_upto++)
        apply(&m->synced, m->trace, m->synced_upto);
    disk_length(&m->image, m->synced.size);
    memcpy(m->image.at, m->synced.at, m->synced.size);
    for (size_t i = sync; i < cut; i++) {
        bool done = head_of(m->trace, i).kind == TRACE_SYNCED_WRITE && i + 1 < cut; /* the last may not have returned */
        if (done)
            apply(&m->image, m->trace, i);
        else
            apply_unsynced(m, i, kept);
    }
    notes_read(m, cut, ledger);
    image_write(&m->image, out);
}
