/* replica: the entries of a backup, to bytes and back. */
#include "replica/backup.h"

#include <linli/error.h>

#include "codec/reader.h"
#include "codec/scan.h"
#include "codec/writer.h"

static void author_write(struct buf *out, const linli_author *author)
{
    uint8_t encoded[AUTHOR_BYTES];

    author_encode(author, encoded);
    write_bin(out, encoded, sizeof(encoded));
}

static void author_read(struct reader *r, linli_author *out)
{
    uint8_t encoded[AUTHOR_BYTES];

    reader_fixed(r, encoded, sizeof(encoded));
    author_decode(encoded, out);
}

void backup_self_write(struct buf *out, const struct backup_self *self)
{
    write_array(out, 8);
    write_uint(out, BACKUP_SELF);
    write_bin(out, self->root_file.at, self->root_file.size);
    write_bin(out, self->network_key, sizeof(self->network_key));
    author_write(out, &self->author);
    write_bin(out, self->sign_secret, sizeof(self->sign_secret));
    write_bin(out, self->seal_secret, sizeof(self->seal_secret));
    if (self->has_root_secret)
        write_bin(out, self->root_secret, sizeof(self->root_secret));
    else
        write_nil(out);
    write_uint(out, self->made_ms);
}

static void self_read(struct reader *r, struct backup_self *out)
{
    out->root_file = reader_bin(r, LIMIT_ROOT_BYTES);
    reader_fixed(r, out->network_key, sizeof(out->network_key));
    author_read(r, &out->author);
    reader_fixed(r, out->sign_secret, sizeof(out->sign_secret));
    reader_fixed(r, out->seal_secret, sizeof(out->seal_secret));
    out->has_root_secret = !reader_nil(r);
    if (out->has_root_secret)
        reader_fixed(r, out->root_secret, sizeof(out->root_secret));
    out->made_ms = reader_uint(r, INT64_MAX);
}

void backup_part_write(struct buf *out, const struct backup_part *part)
{
    write_array(out, 6);
    write_uint(out, BACKUP_PART);
    write_bin(out, part->scope.b, ID_BYTES);
    author_write(out, &part->author);
    write_uint(out, part->seq);
    write_uint(out, part->part);
    write_bin(out, part->content.at, part->content.size);
}

static void part_read(struct reader *r, struct backup_part *out)
{
    reader_fixed(r, out->scope.b, ID_BYTES);
    author_read(r, &out->author);
    out->seq = reader_uint(r, INT64_MAX);
    out->part = (uint32_t)reader_uint(r, LIMIT_PARTS);
    out->content = reader_bin(r, LIMIT_CHANGESET_BYTES);
}

void backup_end_write(struct buf *out, const struct backup_end *end)
{
    write_array(out, 5);
    write_uint(out, BACKUP_END);
    write_uint(out, end->changesets);
    write_uint(out, end->certificates);
    write_bin(out, end->digest.b, HASH_BYTES);
    write_bin(out, end->signature, SIGNATURE_BYTES);
}

static void end_read(struct reader *r, struct backup_end *out)
{
    out->changesets = reader_uint(r, INT64_MAX);
    out->certificates = reader_uint(r, INT64_MAX);
    reader_fixed(r, out->digest.b, HASH_BYTES);
    reader_fixed(r, out->signature, SIGNATURE_BYTES);
}

/* How many items an entry of each kind has. */
static size_t items_of(uint64_t kind)
{
    static const size_t items[] = {[BACKUP_SELF] = 8, [BACKUP_CERTIFICATE] = 2, [BACKUP_RUN] = 3, [BACKUP_PART] = 6, [BACKUP_END] = 5};

    return kind < sizeof(items) / sizeof(items[0]) ? items[kind] : 0;
}

static void known_read(struct reader *r, struct backup_entry *out)
{
    switch (out->kind) {
    case BACKUP_SELF:
        self_read(r, &out->self);
        break;
    case BACKUP_CERTIFICATE:
        out->certificate = reader_bin(r, LIMIT_STATEMENT_BYTES);
        break;
    case BACKUP_RUN:
        path_read(r, &out->path);
        out->run = reader_bin(r, LIMIT_RUN_BYTES);
        break;
    case BACKUP_PART:
        part_read(r, &out->part);
        break;
    case BACKUP_END:
        end_read(r, &out->end);
        break;
    case BACKUP_UNKNOWN:
        break;
    }
}

int backup_entry_read(span item, struct backup_entry *out)
{
    struct reader r;
    int rv = scan_item(item, LIMIT_DEPTH, LIMIT_MESSAGE_ITEMS);

    if (rv != LINLI_OK)
        return rv;
    reader_start(&r, item);
    size_t count = reader_array(&r, LIMIT_MESSAGE_ITEMS);
    uint64_t kind = reader_uint(&r, UINT32_MAX);
    if (r.failed != LINLI_OK || count == 0)
        return LINLI_E_FORMAT;
    out->kind = items_of(kind) != 0 ? (enum backup_kind)kind : BACKUP_UNKNOWN;
    if (out->kind == BACKUP_UNKNOWN)
        return LINLI_OK;
    if (count != items_of(kind))
        return LINLI_E_FORMAT;
    known_read(&r, out);
    return reader_end(&r);
}
