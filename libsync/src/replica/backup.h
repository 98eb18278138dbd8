/*
 * replica: a backup (proto/backup.md): what is held as signed changesets and certificates, and who we are, sealed under the store's
 * key; and a store made from one, which is the same device in a new incarnation.
 */
#ifndef LINLI_REPLICA_BACKUP_H
#define LINLI_REPLICA_BACKUP_H

#include <linli/backup.h>

#include "auth/path.h"
#include "replica/replica.h"

enum {
    BACKUP_PIECE_BYTES = 64 * 1024,      /* plain, in one sealed piece */
    BACKUP_ENTRY_BYTES = 128 * 1024,
    BACKUP_SALT_BYTES = PWHASH_SALT_BYTES
};

/* --- backup_entry.c: entries as bytes --- */
enum backup_kind {
    BACKUP_SELF = 1,
    BACKUP_CERTIFICATE = 2,
    BACKUP_RUN = 3,
    BACKUP_PART = 4,
    BACKUP_END = 5,
    BACKUP_UNKNOWN = 0       /* of a later version: passed over */
};
struct backup_self {
    span root_file;
    uint8_t network_key[32], sign_secret[SIGN_SECRET_BYTES], seal_secret[32];
    linli_author author;     /* that made it */
    bool has_root_secret;
    uint8_t root_secret[SIGN_SECRET_BYTES];
    uint64_t made_ms;
};
struct backup_part {
    linli_id scope;
    linli_author author;
    uint64_t seq;
    uint32_t part;
    span content;
};
struct backup_end {
    uint64_t changesets, certificates;
    linli_hash digest;
    uint8_t signature[SIGNATURE_BYTES];
};
struct backup_entry { /* spans are lent by what was decoded */
    enum backup_kind kind;
    struct backup_self self;
    span certificate;
    struct scope_path path;
    span run;
    struct backup_part part;
    struct backup_end end;
};
void backup_self_write(struct buf *out, const struct backup_self *self);
void backup_part_write(struct buf *out, const struct backup_part *part);
void backup_end_write(struct buf *out, const struct backup_end *end);
/* LINLI_OK; LINLI_E_FORMAT, LINLI_E_LIMIT, LINLI_E_NOMEM. */
int backup_entry_read(span item, struct backup_entry *out);

/* --- backup_file.c: the file around them --- */
/* The head of a file, before anything is sealed. */
struct backup_head {
    bool salted;
    uint8_t salt[BACKUP_SALT_BYTES], stream[STREAM_HEAD_BYTES];
};
struct backup_writer {
    struct stream stream;
    struct hasher hash;      /* over all entries so far */
    struct buf plain;        /* that is not sealed yet */
};
/* Appends the file's head to `out`. */
int backup_writer_start(struct backup_writer *w, const uint8_t store_key[32], const struct backup_head *head, struct buf *out);
int backup_writer_add(struct backup_writer *w, span item, struct buf *out);
int backup_writer_end(struct backup_writer *w, struct buf *out);   /* the final piece */
void backup_writer_free(struct backup_writer *w);
void backup_hash(const struct hasher *so_far, linli_hash *out);    /* of the entries so far */

struct backup_reader {
    const struct linli_backup_source *source;
    struct stream stream;
    struct hasher hash, before; /* with the entry handed out last, and without it */
    uint64_t at;             /* in the file */
    struct buf plain, sealed;
    size_t used;             /* of `plain`: handed out */
    bool final;              /* the last piece was opened */
};
/* What the source says; LINLI_E_FORMAT: no backup; LINLI_E_VERSION: of a later format. */
int backup_head_read(const struct linli_backup_source *source, struct backup_head *out);
/* Zero-initialise; start again from the beginning at any time; end with backup_reader_free. */
int backup_reader_start(struct backup_reader *b, const struct linli_backup_source *source, const uint8_t store_key[32]);
/* LINLI_OK with the next entry, lent until the next call; LINLI_E_NOT_FOUND: that was all; LINLI_E_KEY: the key is another, or the file
   is damaged; LINLI_E_FORMAT: damaged; what the source says. */
int backup_reader_next(struct backup_reader *b, struct backup_entry *out);
void backup_reader_free(struct backup_reader *b);

/* --- backup.c: writing one --- */
struct backup;
/* The store's key and salt (NULL: none) are the caller's. LINLI_E_NOMEM. */
int replica_backup_begin(struct replica *r, const struct store_config *config, const uint8_t *salt, struct backup **out);
/* Append a quarter of a megabyte or so of the file; between two calls the replica may be used, and written to. `*done`: that was all. */
int replica_backup_step(struct backup *b, struct buf *out, bool *done);
void replica_backup_told(const struct backup *b, struct linli_backup_report *out);
void replica_backup_end(struct backup *b); /* accepts NULL */

/* --- restore.c --- */
/* All of it opens, and is as it was signed. LINLI_OK; as backup_reader_next; LINLI_E_SIGNATURE. */
int replica_backup_check(const struct linli_backup_source *source, const uint8_t store_key[32], struct linli_backup_report *out);
/*
 * Of what replica_backup_check has found good, with its report, whose `same` is filled in. `config` as for replica_create_root; the
 * key is the backup's. LINLI_OK with *out open; LINLI_E_REFUSED: its device has no grant in it; else nothing is left behind.
 */
int replica_restore(const struct replica_config *config, const struct linli_backup_source *source, struct linli_backup_report *checked,
                    struct replica **out);

#endif
