/** Finding records, their history and their conflicts. Callbacks run inside the call and may not write to the store. */
#ifndef LINLI_QUERY_H
#define LINLI_QUERY_H

#include <linli/record.h>

#ifdef __cplusplus
extern "C" {
#endif

struct linli_where {
    linli_field field;
    struct linli_value equals;      /**< for a set: has this element */
};

/** A value of the field lies here, both ends included: of integers, dates, times and choices. */
struct linli_range {
    linli_field field;
    struct linli_value least, most;
};

/** Zero-initialise, then fill. */
struct linli_query {
    linli_type type;                /**< required */
    const linli_id *scope;          /**< NULL = every scope held */
    bool subtree;                   /**< with `scope`: those below it too */
    const struct linli_where *where;
    size_t where_count;             /**< all must hold; an indexed field comes from the index */
    const struct linli_range *range; /**< must hold too, or NULL; an indexed field comes from the index */
    const linli_id *among;          /**< only these records, in any order; NULL = any */
    size_t among_count;
    /**
     * What a person types: the fields whose schema says how they are found (enum linli_find) are looked up in the index. Where a type
     * has none, or nothing is found so: text found anywhere in a text field, a-z as A-Z. NULL or "" = no filter.
     */
    const char *match;
    linli_field sort;               /**< 0 = by id: the same order on every replica */
    size_t limit;                   /**< 0 = none */
    bool with_deleted;
    bool closed;                    /**< leave sealed fields as they are stored: they do not match, and no reading is recorded (audit.h) */
};

/** Return false to stop. The record is lent for the call. */
typedef bool (*linli_record_fn)(void *ctx, const linli_record *record);

/** LINLI_OK also when nothing was found; LINLI_E_SCHEMA, LINLI_E_NOT_FOUND (scope), LINLI_E_DISK, LINLI_E_NOMEM; at the office: audit.h. */
LINLI_API int linli_query_each(linli_store *store, const struct linli_query *query, linli_record_fn fn, void *ctx);
/** First match's id: LINLI_OK or LINLI_E_NOT_FOUND. */
LINLI_API int linli_query_first(linli_store *store, const struct linli_query *query, linli_id *id);
/** The record or scope whose id starts with `prefix` (at least 4 hexadecimal digits). LINLI_E_NOT_FOUND, LINLI_E_EXISTS when several do. */
LINLI_API int linli_id_find(linli_store *store, const char *prefix, linli_id *id);

/** One write in a record's history. */
struct linli_write {
    linli_dot dot;
    linli_stamp stamp;
    linli_field field;
    enum linli_rule rule;
    struct linli_value value;
    bool removed;                   /**< an element taken out of a set */
    bool superseded;                /**< replaced by a later write */
    bool set_aside;                 /**< kept, not merged: the author had no right */
};
typedef bool (*linli_write_fn)(void *ctx, const struct linli_write *write);
/** Every write to the record, by stamp, then dot: oldest first. LINLI_E_NOT_FOUND when there is no such record. */
LINLI_API int linli_history_each(linli_store *store, const linli_id *record, linli_write_fn fn, void *ctx);

struct linli_conflict {
    linli_id scope, record;
    linli_type type;
    linli_field field;              /**< number of the group's first field */
    size_t count;                   /**< values in all, the shown one included */
    const struct linli_write *values; /**< at most 8 values, shown one first; one entry per field of the group */
    size_t value_count;
};
typedef bool (*linli_conflict_fn)(void *ctx, const struct linli_conflict *conflict);
/** Conflicts of one record, of one scope (with those below it) or, with both NULL, of the store. */
LINLI_API int linli_conflict_each(linli_store *store, const linli_id *scope, const linli_id *record, linli_conflict_fn fn, void *ctx);

struct linli_aside {
    linli_id scope, record;
    linli_dot dot;
    linli_stamp stamp;
    const char *reason;             /**< "scope", "term", "right", "revoked", "content", "fork"; "rejected" when the office said so */
};
typedef bool (*linli_aside_fn)(void *ctx, const struct linli_aside *aside);
/** Parts set aside in one scope (with those below it) or, with NULL, in the store. */
LINLI_API int linli_aside_each(linli_store *store, const linli_id *scope, linli_aside_fn fn, void *ctx);

#ifdef __cplusplus
}
#endif
#endif
