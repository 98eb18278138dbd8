/* replica: the file of a backup: a head that anybody may read, then sealed pieces, in which the entries lie one behind the other. */
#include "replica/backup.h"

#include <linli/error.h>
#include <string.h>

static const char magic[] = "linli-backup ", version[] = "1\n";
enum {
    MAGIC_BYTES = sizeof(magic) - 1, VERSION_BYTES = sizeof(version) - 1,
    SALT_AT = MAGIC_BYTES + VERSION_BYTES,
    STREAM_AT = SALT_AT + 1 + BACKUP_SALT_BYTES,
    HEAD_BYTES = STREAM_AT + STREAM_HEAD_BYTES,
    SIZE_BYTES = 4
};

/* Bound to what stands before it: all of the head is as it was made, or nothing opens. */
static void cipher_start(struct stream *stream, const uint8_t store_key[32], const struct backup_head *head)
{
    static const char context[] = "linli backup 1";
    uint8_t bound[sizeof(context) + 1 + BACKUP_SALT_BYTES];
    linli_hash key;

    memcpy(bound, context, sizeof(context));
    bound[sizeof(context)] = head->salted;
    memcpy(bound + sizeof(context) + 1, head->salt, BACKUP_SALT_BYTES);
    crypto_mac(store_key, span_of(bound, sizeof(bound)), &key);
    stream_start(stream, key.b, head->stream);
    crypto_wipe(&key, sizeof(key));
}

static void hash_start(struct hasher *h)
{
    static const char context[] = "linli/backup/1";

    hasher_start(h, HASH_BYTES);
    hasher_add(h, context, sizeof(context));
}

void backup_hash(const struct hasher *so_far, linli_hash *out)
{
    struct hasher h = *so_far;

    hasher_end(&h, out->b, HASH_BYTES);
}

/* All that it will ever hold at a time, so that keys, which pass through it, are not copied about. */
static bool plain_room(struct buf *plain)
{
    buf_clear(plain);
    bool there = buf_extend(plain, BACKUP_PIECE_BYTES + BACKUP_ENTRY_BYTES + SIZE_BYTES) != NULL;
    buf_clear(plain);
    return there;
}

static void plain_free(struct buf *plain)
{
    if (plain->room > 0)
        crypto_wipe(plain->at, plain->room);
    buf_free(plain);
}

static void plain_drop(struct buf *plain, size_t size)
{
    memmove(plain->at, plain->at + size, plain->size - size);
    plain->size -= size;
}

/* --- writing --- */

int backup_writer_start(struct backup_writer *w, const uint8_t store_key[32], const struct backup_head *head, struct buf *out)
{
    if (!plain_room(&w->plain))
        return LINLI_E_NOMEM;
    cipher_start(&w->stream, store_key, head);
    hash_start(&w->hash);
    buf_append(out, magic, MAGIC_BYTES);
    buf_append(out, version, VERSION_BYTES);
    buf_byte(out, head->salted);
    buf_append(out, head->salt, BACKUP_SALT_BYTES);
    return buf_append(out, head->stream, STREAM_HEAD_BYTES);
}

static int piece_write(struct backup_writer *w, size_t size, bool last, struct buf *out)
{
    uint8_t prefix[SIZE_BYTES];

    be32_put(prefix, (uint32_t)(size + STREAM_MORE));
    int rv = buf_append(out, prefix, sizeof(prefix));
    uint8_t *at = rv == LINLI_OK ? buf_extend(out, size + STREAM_MORE) : NULL;
    if (at == NULL)
        return out->failed;
    stream_seal(&w->stream, span_of(w->plain.at, size), last, at);
    plain_drop(&w->plain, size);
    return LINLI_OK;
}

int backup_writer_add(struct backup_writer *w, span item, struct buf *out)
{
    uint8_t prefix[SIZE_BYTES];
    int rv = item.size > BACKUP_ENTRY_BYTES ? LINLI_E_LIMIT : LINLI_OK;

    be32_put(prefix, (uint32_t)item.size);
    hasher_add(&w->hash, prefix, sizeof(prefix));
    hasher_add(&w->hash, item.at, item.size);
    if (rv == LINLI_OK)
        rv = buf_append(&w->plain, prefix, sizeof(prefix));
    if (rv == LINLI_OK)
        rv = buf_append(&w->plain, item.at, item.size);
    while (rv == LINLI_OK && w->plain.size > BACKUP_PIECE_BYTES) /* never all of it: the last piece is not empty */
        rv = piece_write(w, BACKUP_PIECE_BYTES, false, out);
    return rv;
}

int backup_writer_end(struct backup_writer *w, struct buf *out)
{
    return piece_write(w, w->plain.size, true, out);
}

