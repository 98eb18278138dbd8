/* api: writes being gathered. A transaction knows what each cell will say; it becomes ops when it is committed. */
#ifndef LINLI_API_TXN_H
#define LINLI_API_TXN_H

#include "api/handle.h"

/* A field in the value of a register, ladder or log group. */
struct txn_field {
    linli_field number;
    span item;
};

/* One cell to be written: one op. */
struct txn_cell {
    uint32_t group;
    span key; /* a set's element */
    struct context ctx;
    const struct linli_schema_field *field; /* any of the group's; NULL for the life register */
    struct txn_field *fields;               /* by number: register, ladder, log */
    size_t field_count;
    int64_t number; /* counter: the amount to add; max: the value; life: alive or deleted; set: in or out */
    bool based;     /* the fields that the token showed are among `fields` */
    bool stepped;   /* ladder: `floor` and `episode` are what was shown */
    int64_t episode, floor;
    struct txn_cell *next;
};

struct txn_record {
    linli_id id, scope;
    const struct linli_schema_type *type;
    bool created;
    unsigned classes; /* bit 1 << class: there is a part for it */
    size_t ops[CLASS_COUNT];
    struct record_state state; /* as it stood when the record was first written to; empty when created */
    struct txn_cell *first, *last;
};

struct txn_scope {
    linli_id id;
    size_t bytes;
};

struct linli_txn {
    linli_store *store;
    struct arena arena;
    struct txn_record *records;
    size_t record_count, record_room;
    struct txn_scope *scopes;
    size_t scope_count, scope_room;
};

/* The record's entry, made when it is new to the transaction. LINLI_E_NOT_FOUND, LINLI_E_SCHEMA (a type not known). */
int txn_record(linli_txn *txn, const linli_id *id, struct txn_record **out);
struct txn_record *txn_record_find(const linli_txn *txn,
                                   const linli_id *id); /* NULL when it is not written to */
struct txn_cell *txn_cell_find(const struct txn_record *record, uint32_t group, span key);
/* Put a cell among the record's. LINLI_E_LIMIT: as many ops as a part may have. */
int txn_cell_add(linli_txn *txn, struct txn_record *record, struct txn_cell *cell);
/* Account for `bytes` more in the record's scope. LINLI_E_NOMEM. */
int txn_grow(linli_txn *txn, const linli_id *scope, size_t bytes);

#endif
