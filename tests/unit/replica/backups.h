/* tests: replica: a backup in memory, and a replica made from one. */
#ifndef LINLI_TESTS_BACKUPS_H
#define LINLI_TESTS_BACKUPS_H

#include "replica/backup.h"
#include "town.h"

static inline int backup_read(void *ctx, uint64_t at, void *bytes, size_t *size)
{
    const struct buf *file = ctx;
    size_t left = at < file->size ? file->size - (size_t)at : 0;

    *size = *size < left ? *size : left;
    if (*size > 0)
        memcpy(bytes, file->at + at, *size);
    return LINLI_OK;
}

static inline struct linli_backup_source backup_source(struct buf *file)
{
    return (struct linli_backup_source){backup_read, file};
}

/* `between` is called between two steps, while there is something to do. */
static inline struct linli_backup_report backup_with(struct town *town, size_t house, struct buf *file, void (*between)(void *ctx), void *ctx)
{
    struct replica_config config = town_config(town, &town->houses[house]);
    struct linli_backup_report told;
    struct backup *b = NULL;
    bool done = false;

    assert_ok(replica_backup_begin(town->houses[house].replica, &config.store, NULL, &b));
    while (!done) {
        struct buf step = {0};
        assert_ok(replica_backup_step(b, &step, &done));
        assert_ok(buf_append(file, step.at, step.size));
        buf_free(&step);
        if (!done && between != NULL)
            between(ctx);
    }
    replica_backup_told(b, &told);
    replica_backup_end(b);
    assert_int_equal(told.bytes, file->size);
    return told;
}

static inline struct linli_backup_report backup_of(struct town *town, size_t house, struct buf *file)
{
    return backup_with(town, house, file, NULL, NULL);
}

/* Into a new house. As linli_store_restore. */
static inline int restore_from(struct town *town, struct buf *file, struct linli_backup_report *told, struct replica **out)
{
    struct linli_backup_source source = backup_source(file);
    struct house *house = town_house(town);
    struct replica_config config = town_config(town, house);
    int rv = replica_backup_check(&source, config.store.key, told);

    if (rv == LINLI_OK)
        rv = replica_restore(&config, &source, told, &house->replica);
    *out = house->replica;
    return rv;
}

#endif