void backup_writer_free(struct backup_writer *w)
{
    plain_free(&w->plain);
    crypto_wipe(&w->stream, sizeof(w->stream));
}

/* --- reading --- */

/* `size` bytes at `at`, or LINLI_E_FORMAT: the file ends before. */
static int read_all(const struct linli_backup_source *source, uint64_t at, void *bytes, size_t size)
{
    size_t got = size;
    int rv = source->read(source->ctx, at, bytes, &got);

    return rv == LINLI_OK && got != size ? LINLI_E_FORMAT : rv;
}

int backup_head_read(const struct linli_backup_source *source, struct backup_head *out)
{
    uint8_t head[HEAD_BYTES];
    int rv = read_all(source, 0, head, sizeof(head));

    if (rv != LINLI_OK)
        return rv;
    if (memcmp(head, magic, MAGIC_BYTES) != 0 || head[SALT_AT] > 1)
        return LINLI_E_FORMAT;
    if (memcmp(head + MAGIC_BYTES, version, VERSION_BYTES) != 0)
        return LINLI_E_VERSION;
    out->salted = head[SALT_AT] == 1;
    memcpy(out->salt, head + SALT_AT + 1, BACKUP_SALT_BYTES);
    memcpy(out->stream, head + STREAM_AT, STREAM_HEAD_BYTES);
    return LINLI_OK;
}

int backup_reader_start(struct backup_reader *b, const struct linli_backup_source *source, const uint8_t store_key[32])
{
    struct backup_head head;
    int rv = backup_head_read(source, &head);

    if (rv == LINLI_OK && !plain_room(&b->plain))
        rv = LINLI_E_NOMEM;
    if (rv != LINLI_OK)
        return rv;
    b->source = source;
    b->at = HEAD_BYTES;
    b->used = 0;
    b->final = false;
    cipher_start(&b->stream, store_key, &head);
    hash_start(&b->hash);
    b->before = b->hash;
    return LINLI_OK;
}

static int piece_read(struct backup_reader *b)
{
    uint8_t prefix[SIZE_BYTES];
    int rv = b->final ? LINLI_E_FORMAT : read_all(b->source, b->at, prefix, sizeof(prefix));
    uint32_t size = rv == LINLI_OK ? be32_get(prefix) : 0;

    if (rv != LINLI_OK)
        return rv;
    if (size <= STREAM_MORE || size > BACKUP_PIECE_BYTES + STREAM_MORE)
        return LINLI_E_FORMAT;
    plain_drop(&b->plain, b->used);
    b->used = 0;
    buf_clear(&b->sealed);
    uint8_t *sealed = buf_extend(&b->sealed, size), *plain = buf_extend(&b->plain, size - STREAM_MORE);
    if (sealed == NULL || plain == NULL)
        return LINLI_E_NOMEM;
    rv = read_all(b->source, b->at + SIZE_BYTES, sealed, size);
    if (rv == LINLI_OK)
        rv = stream_open(&b->stream, span_of(sealed, size), plain, &b->final);
    b->at += SIZE_BYTES + size;
    return rv;
}

/* Nothing follows the last piece. */
static int file_end(struct backup_reader *b)
{
    uint8_t byte;
    size_t size = 1;
    int rv = b->source->read(b->source->ctx, b->at, &byte, &size);

    return rv == LINLI_OK ? (size == 0 ? LINLI_E_NOT_FOUND : LINLI_E_FORMAT) : rv;
}

/* So much plain text is there that was not handed out. */
static int plain_have(struct backup_reader *b, size_t size)
{
    int rv = LINLI_OK;

    while (rv == LINLI_OK && b->plain.size - b->used < size)
        rv = piece_read(b);
    return rv;
}

int backup_reader_next(struct backup_reader *b, struct backup_entry *out)
{
    if (b->final && b->plain.size == b->used)
        return file_end(b);
    int rv = plain_have(b, SIZE_BYTES);
    uint32_t size = rv == LINLI_OK ? be32_get(b->plain.at + b->used) : 0;
    if (rv == LINLI_OK && size > BACKUP_ENTRY_BYTES)
        rv = LINLI_E_FORMAT;
    if (rv == LINLI_OK)
        rv = plain_have(b, SIZE_BYTES + (size_t)size);
    if (rv != LINLI_OK)
        return rv;
    span whole = span_of(b->plain.at + b->used, SIZE_BYTES + (size_t)size);
    b->used += whole.size;
    b->before = b->hash;
    hasher_add(&b->hash, whole.at, whole.size);
    return backup_entry_read(span_of(whole.at + SIZE_BYTES, size), out);
}

void backup_reader_free(struct backup_reader *b)
{
    plain_free(&b->plain);
    buf_free(&b->sealed);
    crypto_wipe(&b->stream, sizeof(b->stream));
}
