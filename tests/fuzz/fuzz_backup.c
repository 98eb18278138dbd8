/* fuzz: backups: what an entry says, and a file whose sealed pieces hold anything at all; the first byte says which. */
#include <linli/error.h>
#include <string.h>

#include "fuzz.h"
#include "replica/backup.h"

static const uint8_t KEY[32] = {7};

/* What is written of an entry reads as the same. */
static void entry(span item)
{
    struct backup_entry one, two;
    struct buf again = {0};

    if (backup_entry_read(item, &one) != LINLI_OK)
        return;
    if (one.kind == BACKUP_SELF)
        backup_self_write(&again, &one.self);
    else if (one.kind == BACKUP_PART)
        backup_part_write(&again, &one.part);
    else if (one.kind == BACKUP_END)
        backup_end_write(&again, &one.end);
    if (again.size > 0) {
        CLAIM(backup_entry_read(buf_span(&again), &two) == LINLI_OK && two.kind == one.kind);
        CLAIM(span_equal(buf_span(&again), item));
    }
    buf_free(&again);
}

static int file_read(void *ctx, uint64_t at, void *bytes, size_t *size)
{
    const struct buf *file = ctx;
    size_t left = at < file->size ? file->size - (size_t)at : 0;

    *size = *size < left ? *size : left;
    if (*size > 0)
        memcpy(bytes, file->at + at, *size);
    return LINLI_OK;
}

static void check(struct buf *file)
{
    struct linli_backup_source source = {file_read, file};
    struct linli_backup_report told;

    if (replica_backup_check(&source, KEY, &told) == LINLI_OK)
        CLAIM(told.bytes == file->size && told.made_ms > 0);
}

/* Pieces of 200 bytes: entries go over their ends. */
static void pieces(span plain)
{
    struct backup_head head = {.salted = false};
    struct backup_writer w = {.plain = {0}};
    struct buf file = {0};

    CLAIM(backup_writer_start(&w, KEY, &head, &file) == LINLI_OK);
    for (bool last = false; !last;) {
        size_t size = plain.size < 200 ? plain.size : 200;
        uint8_t prefix[4];
        last = size == plain.size;
        be32_put(prefix, (uint32_t)(size + STREAM_MORE));
        buf_append(&file, prefix, sizeof(prefix));
        uint8_t *at = buf_extend(&file, size + STREAM_MORE);
        CLAIM(at != NULL);
        stream_seal(&w.stream, span_of(plain.at, size), last, at);
        plain = span_of(plain.at + size, plain.size - size);
    }
    check(&file);
    backup_writer_free(&w);
    buf_free(&file);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct buf file = {0};

    if (size < 1 || crypto_start() != LINLI_OK)
        return 0;
    switch (data[0] % 3) {
    case 0: entry(span_of(data + 1, size - 1)); break;
    case 1: pieces(span_of(data + 1, size - 1)); break;
    default:
        CLAIM(buf_append(&file, data + 1, size - 1) == LINLI_OK);
        check(&file);
        buf_free(&file);
        break;
    }
    return 0;
}
