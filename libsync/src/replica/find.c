/* replica: scopes and records in lists, states as the view holds them, and ids by their first digits. */
#include <stdlib.h>
#include <string.h>

#include "replica/reading.h"

bool field_in_group(const struct linli_schema_type *type, uint32_t group, uint64_t number,
                    const struct linli_schema_field **field)
{
    *field = NULL;
    if (number == FIELD_LIFE || number > UINT32_MAX)
        return false;
    if (type != NULL)
        *field = linli_schema_field_by_number(type, (linli_field)number);
    return *field == NULL || schema_group_of(*field) == group;
}

int view_load(struct store_txn *txn, struct arena *a, uint32_t scope, const linli_id *record,
              struct record_state *out)
{
    span bytes;
    int rv = view_get(txn, scope, record, &bytes);

    return rv == LINLI_OK ? record_decode(a, bytes, out) : rv;
}

int view_open(struct replica *r, struct disclosure *told, struct store_txn *txn, struct arena *a, uint32_t scope,
              const linli_id *record, struct record_state *out)
{
    struct opening opening = {r, txn, a, scope, record, r->ring.count, NULL};
    struct record_state stored;
    int rv = view_load(txn, a, scope, record, &stored);

    if (told != NULL) {
        opening.keys = told->keys;
        opening.opened = &told->opened;
    }
    return rv == LINLI_OK ? open_state(&opening, &stored, out) : rv;
}

/* ---- scopes by id ---- */

static int scope_compare(const void *x, const void *y)
{
    const struct scope_at *a = x, *b = y;

    return id_compare(&a->id, &b->id);
}

static int scope_add(struct store_txn *txn, struct scope_list *list, uint32_t number)
{
    struct scope_row row;
    int rv = scope_get(txn, number, &row);

    if (rv == LINLI_OK)
        rv = mem_grow(&list->at, &list->room, list->count + 1, sizeof(*list->at));
    if (rv == LINLI_OK)
        list->at[list->count++] = (struct scope_at){row.id, number};
    return rv;
}

struct below {
    struct store_txn *txn;
    struct scope_list *list;
    int rv;
};

static bool child_add(void *ctx, uint32_t child, const linli_id *id)
{
    struct below *b = ctx;

    (void)id;
    b->rv = scope_add(b->txn, b->list, child);
    return b->rv == LINLI_OK;
}

int scope_list_make(struct store_txn *txn, const linli_id *id, bool below, struct scope_list *out)
{
    struct below children = {txn, out, LINLI_OK};
    uint32_t number;
    int rv = LINLI_OK;

    *out = (struct scope_list){0};
    if (id == NULL) {
        for (number = 1; rv == LINLI_OK; number++)
            rv = scope_add(txn, out, number);
        rv = rv == LINLI_E_NOT_FOUND ? LINLI_OK : rv; /* after the last one */
    } else {
        rv = scope_number(txn, id, &number);
        if (rv == LINLI_OK)
            rv = scope_add(txn, out, number);
        for (size_t i = 0; below && rv == LINLI_OK && i < out->count; i++) {
            rv = scope_children(txn, out->at[i].number, child_add, &children);
            if (rv == LINLI_OK)
                rv = children.rv;
        }
    }
    if (out->count > 1)
        qsort(out->at, out->count, sizeof(*out->at), scope_compare);
    if (rv != LINLI_OK)
        scope_list_free(out);
    return rv;
}

void scope_list_free(struct scope_list *list)
{
    mem_free(list->at);
    *list = (struct scope_list){0};
}

bool record_list_add(void *ctx, const linli_id *record)
{
    struct record_list *list = ctx;

    list->failed = mem_grow(&list->at, &list->room, list->count + 1, sizeof(*list->at));
    if (list->failed == LINLI_OK)
        list->at[list->count++] = (struct record_at){*record, list->scope};
    return list->failed == LINLI_OK;
}

void record_list_free(struct record_list *list)
{
    mem_free(list->at);
    *list = (struct record_list){0};
}

/* ---- first digits ---- */

struct found {
    linli_id id;
    size_t count; /* 2 = several */
};

static bool found_add(void *ctx, const linli_id *id)
{
    struct found *found = ctx;

    if (found->count > 0 && id_equal(&found->id, id))
        return true; /* a scope and its own record have one id */
    found->id = *id;
    return ++found->count < 2;
}

static bool starts_with(const linli_id *id, const uint8_t *prefix, unsigned nibbles)
{
    if (memcmp(id->b, prefix, nibbles / 2) != 0)
        return false;
    return nibbles % 2 == 0 || id->b[nibbles / 2] >> 4 == prefix[nibbles / 2] >> 4;
}

enum { PREFIX_LEAST = 4 };

int replica_id_find(struct replica *r, const char *prefix, linli_id *id)
{
    char digits[ID_HEX + 1] = "00000000000000000000000000000000";
    uint8_t bytes[ID_BYTES];
    size_t size = strlen(prefix);
    struct store_txn *txn = NULL;
    struct found found = {.count = 0};
    struct scope_row row;
    int rv;

    if (size < PREFIX_LEAST || size > ID_HEX)
        return LINLI_E_NOT_FOUND;
    memcpy(digits, prefix, size);
    if (hex_decode(digits, ID_HEX, bytes, ID_BYTES) != LINLI_OK)
        return LINLI_E_NOT_FOUND;
    rv = store_begin(r->store, false, &txn);
    for (uint32_t number = 1; rv == LINLI_OK && found.count < 2; number++) {
        rv = scope_get(txn, number, &row);
        if (rv == LINLI_OK && starts_with(&row.id, bytes, (unsigned)size))
            found_add(&found, &row.id);
    }
    if (rv == LINLI_E_NOT_FOUND || (rv == LINLI_OK && found.count < 2))
        rv = where_prefix(txn, bytes, (unsigned)size, found_add, &found);
    rv = store_end(txn, rv);
    if (rv != LINLI_OK)
        return rv;
    if (found.count != 1)
        return found.count == 0 ? LINLI_E_NOT_FOUND : LINLI_E_EXISTS;
    *id = found.id;
    return LINLI_OK;
}
